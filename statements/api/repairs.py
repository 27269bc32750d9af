"""Repairs over HTTP: statements calculated, cleared, made anew or relieved of what fails; transactions corrected (docs/api.md)."""

from datetime import date
from typing import Literal

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from core.api.answers import ErrorItem, Reply, item_of, nothing_kept, refusal, stored_item
from core.api.bodies import Rows, idempotent, rows_of, value_of
from core.api.caller import Bearer, request_token
from core.api.documents import object_body, rows_body
from core.api.lists import Named
from core.api.models import Token
from core.files.document_lines import DocumentLines
from core.lib.imports import Reject, Row
from core.lib.messages import Message
from core.lib.problems import Problem, register_texts
from inventory.models import Warehouse
from inventory.queries.journal_pages import is_within
from inventory.services.journal_reversals import journal_to_reverse, reverse_journal
from orders.api.bodies import asked_of
from orders.models import Store
from statements.api.reversals import REVERSE_JOURNAL, ReversedJournalOut, ReverseJournalIn
from statements.api.routes import statement_seen, token_for
from statements.rules.corrections import CORRECTIONS, CorrectionRow
from statements.services.calculation import calculate_statements
from statements.services.corrections import correct_transactions
from statements.services.repairs import repair_statement

register_texts("BAD_JSON", {"no_correction": "The line is not a correction. {why}"})

router = Router(tags=["Statements"])
May = Token.Verb


class CalculateIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which statements: of a store, up to a business date (null: all days), of one kind (blank: all)."""

    store: str
    through: date | None = None
    kind: Literal["", "combined", "transactional", "financial"] = ""


class CalculatedOut(Schema):
    """Statements that were calculated, how many of them are new, transactions put on them, and returns that wait for their sale."""

    statements: int
    new: int
    transactions: int
    waiting: int
    numbers: list[str]


class RepairIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is done with the statement."""

    action: Literal["clear", "recalculate", "revalidate", "hold"]


class RepairedOut(Schema):
    """Transactions that the action freed, that stayed or left, or that a supplement holds now; null where the action has no such figure."""

    statement: str
    freed: int | None = None
    stayed: int | None = None
    left: int | None = None
    held: int | None = None


class CorrectionIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A correction as a row of a file of `correct_transactions`; without `line` it is one of the document."""

    store: str
    terminal: str
    transaction: str
    line: int | None = None
    field: str
    value: str = ""
    reason: str


class CorrectionRefused(Schema):
    """A row that was refused, and why."""

    row: int
    errors: list[ErrorItem]


class CorrectionsOut(Schema):
    """Transactions that were corrected, that said so already, that still have an error; and the rows that were refused."""

    corrected: int
    unchanged: int
    errors: int
    refused: list[CorrectionRefused]


@router.post(
    "/statements/calculate",
    auth=Bearer(May.POST_STATEMENTS),
    response=CalculatedOut,
    operation_id="calculate_statements",
    url_name="calculate_statements",
    summary="Calculate the statements of a store",
    openapi_extra=object_body(CalculateIn, required=True),
)
def calculate_statements_of_store(request: HttpRequest) -> HttpResponse:
    """Puts valid transactions of the store that are on no statement on one; calculating again changes nothing."""
    asked = value_of(request, CalculateIn)
    token = token_for(request, asked.store)
    if not Store.objects.filter(code=asked.store.replace("\0", "")).exists():
        raise refusal(Problem("UNKNOWN_STORE", {"store": asked.store}, variant="counted"))

    def calculate() -> Reply:
        done = calculate_statements([asked.store], asked.through, token.actor, kind=asked.kind)
        answer = CalculatedOut(
            statements=done.statements, new=done.new, transactions=done.transactions, waiting=done.waiting, numbers=list(done.numbers)
        )
        return Reply(200, answer.model_dump(mode="json"))

    return idempotent(request, calculate).response()


@router.post(
    "/statements/{statement}/repair",
    auth=Bearer(May.POST_STATEMENTS),
    response=RepairedOut,
    operation_id="repair_statement",
    url_name="repair_statement",
    summary="Clear, recalculate, revalidate or relieve a statement",
    openapi_extra=object_body(RepairIn, required=True),
)
def repair_one_statement(request: HttpRequest, statement: Named) -> HttpResponse:
    """Does with a statement that is not posted what its page offers: clear, recalculate, revalidate, or hold what fails."""
    asked = value_of(request, RepairIn)
    statement_id = statement_seen(request, statement)

    def repair() -> Reply:
        done = repair_statement(statement_id, asked.action, request_token(request).actor)
        return Reply(200, RepairedOut(statement=statement, **done).model_dump(mode="json"))

    return idempotent(request, repair).response()


@router.post(
    "/transactions/correct",
    auth=Bearer(May.HANDLE_INBOX),
    response=CorrectionsOut,
    operation_id="correct_transactions",
    url_name="correct_transactions",
    summary="Correct transactions",
    openapi_extra=rows_body(CorrectionIn),
)
def correct_many_transactions(request: HttpRequest) -> HttpResponse:
    """Corrects transactions that are not posted, each as a whole or not at all, and validates them at once."""
    rows = rows_of(request)
    return idempotent(request, lambda: _corrected(request_token(request), rows)).response()


@router.post(
    "/journals/reverse",
    auth=Bearer(May.POST_JOURNALS),
    response=ReversedJournalOut,
    operation_id="reverse_journal",
    url_name="reverse_journal",
    summary="Reverse an inventory journal",
    openapi_extra=object_body(ReverseJournalIn, required=True),
)
def reverse_posted_journal(request: HttpRequest) -> HttpResponse:
    """Takes a posted journal back exactly and once; all that it moved lies in warehouses of the token's stores."""
    asked = asked_of(request, REVERSE_JOURNAL)
    token = request_token(request)
    journal_id = journal_to_reverse(asked.journal, asked.legal_entity)
    if not (token.all_stores or is_within(journal_id, Warehouse.objects.filter(token.at("store__code")))):
        raise refusal(Problem("NOT_POSTED", {"document": asked.journal}, variant="unknown"))

    def reverse() -> Reply:
        done = reverse_journal(journal_id, asked.reason, token.actor, asked.on)
        return Reply(200, ReversedJournalOut(document=done.document, reversal=done.reversal_id).model_dump(mode="json"))

    return idempotent(request, reverse).response()


CORRECTION_LINES: DocumentLines[CorrectionRow] = DocumentLines(CORRECTIONS, CorrectionIn, Message("correction"), "no_correction")


def _corrected(token: Token, rows: Rows) -> Reply:
    """Corrects what can be corrected. Raises ApiError when nothing could be: then nothing has changed."""
    errors: dict[int, list[ErrorItem]] = {}
    readable: list[Row[CorrectionRow] | Reject] = []
    for row in CORRECTION_LINES.read(rows.lines):
        if isinstance(row, Reject):
            errors[row.row] = [stored_item(row.code, row.message, row=row.row, key=row.key or None)]
            readable += [row] if row.key else []
        elif not token.sees(row.value.key.store):
            problem = Problem("STORE_NOT_ALLOWED", {"token": token.name, "store": row.value.key.store})
            errors[row.number] = [item_of(problem, row=row.number, key=row.key)]
        else:
            readable.append(row)
    result = correct_transactions(readable, token.actor)
    errors |= {reject.row: [stored_item(reject.code, reject.message, row=reject.row, key=reject.key or None)] for reject in result.rejects}
    if len(errors) == len(rows.lines):
        raise nothing_kept(errors, many=rows.many)
    refused = [CorrectionRefused(row=number, errors=found) for number, found in sorted(errors.items())]
    answer = CorrectionsOut(corrected=result.corrected, unchanged=result.unchanged, errors=result.errors, refused=refused)
    return Reply(200, answer.model_dump(mode="json"))
