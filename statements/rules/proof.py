"""The proof sheet of a statement: what came from the tills, followed to orders, invoices, stock and ledger; every pair must be equal."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from core.lib.decimals import ZERO


class ItemProof(NamedTuple):
    """One item along the chain: quantities in its unit, amounts in the currency. What is not there yet is None and proves nothing.

    `moved` and `cost_moved` are of inventory transactions, `allocated` and `cost_allocated` of the allocations of the till's lines; both
    are None for items that are not stocked.
    """

    item_id: int
    item: str
    name: str
    unit: str
    sold: Decimal
    ordered: Decimal | None
    allocated: Decimal | None
    moved: Decimal | None
    net: Decimal
    net_ordered: Decimal | None
    net_invoiced: Decimal | None
    tax: Decimal
    tax_ordered: Decimal | None
    tax_invoiced: Decimal | None
    cost_allocated: Decimal | None
    cost_moved: Decimal | None

    @property
    def differs(self) -> bool:
        """Whether a link of the chain is broken."""
        chains: tuple[tuple[Decimal | None, ...], ...] = (
            (self.sold, self.ordered, self.allocated, self.moved),
            (self.net, self.net_ordered, self.net_invoiced),
            (self.tax, self.tax_ordered, self.tax_invoiced),
            (self.cost_allocated, self.cost_moved),
        )
        return any(len({value for value in chain if value is not None}) > 1 for chain in chains)


class LedgerProof(NamedTuple):
    """What an account must get from a step of posting, and what vouchers gave it; debit above zero."""

    step: str
    account_id: int
    account: str
    name: str
    expected: Decimal
    posted: Decimal

    @property
    def difference(self) -> Decimal:
        """What vouchers gave too much."""
        return self.posted - self.expected


class ProofTotals(NamedTuple):
    """The sums that the gate before Posted compares (`check_proof`): sales with lines, those on orders, their total, the invoiced total."""

    sales: int
    on_orders: int
    total: Decimal
    invoiced: Decimal

    @property
    def differ(self) -> bool:
        """Whether something of the sales is not on orders or not invoiced, or more than that is."""
        return (self.sales, self.total) != (self.on_orders, self.invoiced)


def broken_links(totals: ProofTotals, items: Sequence[ItemProof], ledger: Sequence[LedgerProof], *, posted: bool) -> int:
    """How many figures of the sheet differ; before Posted those of totals and ledger are not all there and are not counted."""
    broken = sum(item.differs for item in items)
    if posted:
        broken += totals.differ
        broken += sum(row.difference != ZERO for row in ledger)
    return broken
