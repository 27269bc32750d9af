"""Problems of transactions and statements in plain words, with what they are about."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from core.i18n.messages import render_remedy
from core.lib.messages import Message, as_written
from core.lib.problems import REGISTRY
from core.lib.ways import About, about_of
from orders.rules.invoices import ReservedForOrders, why_short
from statements.models import PosTransaction, Statement, ValidationProblem
from statements.queries.pages import Cause
from statements.rules.validation import RULES

# The rules register their codes when they are imported; Retail parameters lists them from the registry.
VALIDATION_CODES = frozenset(rule.code for rule in RULES)
DEFAULT_BATCH_CODES = frozenset({"NO_VALID_BATCH", "DEFAULT_BATCH_NOT_SET", "DEFAULT_BATCH_OUT_OF_SCOPE"})


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """A problem in plain words, as templates/components/_problems.html shows it; `about` fills the links that put it right."""

    code: str
    message: str | Message
    remedy: str | Message
    about: About
    severity: str = "error"
    cause: Cause | None = None


def about_statement(statement: Statement) -> dict[str, str | int]:
    """What every problem of a statement is about."""
    return {
        "statement_id": statement.pk,
        "company": statement.legal_entity.code,
        "store": statement.store.code,
        "warehouse": statement.warehouse.code,
        "day": statement.business_date.isoformat(),
    }


def row_of_cause(cause: Cause, statement: Statement, reserved: ReservedForOrders | None) -> ProblemRow:
    """Failed lines of one item for one reason; goods may be `set_aside` for customer orders."""
    why, remedy = why_short(cause.code, cause.unit, reserved) if cause.code in REGISTRY else (as_written(cause.code), as_written(""))
    about = {**about_statement(statement), "item": cause.item, "quantity": f"{cause.missing.normalize():f}", "unit": cause.unit}
    if cause.first_sold_at is not None:
        sold_at = cause.first_sold_at.astimezone(ZoneInfo(statement.store.time_zone))
        about |= {"received_at": sold_at.isoformat(), "before": f"{sold_at:%H:%M}"}
    if cause.batch:
        about["batch"] = cause.batch
    return ProblemRow(cause.code, why, remedy, about, cause=cause)


def row_of_statement_error(statement: Statement) -> ProblemRow:
    """What stopped a statement as a whole; its text says the remedy already."""
    text = statement.error_text or gettext("No further text was recorded.")
    said = about_of(text.params) if isinstance(text, Message) else {}
    return ProblemRow(statement.error_code, text, "", {**said, **about_statement(statement)})


def row_of_validation(problem: ValidationProblem, transaction: PosTransaction, item: str) -> ProblemRow:
    """What a validation rule found on a transaction."""
    message = problem.message
    about = about_of(
        message.params,
        problem.line_number,
        transaction_id=transaction.pk,
        company=transaction.store.warehouse.legal_entity.code if transaction.store.warehouse else None,
        store=transaction.store.code,
        customer=transaction.customer_code,
        item=item,
        day=transaction.business_date.isoformat(),
    )
    return ProblemRow(problem.code, message, render_remedy(problem.code), about, problem.severity)
