"""The proof sheet of a statement: what came from the tills, followed to orders, invoices, stock and ledger; every pair must be equal."""

from collections.abc import Iterable, Sequence
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
    """What is taxed at one rate along the chain; without rate: what has no net. What is not there yet is None and proves nothing."""

    rate: Decimal | None
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


def rate_of(net: Decimal, tax: Decimal) -> Decimal | None:
    """The tax rate that amounts come to, to half a percent: tills send amounts, no rates. None where there is no net."""
    return (tax * 200 / net).quantize(Decimal(1)) / 2 if net else None


def prove_by_rate(items: Sequence[ItemProof]) -> list[RateProof]:
    """The chain by tax rate, the highest first; an item counts with the rate that its amounts at the tills come to."""
    by_rate: dict[Decimal | None, list[ItemProof]] = {}
    for item in items:
        by_rate.setdefault(rate_of(item.net, item.tax), []).append(item)
    return [
        RateProof(
            rate,
            sum((item.net for item in of_rate), ZERO),
            _total(item.net_ordered for item in of_rate),
            _total(item.net_invoiced for item in of_rate),
            sum((item.tax for item in of_rate), ZERO),
            _total(item.tax_ordered for item in of_rate),
            _total(item.tax_invoiced for item in of_rate),
        )
        for rate, of_rate in sorted(by_rate.items(), key=lambda pair: (pair[0] is None, -(pair[0] or 0)))
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


def broken_links(totals: ProofTotals, items: Sequence[ItemProof], ledger: Sequence[LedgerProof], *, posted: bool) -> int:
    """How many rows of the sheet differ; before Posted those of totals and ledger are not all there and are not counted."""
    broken = sum(item.differs for item in items) + sum(rate.differs for rate in prove_by_rate(items))
    if posted:
        broken += totals.sales_differ + totals.total_differs
        broken += sum(row.difference != ZERO for row in ledger)
    return broken
