"""What a preview says as values."""

from decimal import Decimal
from typing import NamedTuple


class ExpectedEntry(NamedTuple):
    """What the vouchers of a step would post to an account: debit positive, credit negative."""

    step: str
    account_id: int
    amount: Decimal


class Fallback(NamedTuple):
    """What of an item would go to the default batch, in its unit, and what that is worth at cost."""

    item_id: int
    quantity: Decimal
    value: Decimal
