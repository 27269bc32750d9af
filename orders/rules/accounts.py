"""Who may owe what on account: one rule for tills and customer orders (docs/domain.md#delivery-and-invoice)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from core.lib.problems import Code, Problem, register

ON_ACCOUNT = "on_account"

_AREA = "customer order"
# Why somebody cannot buy on account, by code; a till says the same (rule H21).
ACCOUNT_TEXTS: Mapping[str, str] = {
    "CUSTOMER_BLOCKED": "Customer {customer} is blocked and cannot buy on account; lift the block, or have it paid otherwise.",
    "CUSTOMER_ON_HOLD": "Customer {customer} is on hold and cannot buy on account; end the hold, or have it paid otherwise.",
    "CREDIT_LIMIT_EXCEEDED": "Customer {customer} would owe {owed}, the credit limit is {limit}; take a payment, or raise the limit.",
}
register(
    Code(
        "ACCOUNT_NEEDS_CUSTOMER",
        _AREA,
        "What is not paid would go on the account of nobody: the order names no customer.",
        "Name the customer on the order, or take what is due.",
        {
            "paid_back": "Customer {customer} stands for whoever walks in and has no account; name the customer, or pay {amount} back.",
            "owed": "Customer {customer} stands for whoever walks in and has no account; name the one who owes it, or take what is due.",
        },
    ),
    Code(
        "CUSTOMER_BLOCKED",
        _AREA,
        "The customer is blocked.",
        "Lift the block of the customer, or take the order for somebody else.",
        {"": "Customer {customer} is blocked.", "on_account": ACCOUNT_TEXTS["CUSTOMER_BLOCKED"]},
    ),
    Code(
        "CUSTOMER_ON_HOLD",
        _AREA,
        "The customer is on hold and buys nothing on account.",
        "Take what is due, or end the hold.",
        ACCOUNT_TEXTS["CUSTOMER_ON_HOLD"],
    ),
    Code(
        "CREDIT_LIMIT_EXCEEDED",
        _AREA,
        "The customer would owe more than the credit limit allows.",
        "Take what is due or a payment on account, or raise the credit limit, then ask again.",
        ACCOUNT_TEXTS["CREDIT_LIMIT_EXCEEDED"],
    ),
)


class CustomerAccount(NamedTuple):
    """What a customer's account with a company says; `open_amount` is owed by what is posted and by what is known to follow.

    A `walk_in` customer stands for whoever walks in; without `credit_limit` there is none.
    """

    walk_in: bool
    blocked: bool
    on_hold: bool
    credit_limit: Decimal | None
    open_amount: Decimal


# A legal entity and the code of a customer.
AccountKey = tuple[int, str]


class WaitingAmount(NamedTuple):
    """What a document that is not posted will add to a customer's account; a payment takes from it."""

    legal_entity_id: int
    customer: str
    amount: Decimal


def with_waiting(accounts: Mapping[AccountKey, CustomerAccount], waiting: Iterable[WaitingAmount]) -> dict[AccountKey, CustomerAccount]:
    """The accounts with what waits added to what is owed."""
    found = dict(accounts)
    for entity, customer, amount in waiting:
        if account := found.get((entity, customer)):
            found[entity, customer] = account._replace(open_amount=account.open_amount + amount)
    return found


def account_problem(customer: str, account: CustomerAccount, amount: Decimal) -> Problem | None:
    """Why `amount` cannot go on the account; None when it can. A negative one takes from what is owed, or is owed to the customer.

    Whoever walks in owes nothing, and is owed nothing.
    """
    if account.walk_in and amount < 0 and account.open_amount + amount < 0:
        return Problem("ACCOUNT_NEEDS_CUSTOMER", {"customer": customer, "amount": -amount}, variant="paid_back")
    if account.walk_in and amount > 0:
        return Problem("ACCOUNT_NEEDS_CUSTOMER", {"customer": customer}, variant="owed")
    if amount <= 0:
        return None
    if account.blocked:
        return Problem("CUSTOMER_BLOCKED", {"customer": customer}, variant="on_account")
    if account.on_hold:
        return Problem("CUSTOMER_ON_HOLD", {"customer": customer})
    after = account.open_amount + amount
    if account.credit_limit is not None and after > account.credit_limit:
        return Problem("CREDIT_LIMIT_EXCEEDED", {"customer": customer, "owed": after, "limit": account.credit_limit})
    return None
