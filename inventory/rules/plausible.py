"""Quantities and values that are larger than a company takes for possible: kept, with a warning (docs/domain.md#parameters)."""

from decimal import Decimal
from typing import NamedTuple

from core.lib.problems import Code, Problem, Severity, register

register(
    Code(
        "IMPLAUSIBLE",
        "import",
        "A quantity or value is larger than the company takes for possible.",
        "See whether it is meant; if not, correct it or take it back. The limits stand in Retail parameters (Posting > Plausible amounts).",
        {
            "quantity": "{quantity} of item {item} are more than the {limit} of Largest quantity; it is kept, see whether it is meant.",
            "amount": "{amount} is more than the {limit} of Largest amount; it is kept, see whether it is meant.",
        },
        severity=Severity.WARNING,
    ),
)


class Limits(NamedTuple):
    """The largest quantity of a line and the largest amount of a document that are taken for possible; None: any is."""

    quantity: Decimal | None = None
    amount: Decimal | None = None

    def of_quantity(self, item: str, quantity: Decimal) -> Problem | None:
        """A warning of the quantity of a line."""
        if self.quantity is None or abs(quantity) <= self.quantity:
            return None
        return Problem(
            "IMPLAUSIBLE",
            {"item": item, "quantity": quantity.normalize(), "limit": self.quantity.normalize()},
            variant="quantity",
            severity=Severity.WARNING,
        )

    def of_amount(self, amount: Decimal) -> Problem | None:
        """A warning of what a document comes to, or goods are worth."""
        if self.amount is None or abs(amount) <= self.amount:
            return None
        return Problem("IMPLAUSIBLE", {"amount": amount, "limit": self.amount}, variant="amount", severity=Severity.WARNING)
