"""How sales of customer orders were settled, and what of a return is paid back: what is owed goes first, then the methods paid with."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from core.lib.decimals import ZERO
from core.lib.messages import Message, Param
from core.lib.problems import Code, Problem, register
from orders.rules.till_lines import OrderPaymentData, within_rounding

register(
    Code(
        "REFUND_NOT_AS_PAID",
        "customer order",
        "More would be paid back by a method than was paid with it, or while money is owed on account.",
        "Pay back by the methods that were paid with, at most what each of them brought; what is owed on account goes first.",
        {
            "method": "{amount} {currency} would be paid back by {method}; of the sale {paid} can be paid back.",
            "owed": "{amount} {currency} of order {order} are owed on account; have them paid, or cancel the quantity instead.",
        },
    ),
)


class SettledSale(NamedTuple):
    """How an order was settled, less what came back of it: what is still owed on account, and paid by method."""

    owed: Decimal
    paid: Mapping[str, Decimal]

    def refund(self, amount: Decimal) -> Decimal:
        """What of `amount` is paid back: what is still owed is no longer owed, and nobody gets more than was paid."""
        return min(max(amount - self.owed, ZERO), sum(self.paid.values(), ZERO))

    def by_method(self, amount: Decimal, first: str) -> list[tuple[str, Decimal]]:
        """The refund of `amount` by method, the `first` one as far as it was paid with."""
        left = self.refund(amount)
        found = []
        for method in sorted(self.paid, key=lambda method: (method != first, method)):
            part = min(left, self.paid[method])
            if part > 0:
                found.append((method, part))
                left -= part
        return found


class ReturnedGoods(NamedTuple):
    """A delivery that brought something back: amounts with tax by order sold on, and what it paid back by method; all above zero."""

    parts: Mapping[int, Decimal]
    paid_back: Mapping[str, Decimal]


def after_returns(sales: Mapping[int, SettledSale], returns: Iterable[ReturnedGoods]) -> dict[int, SettledSale]:
    """The sales less their returns, in the order given. Each return counts against an order with that order's goods alone.

    What goods of several orders paid back together belongs to those of which more came back than was owed, by methods that they were paid
    with. What was not paid back took from what is owed, and beyond that from what could be paid back.
    """
    owed = {order: sale.owed for order, sale in sales.items()}
    paid = {order: dict(sale.paid) for order, sale in sales.items()}
    for one in returns:
        left = {order: max(amount - owed[order], ZERO) for order, amount in sorted(one.parts.items()) if order in owed}
        for order in left:
            owed[order] = max(owed[order] - one.parts[order], ZERO)
        for method, amount in sorted(one.paid_back.items()):
            for order, wanted in left.items():
                part = min(amount, wanted, paid[order].get(method, ZERO))
                if part > 0:
                    paid[order][method] -= part
                    left[order] -= part
                    amount -= part
        for order, rest in left.items():
            for method in sorted(paid[order]):
                part = min(rest, paid[order][method])
                paid[order][method] -= part
                rest -= part
    return {order: SettledSale(owed[order], {method: amount for method, amount in paid[order].items() if amount > 0}) for order in owed}


class ReturnSettlement(NamedTuple):
    """What is about to come back: amounts with tax by order sold on, how these were settled, and what comes back of no known sale."""

    parts: Mapping[int, Decimal]
    sales: Mapping[int, SettledSale]
    blind: Decimal = ZERO

    @property
    def refund(self) -> Decimal:
        """What is paid back of it."""
        return self.blind + sum((self.sales[order].refund(amount) for order, amount in self.parts.items()), ZERO)

    def never_paid(self, amount: Decimal, limit: Decimal) -> Decimal:
        """What of `amount`, that comes back, was neither paid nor is owed, within the rounding limit: its sale left it to rounding."""
        credited = sum((min(goods, self.sales[order].owed) for order, goods in self.parts.items()), ZERO)
        rest = max(amount - credited - self.refund, ZERO)
        return rest if within_rounding(rest, limit) else ZERO

    def problems(self, payments: Sequence[OrderPaymentData], currency: str, limit: Decimal = ZERO) -> list[Problem]:
        """Refunds by another method than the sales were paid with, or more than by it and rounding."""
        most: dict[str, Decimal] = {}
        for order, amount in self.parts.items():
            for method, paid in self.sales[order].paid.items():
                most[method] = most.get(method, ZERO) + min(paid, self.sales[order].refund(amount))
        return refund_problems(payments, most, currency, free=self.blind + limit)


def refund_problems(
    payments: Sequence[OrderPaymentData], most: Mapping[str, Decimal], currency: str, *, free: Decimal = ZERO
) -> list[Problem]:
    """Refunds (below zero) by a method of more than `most`; `free` may go by any method."""
    back: dict[str, Decimal] = {}
    for payment in payments:
        if payment.amount < 0:
            back[payment.method] = back.get(payment.method, ZERO) - payment.amount
    paid = [Message("{amount} by {method}", {"amount": amount, "method": method}) for method, amount in sorted(most.items())]
    possible: Param = paid or Message("nothing")
    return [
        Problem("REFUND_NOT_AS_PAID", {"amount": amount, "currency": currency, "method": method, "paid": possible}, variant="method")
        for method, amount in back.items()
        if amount > most.get(method, ZERO) + free
    ]
