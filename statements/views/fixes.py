"""Where a problem is put right: for each code the setting or page that its remedy speaks of."""

from dataclasses import dataclass

from django.utils.translation import gettext, gettext_lazy

from core.i18n.messages import render_remedy
from core.lib.messages import Message, as_written
from core.lib.problems import REGISTRY
from orders.rules.invoices import ReservedForOrders, why_short
from orders.views.fixes import STOCK_PLACES, Fix, Place, link_to_setting
from statements.queries.pages import Cause
from statements.rules.validation import RULES

# The rules register their codes when they are imported; Retail parameters lists them from the registry.
VALIDATION_CODES = frozenset(rule.code for rule in RULES)


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """A problem in plain words, as templates/components/_problems.html shows it."""

    code: str
    message: str | Message
    remedy: str | Message
    link: Fix | None
    severity: str = "error"
    cause: Cause | None = None


# Code -> tab of Retail parameters, field on it, words of the link.
_PLACES: dict[str, Place] = STOCK_PLACES | {
    "NO_VALID_BATCH": ("posting", "posting_use_default_batch_id", gettext_lazy("Open Use default batch id")),
    "DEFAULT_BATCH_NOT_SET": ("posting", "posting_default_batch_id", gettext_lazy("Open Default batch id")),
    "DIFFERENCE_TOO_LARGE": ("posting", "statements_max_difference", gettext_lazy("Open Maximum posting difference")),
    "LINE_DIFFERENCE_TOO_LARGE": ("posting", "statements_max_line_difference", gettext_lazy("Open Maximum line difference")),
    "SHIFT_DIFFERENCE_TOO_LARGE": ("posting", "statements_max_shift_difference", gettext_lazy("Open Maximum shift difference")),
    "B05": ("posting", "posting_use_default_batch_id", gettext_lazy("Open Use default batch id")),
    "B06": ("posting", "posting_default_batch_id", gettext_lazy("Open Default batch id")),
}


DEFAULT_BATCH_CODES = frozenset({"NO_VALID_BATCH", "DEFAULT_BATCH_NOT_SET", "DEFAULT_BATCH_OUT_OF_SCOPE"})


def fix_of(code: str, company: str) -> Fix | None:
    """The link for a code in a company, if a page puts it right."""
    return link_to_setting(_PLACES[code], company) if code in _PLACES else None


def row_of_cause(cause: Cause, company: str, reserved: ReservedForOrders | None) -> ProblemRow:
    """Failed lines of one item for one reason; goods may be `set_aside` for customer orders."""
    why, remedy = why_short(cause.code, cause.unit, reserved) if cause.code in REGISTRY else (as_written(cause.code), as_written(""))
    return ProblemRow(cause.code, why, remedy, fix_of(cause.code, company), cause=cause)


def row_of_statement_error(code: str, text: str, company: str) -> ProblemRow:
    """What stopped a statement as a whole; its text says the remedy already."""
    return ProblemRow(code, text or gettext("No further text was recorded."), "", fix_of(code, company))


def row_of_validation(code: str, message: str, severity: str, company: str) -> ProblemRow:
    """What a validation rule found."""
    return ProblemRow(code, message, render_remedy(code), fix_of(code, company), severity)
