"""The proof sheet of a statement: what came from the tills, followed to orders, invoices, stock and ledger; every pair must be equal."""

from collections.abc import Iterable, Mapping, Sequence
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
        return _is_broken(
            (self.sold, self.ordered, self.allocated, self.moved),
            (self.net, self.net_ordered, self.net_invoiced),
            (self.tax, self.tax_ordered, self.tax_invoiced),
            (self.cost_allocated, self.cost_moved),
        )


class RateProof(NamedTuple):
    """What is taxed at one rate along the chain; items that are taxed at several stand under all of them, what no rate explains under none.

    What is not there yet is None and proves nothing.
    """

    rates: tuple[Decimal, ...]
    net: Decimal
    net_ordered: Decimal | None
    net_invoiced: Decimal | None
    tax: Decimal
    tax_ordered: Decimal | None
    tax_invoiced: Decimal | None

    @property
    def differs(self) -> bool:
        """Whether a link of the chain is broken."""
        return _is_broken((self.net, self.net_ordered, self.net_invoiced), (self.tax, self.tax_ordered, self.tax_invoiced))


def _is_broken(*chains: Sequence[Decimal | None]) -> bool:
    return any(len({value for value in chain if value is not None}) > 1 for chain in chains)


def prove_by_rate(items: Sequence[ItemProof], rates_of: Mapping[int, tuple[Decimal, ...]]) -> list[RateProof]:
    """The chain by tax rate, the highest first; `rates_of` are the rates of each item's lines at the tills, the highest first."""
    by_rates: dict[tuple[Decimal, ...], list[ItemProof]] = {}
    for item in items:
        by_rates.setdefault(rates_of.get(item.item_id, ()), []).append(item)
    return [
        RateProof(
            rates,
            sum((item.net for item in of_rates), ZERO),
            _total(item.net_ordered for item in of_rates),
            _total(item.net_invoiced for item in of_rates),
            sum((item.tax for item in of_rates), ZERO),
            _total(item.tax_ordered for item in of_rates),
            _total(item.tax_invoiced for item in of_rates),
        )
        for rates, of_rates in sorted(by_rates.items(), reverse=True)
    ]


def _total(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is there; None where an item has nothing yet, so that a part of a sum proves nothing."""
    known = list(values)
    return None if any(value is None for value in known) else sum((value for value in known if value is not None), ZERO)


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
    def sales_differ(self) -> bool:
        """Whether a sale is not on orders, or more than the sales are."""
        return self.sales != self.on_orders

    @property
    def total_differs(self) -> bool:
        """Whether something of the sales is not invoiced, or more than that is."""
        return self.total != self.invoiced

    @property
    def differ(self) -> bool:
        """Whether one of the two differs."""
        return self.sales_differ or self.total_differs


def broken_links(
    totals: ProofTotals, items: Sequence[ItemProof], rates: Sequence[RateProof], ledger: Sequence[LedgerProof], *, posted: bool
) -> int:
    """How many rows of the sheet differ; before Posted those of totals and ledger are not all there and are not counted."""
    broken = sum(item.differs for item in items) + sum(rate.differs for rate in rates)
    if posted:
        broken += totals.sales_differ + totals.total_differs
        broken += sum(row.difference != ZERO for row in ledger)
    return broken
