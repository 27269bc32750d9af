"""Money of customer orders: shares of a line over partial invoices, deposits, what is due, and what a cancellation refunds.

A line's split is cumulative: the share of the first n parts is rounded, and a part gets the difference to the parts before it, so that the
last one clears to exactly zero whatever was rounded before (docs/domain.md#delivery-and-invoice). Amounts are in the order's currency.
"""

from collections.abc import Collection, Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import NamedTuple

from core.lib.decimals import ZERO, fits
from core.lib.messages import Params
from core.lib.problems import Code, Problem, register
from orders.rules.accounts import ON_ACCOUNT
from orders.rules.gift_cards import GIFT_CARD
from orders.rules.till_lines import OrderPaymentData, is_covered, within_rounding

_HUNDRED = Decimal(100)
# Less than documents can say of a quantity.
_NO_QUANTITY = Decimal("0.00005")

register(
    Code(
        "DEPOSIT_TOO_LOW",
        "customer order",
        "The payments do not cover the deposit.",
        "Take the missing amount, or let somebody with the right to override deposits do it.",
        "{missing} {currency} of the deposit of {wanted} {currency} are missing.",
    ),
    Code(
        "PAYMENT_INCOMPLETE",
        "customer order",
        "The payment does not cover what is due.",
        "Take the missing amount; only what is paid leaves the store.",
        {
            "to_pay": "{missing} {currency} of {due} {currency} are missing.",
            "to_pay_back": "{due} {currency} are to be paid back, not {paid}.",
        },
    ),
    Code(
        "PAYMENT_TOO_HIGH",
        "customer order",
        "The payment is more than what is due.",
        "Lower the payment to what is due; change is given at the till, not kept on the order.",
        {
            "to_pay": "{over} {currency} are too much; {due} {currency} are due.",
            "to_pay_back": "{due} {currency} are to be paid back, not {paid}.",
            "order": "{paid} {currency} are paid, the order comes to {total}.",
            "ahead": "{left} {currency} are paid ahead, what is left of the order comes to {most}; pay {over} back.",
        },
    ),
    Code(
        "BAD_PAYMENT",
        "customer order",
        "A payment is zero, or goes the wrong way.",
        "Take payments above zero; pay money back, below zero, with the delivery of the return.",
        {
            "zero": "Payment {number} of {amount} is zero.",
            "not_positive": "Payment {number} of {amount} is not above zero.",
            "decimals": "Payment {number} of {amount} has more decimals than the {decimals} of {currency}; round it.",
            "to_pay": "Payment {number} of {amount}: {due} {currency} are to be paid.",
            "to_pay_back": "Payment {number} of {amount}: {due} {currency} are to be paid back.",
            "more_than_deposit": "{amount} {currency} more would be paid back than are left of the deposit.",
        },
    ),
    Code(
        "UNKNOWN_PAYMENT_METHOD",
        "setup",
        "A posting profile names a payment method that does not exist.",
        "Make the payment method first, or correct its code.",
        {
            "of_payment": "Payment method {method} is not known; use one of {known}.",
            "of_profile": "There is no payment method {method}.",
        },
    ),
    Code(
        "PAID_ON_ACCOUNT",
        "customer order",
        "A payment by the method on_account pays nothing.",
        "Leave the payment out: what is not paid goes on the customer's account with the invoice.",
        "Payment {number} by {method} pays nothing; leave it out, what is not paid goes on account with the invoice.",
    ),
)


class Money(NamedTuple):
    """Net and tax of something."""

    net: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        return self.net + self.tax


class Refund(NamedTuple):
    """What becomes of deposits when an order is cancelled: the charge is kept, the rest goes back; `credited` is taken off what is owed."""

    charge: Decimal
    refund: Decimal
    credited: Decimal = ZERO


def share(amount: Decimal, before: Decimal, part: Decimal, whole: Decimal, decimals: int = 2) -> Decimal:
    """The part of `amount` that belongs to `part` of `whole`, when `before` of it was shared out already."""
    return rounded_share(amount, before + part, whole, decimals) - rounded_share(amount, before, whole, decimals)


def rounded_share(amount: Decimal, part: Decimal, whole: Decimal, decimals: int) -> Decimal:
    """`amount * part / whole`, rounded half up to the currency; exactly `amount` for the whole."""
    if part == whole:
        return amount
    with localcontext(prec=60):
        return (amount * part / whole).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def all_but_rounding(left: Decimal, taken: Decimal) -> Decimal:
    """What is taken of a quantity: all that is `left` where nothing but rounding would stay, as of a third of a dozen."""
    return left if abs(left - taken) < _NO_QUANTITY else taken


def deposit_wanted(later: Decimal, carry_out: Decimal, percent: Decimal, decimals: int = 2) -> Decimal:
    """Deposit percentage of what is picked up or shipped later, plus the full price of what is carried out (docs/domain.md#deposit).

    What comes back (either amount below zero) leaves nothing to secure, and nobody pays more ahead than everything comes to.
    """
    wanted = rounded_share(max(later, ZERO), percent, _HUNDRED, decimals) + max(carry_out, ZERO)
    return min(wanted, max(later + carry_out, ZERO))


