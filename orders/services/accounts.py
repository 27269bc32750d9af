"""What customers owe companies, whatever app knows of it."""

from collections.abc import Collection

from core.lib.contributions import Contributions
from orders.queries.accounts import hold_accounts, posted_accounts
from orders.rules.accounts import AccountKey, CustomerAccount, WaitingAmount, with_waiting

# Contributed by higher apps: of the customers asked about, by code, what waits to be posted on their accounts.
WAITING_AMOUNTS: Contributions[Collection[str], WaitingAmount] = Contributions()


def customer_accounts(keys: Collection[AccountKey]) -> dict[AccountKey, CustomerAccount]:
    """The accounts, with what waits to be posted on them; one query, and one for each app that contributes. None without keys."""
    if not keys:
        return {}
    customers = {customer for _, customer in keys}
    return with_waiting(posted_accounts(customers, {entity for entity, _ in keys}), WAITING_AMOUNTS.ask(customers))


def held_accounts(keys: Collection[AccountKey]) -> dict[AccountKey, CustomerAccount]:
    """The same, with customers who have a credit limit held for the rest of the transaction: what is judged here is what is booked."""
    if keys:
        hold_accounts({customer for _, customer in keys})
    return customer_accounts(keys)
