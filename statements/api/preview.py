"""The preview of postings over HTTP (docs/api.md)."""

from datetime import date
from decimal import Decimal
from itertools import islice

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from core.api.answers import Money, Quantity, json_response, refusal, render_for_caller
from core.api.caller import Bearer, request_token
from core.api.lists import QueryText
from core.api.models import Token
from core.lib.problems import Problem
from orders.queries.invoices import item_names
from statements.models import Statement
from statements.queries.outcomes import source_lines, taken_lines
from statements.queries.preview import account_names
from statements.services.posting import postable_statements
from statements.services.preview import PreviewedStatement, preview_posting

router = Router(tags=["Statements"])
MOST = 500


class PreviewedFailureOut(Schema):
    """A line that would fail, in the words that posting would use."""

    terminal: str
    transaction: str
    line: int
    item: str
    code: str
    missing_quantity: Quantity
    message: str


class FallbackOut(Schema):
    """What of an item would go to the default batch, in its unit, and its value at cost."""

    item: str
    unit: str
    quantity: Quantity
    value: Money


class TakenOut(Schema):
    """What a line would take of a batch, and why; the batch is blank for a default batch that is still to be made."""

    terminal: str
    transaction: str
    line: int
    item: str
    batch: str
    quantity: Quantity
    source: str
    reason: str


class ExpectedEntryOut(Schema):
    """What the vouchers of a step would post to an account."""

    step: str
    account: str
    debit: Money
    credit: Money


class PreviewOut(Schema):
    """What posting would do with a statement: the state in which it would end, what fails, falls back and is posted."""

    statement: str
    store: str
    business_date: date
    would_end: str
    error_code: str
    message: str
    held: int
    failures: list[PreviewedFailureOut]
    fallback: list[FallbackOut]
    vouchers: list[ExpectedEntryOut]
    allocations: list[TakenOut] = Field(description="Batches of each line, where they were asked for.")


class PreviewsOut(Schema):
    """Statements in the order in which they would be posted."""

    rows: list[PreviewOut]


@router.get(
    "/statements/preview",
    auth=Bearer(Token.Verb.VIEW_STATEMENTS),
    response=PreviewsOut,
    operation_id="preview_statements",
    summary="What posting would do",
)
def preview_statements(request: HttpRequest, store: QueryText = "", statement: QueryText = "", allocations: bool = False) -> HttpResponse:
    """What posting all calculated or failed statements of the token's stores together would do, or those of a store, or one.

    With `allocations` down to the batches of each line, which takes longer. Nothing is written.

    Refuses TOO_MANY_ROWS for more than 500 statements: name a store.
    """
    numbers = [statement] if statement else []
    own = Statement.objects.filter(request_token(request).at("store__code"), pk__in=postable_statements([store] if store else [], numbers))
    ids = list(own.values_list("pk", flat=True)[: MOST + 1])
    if len(ids) > MOST:
        raise refusal(Problem("TOO_MANY_ROWS", {"rows": len(ids), "most": MOST}))
    previewed = preview_posting(ids, with_vouchers=True, with_takes=allocations)
    lines = source_lines([failure.line_id for one in previewed for failure in one.failures])
    items = item_names({item for one in previewed for item in one.fallback})
    accounts = account_names({entry.account_id for one in previewed for entry in one.entries})

    named = iter(taken_lines([take for one in previewed for take in one.takes]))
    taken = {one.head.statement_id: list(islice(named, len(one.takes))) for one in previewed}

    def out(one: PreviewedStatement) -> PreviewOut:
        return PreviewOut(
            statement=one.head.number,
            store=one.head.store,
            business_date=one.head.business_date,
            would_end=one.failed_state or "Posted",
            error_code=one.error_code,
            message=render_for_caller(one.problem.message) if one.problem else "",
            held=one.held,
            failures=[
                PreviewedFailureOut(
                    terminal=lines[failure.line_id]["terminal"],
                    transaction=lines[failure.line_id]["transaction"],
                    line=lines[failure.line_id]["line"],
                    item=failure.item,
                    code=failure.code,
                    missing_quantity=failure.missing,
                    message=render_for_caller(failure.message),
                )
                for failure in one.failures
            ],
            fallback=[
                FallbackOut(item=items[row.item_id][0], unit=items[row.item_id][1], quantity=row.quantity, value=row.value)
                for row in one.fallback.values()
            ],
            vouchers=[
                ExpectedEntryOut(
                    step=entry.step,
                    account=accounts[entry.account_id][0],
                    debit=max(entry.amount, Decimal(0)),
                    credit=max(-entry.amount, Decimal(0)),
                )
                for entry in one.entries
            ],
            allocations=[TakenOut.model_validate(row._asdict()) for row in taken[one.head.statement_id]],
        )

    return json_response(200, PreviewsOut(rows=[out(one) for one in previewed]).model_dump(mode="json"))