def deposit_problem(paid: Decimal, wanted: Decimal, currency: str, limit: Decimal = ZERO, *, may_override: bool) -> Problem | None:
    """The deposit must be covered, but for what rounding leaves, unless somebody may override it."""
    if may_override or is_covered(paid, wanted, limit):
        return None
    return Problem("DEPOSIT_TOO_LOW", {"missing": wanted - paid, "currency": currency, "wanted": wanted})


def deposit_used(
    deposit_left: Decimal, invoice: Decimal, remaining: Decimal, decimals: int = 2, limit: Decimal = ZERO, *, in_full: bool = False
) -> Decimal:
    """What of the deposit settles an invoice: its share of what is still to be invoiced, so the last invoice uses all that is left.

    `remaining` is what the order still comes to before this invoice, after cancellations. What is carried out was paid `in_full`, not by
    percentage, so its invoice uses that much. The last invoice uses the cents as well that rounding (up to `limit`) had the customer pay
    beyond it.
    """
    if invoice <= 0 or deposit_left <= 0:
        return ZERO
    if invoice >= remaining and within_rounding(deposit_left - invoice, limit):
        return deposit_left
    wanted = deposit_left if in_full or invoice >= remaining else rounded_share(deposit_left, invoice, remaining, decimals)
    return min(wanted, invoice)


def rounding_of_deposit(
    deposit_left: Decimal, invoice: Decimal, remaining: Decimal, decimals: int = 2, limit: Decimal = ZERO, *, in_full: bool = False
) -> Decimal:
    """What an invoice without payments leaves to rounding: where everything was paid ahead but for cents, or cents too much were.

    Above zero where less was paid than is invoiced. Zero where the rest is more than rounding: it is owed.
    """
    used = deposit_used(deposit_left, invoice, remaining, decimals, limit, in_full=in_full)
    paid_ahead = in_full or within_rounding(remaining - deposit_left, limit)
    return invoice - used if used and paid_ahead and within_rounding(invoice - used, limit) else ZERO


def payment_problem(paid: Decimal, due: Decimal, currency: str, limit: Decimal = ZERO) -> Problem | None:
    """At a till, what is due is paid, or paid back where `due` is negative, but for what rounding leaves."""
    if within_rounding(due - paid, limit):
        return None
    code = "PAYMENT_INCOMPLETE" if paid < due else "PAYMENT_TOO_HIGH"
    if due < 0:
        return Problem(code, {"due": -due, "currency": currency, "paid": -paid}, variant="to_pay_back")
    if paid < due:
        return Problem("PAYMENT_INCOMPLETE", {"missing": due - paid, "currency": currency, "due": due}, variant="to_pay")
    return Problem("PAYMENT_TOO_HIGH", {"over": paid - due, "currency": currency, "due": due}, variant="to_pay")


def decimals_problems(payments: Sequence[OrderPaymentData], currency: str, decimals: int) -> list[Problem]:
    """Payments with more decimals than the currency."""
    return [
        Problem(
            "BAD_PAYMENT",
            {"number": payment.number, "amount": payment.amount, "decimals": decimals, "currency": currency},
            variant="decimals",
        )
        for payment in payments
        if not fits(payment.amount, decimals)
    ]


def till_problems(
    payments: Sequence[OrderPaymentData], due: Decimal, currency: str, decimals: int, methods: Collection[str], limit: Decimal = ZERO
) -> list[Problem]:
    """What is wrong with the payments of a delivery: methods are known, signs and sum are those of what is due, but for rounding."""
    problems = method_problems(payments, methods) + decimals_problems(payments, currency, decimals)
    for payment in payments:
        if payment.amount * due <= 0:
            said: Params = {"number": payment.number, "amount": payment.amount, "due": abs(due), "currency": currency}
            problems.append(Problem("BAD_PAYMENT", said, variant="to_pay_back" if due < 0 else "to_pay"))
    paid = sum((payment.amount for payment in payments), ZERO)
    return problems or ([problem] if (problem := payment_problem(paid, due, currency, limit)) else [])


def method_problems(payments: Sequence[OrderPaymentData], methods: Collection[str]) -> list[Problem]:
    """Payment methods that nobody has set up; on account, which moves no money: it is what is left when nothing is paid; and gift cards
    that are named on another method.
    """
    known = tuple(sorted(set(methods) - {ON_ACCOUNT}))
    problems = []
    for payment in payments:
        if payment.method == ON_ACCOUNT:
            problems.append(Problem("PAID_ON_ACCOUNT", {"number": payment.number, "method": ON_ACCOUNT}))
        elif payment.method not in methods:
            problems.append(Problem("UNKNOWN_PAYMENT_METHOD", {"method": payment.method, "known": known}, variant="of_payment"))
        if payment.gift_card and payment.method != GIFT_CARD:
            said: Params = {"number": payment.number, "card": payment.gift_card, "method": payment.method}
            problems.append(Problem("GIFT_CARD_MISPLACED", said, variant="payment"))
    return problems


def cancellation(deposit_left: Decimal, cancelled: Decimal, remaining: Decimal, charge_percent: Decimal, decimals: int = 2) -> Refund:
    """Charge on what is cancelled, and the refund of what was deposited beyond the charge and what is still to be invoiced.

    The charge never exceeds the deposit that is left: more would be a claim that nobody agreed to.
    """
    charge = min(rounded_share(max(cancelled, ZERO), charge_percent, _HUNDRED, decimals), max(deposit_left, ZERO))
    return Refund(charge, max(ZERO, deposit_left - charge - max(remaining, ZERO)))
