"""Addresses of till transactions and statements."""

from datetime import date, datetime
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema

from core.api.answers import ApiError, ErrorItem, Money, Reply, json_response, refusal, render_for_caller, stored_item
from core.api.bodies import idempotent, object_of, rows_of
from core.api.caller import Bearer, request_token
from core.api.documents import object_body, rows_body
from core.api.jobs import JobOut, Wait, address_of, ended_job, job_out, register_explanation
from core.api.lists import After, Day, Limit, Named, QueryText, day_of, page_of
from core.api.models import Token
from core.api.writes import note_job
from core.jobs.models import Job
from core.lib.problems import Problem
from orders.api.bodies import NOTE, REVERSE, NoteIn, ReverseIn, asked_of
from statements.api.counting import (
    ACCEPT,
    COUNT,
    Z_REPORT,
    AcceptedOut,
    AcceptIn,
    CountedOut,
    CountIn,
    ZReportIn,
    ZReportOut,
    accepted_out,
    counted_out,
    z_report_out,
)
from statements.api.receive import TransactionsOut, receive
from statements.api.reversals import REVERSE_TRANSACTION, ReversedOut, ReverseTransactionIn, reversed_out
from statements.models import Statement
from statements.queries.outcomes import failed_statements
from statements.rules.states import StatementKind
from statements.services.accept_difference import accept_difference
from statements.services.approvals import approve_fallback
from statements.services.counts import count_tender
from statements.services.decode import TransactionIn
from statements.services.discard_orders import discard_orders
from statements.services.posting import request_posting
from statements.services.reversals import reverse_statement, reverse_transaction, transaction_to_reverse
from statements.services.runner import STATEMENTS
from statements.services.z_report import enter_z_report

router = Router(tags=["Statements"])
May = Token.Verb
ReplaceQuery = Annotated[bool, Query(description="Known transactions with other content are replaced while they are not posted.")]
ORDER = ("-business_date", "-number")


class StatementOut(Schema):
    """A statement: `post_state` is the last step that is done, `failed_state` the one that failed, with its code.

    `kind` says what it states: `combined` all of a day, `transactional` what was sold and paid, `financial` what drawers hold, of the day
    or of a `shift` of a `terminal`.
    """

    statement: str
    store: str
    business_date: date
    calc_state: str
    post_state: str
    failed_state: str
    error_code: str
    error_text: str
    transactions: int
    lines: int
    total: Money
    posted_at: datetime | None
    kind: str
    terminal: str
    shift: int | None


class StatementPage(Schema):
    """A page, newest business date first; `next` is the cursor of the page after it, null on the last."""

    rows: list[StatementOut]
    next: str | None


class ApprovedOut(Schema):
    """The statement that may pass the fallback limit once, and why."""

    statement: str
    note: str


class DiscardedOut(Schema):
    """Transactions that are free again, and whether the statement stays with other documents."""

    transactions: int
    stays: bool


@router.post(
    "/transactions",
    auth=Bearer(May.SEND_TRANSACTIONS),
    response=TransactionsOut,
    operation_id="send_transactions",
    summary="Send till transactions",
    openapi_extra=rows_body(TransactionIn),
)
def send_transactions(request: HttpRequest, replace: ReplaceQuery = False) -> HttpResponse:
    """Keeps and validates transactions; each row is answered for itself, so good ones are kept though others are refused.

    A transaction that is there with the same content is unchanged; sending twice does no harm. With other content it is refused
    (CONFLICT), or with `replace=true` takes the place of what is there while that is not posted (then POSTED_ALREADY).
    """
    rows = rows_of(request)
    return idempotent(request, lambda: receive(request_token(request), rows, replace=replace), "?replace" if replace else "").response()


@router.get("/statements", auth=Bearer(May.VIEW_STATEMENTS), response=StatementPage, operation_id="list_statements", summary="Statements")
def list_statements(
    request: HttpRequest,
    store: QueryText = "",
    business_date: Day = "",
    kind: Annotated[StatementKind | None, Query(description="Only statements of this kind.")] = None,
    after: After = "",
    limit: Limit = 100,
) -> HttpResponse:
    """Statements of the token's stores."""
    rows = Statement.objects.filter(request_token(request).at("store__code")).select_related("store", "terminal")
    rows = rows.filter(kind=kind) if kind else rows
    rows = rows.filter(store__code=store) if store else rows
    day = day_of(business_date)
    rows = rows.filter(business_date=day) if day else rows
    page = page_of(rows, ORDER, after, limit)
    return json_response(
        200, StatementPage(rows=[statement_out(row) for row in page.rows], next=page.later or None).model_dump(mode="json")
    )


@router.post(
    "/statements/{statement}/post",
    auth=Bearer(May.POST_STATEMENTS),
    response={200: JobOut, 202: JobOut},
    operation_id="post_statement",
    summary="Post a statement",
)
def post_statement(request: HttpRequest, statement: Named, wait: Wait = 0) -> HttpResponse:
    """Asks for the posting; a failed statement goes on where it stopped. 200 once it is posted, 202 while it is in work."""
    object_of(request, may_be_missing=True)
    statement_id = statement_seen(request, statement)

    def ask() -> Reply:
        token = request_token(request)
        job = request_posting([statement_id], None, token.actor)
        note_job(token.pk, job.pk)
        return Reply(202, {"job": job.pk}, address_of(job.pk))

    job = ended_job(idempotent(request, ask).body["job"], wait)
    if job.status == Job.Status.FAILED and (items := why_postings_failed(job.pk)):
        raise ApiError(*items, job=job.pk)
    return Reply(202 if job.finished_at is None else 200, job_out(job).model_dump(mode="json"), address_of(job.pk)).response()


@router.post(
    "/statements/{statement}/discard-orders",
    auth=Bearer(May.POST_STATEMENTS),
    response=DiscardedOut,
    operation_id="discard_orders",
    summary="Delete the uninvoiced orders of a statement",
)
def discard_statement_orders(request: HttpRequest, statement: Named) -> HttpResponse:
    """Deletes the sales orders of a failed statement that are not invoiced; what tills sold with them waits for the next calculation."""
    object_of(request, may_be_missing=True)
    statement_id = statement_seen(request, statement)

    def discard() -> Reply:
        done = discard_orders(statement_id, request_token(request).actor)
        return Reply(200, DiscardedOut(transactions=done.transactions, stays=done.stays).model_dump(mode="json"))

    return idempotent(request, discard).response()


@router.post(
    "/statements/{statement}/accept-difference",
    auth=Bearer(May.ACCEPT_DIFFERENCES),
    response=AcceptedOut,
    operation_id="accept_difference",
    url_name="accept_difference",
    summary="Accept the counted difference of a statement",
    openapi_extra=object_body(AcceptIn, required=True),
)
def accept_counted_difference(request: HttpRequest, statement: Named) -> HttpResponse:
    """Lets a statement be posted with what was counted, over its limits; another count is judged anew."""
    note = asked_of(request, ACCEPT)
    statement_id = statement_seen(request, statement)

    def accept() -> Reply:
        return Reply(200, accepted_out(statement, accept_difference(statement_id, note, request_token(request).actor)))

    return idempotent(request, accept).response()


@router.post(
    "/statements/{statement}/approve-fallback",
    auth=Bearer(May.APPROVE_FALLBACKS),
    response=ApprovedOut,
    operation_id="approve_statement_fallback",
    url_name="approve_statement_fallback",
    summary="Let a statement pass a fallback limit",
    openapi_extra=object_body(NoteIn, required=True),
)
def approve_fallback_of_statement(request: HttpRequest, statement: Named) -> HttpResponse:
    """The statement may put what passes the limit on the default batch, once; post it again then."""
    note = asked_of(request, NOTE)
    statement_id = statement_seen(request, statement)

    def approve() -> Reply:
        done = approve_fallback(statement_id, note, request_token(request).actor)
        return Reply(200, ApprovedOut(statement=statement, note=done.note).model_dump(mode="json"))

    return idempotent(request, approve).response()


@router.post(
    "/counts",
    auth=Bearer(May.SEND_TRANSACTIONS),
    response=CountedOut,
    operation_id="count_tender",
    url_name="count_tender",
    summary="Enter a counted amount",
    openapi_extra=object_body(CountIn, required=True),
)
def enter_count(request: HttpRequest) -> HttpResponse:
    """Says what was counted of a payment method in a drawer, in place of all that was declared of it; on demand by coins and notes."""
    asked = asked_of(request, COUNT)
    token = token_for(request, asked.store)

    def count() -> Reply:
        return Reply(200, counted_out(count_tender(asked, token.actor)))

    return idempotent(request, count).response()


@router.post(
    "/z-reports",
    auth=Bearer(May.SEND_TRANSACTIONS),
    response=ZReportOut,
    operation_id="enter_z_report",
    url_name="enter_z_report",
    summary="Enter what a till printed",
    openapi_extra=object_body(ZReportIn, required=True),
)
def enter_printed_report(request: HttpRequest) -> HttpResponse:
    """Keeps what a till printed at the end of its day or shift, in place of what was entered before, and says what differs."""
    asked = asked_of(request, Z_REPORT)
    token = token_for(request, asked.store)

    def enter() -> Reply:
        return Reply(200, z_report_out(enter_z_report(asked, token.actor)))

    return idempotent(request, enter).response()


def token_for(request: HttpRequest, store: str) -> Token:
    """The token, which must be one for this store. Raises ApiError STORE_NOT_ALLOWED."""
    token = request_token(request)
    if not token.sees(store):
        raise refusal(Problem("STORE_NOT_ALLOWED", {"token": token.name, "store": store}))
    return token


@router.post(
    "/statements/{statement}/reverse",
    auth=Bearer(May.POST_STATEMENTS),
    response=ReversedOut,
    operation_id="reverse_statement",
    url_name="reverse_statement",
    summary="Reverse a statement",
    openapi_extra=object_body(ReverseIn, required=True),
)
def reverse_posted_statement(request: HttpRequest, statement: Named) -> HttpResponse:
    """Takes a posted statement back exactly and once; its transactions are free to be corrected, replaced and posted anew."""
    asked = asked_of(request, REVERSE)
    statement_id = statement_seen(request, statement)

    def reverse() -> Reply:
        return Reply(200, reversed_out(reverse_statement(statement_id, asked.reason, request_token(request).actor, asked.on)))

    return idempotent(request, reverse).response()


@router.post(
    "/transactions/reverse",
    auth=Bearer(May.POST_STATEMENTS),
    response=ReversedOut,
    operation_id="reverse_transaction",
    url_name="reverse_transaction",
    summary="Reverse a transaction",
    openapi_extra=object_body(ReverseTransactionIn, required=True),
)
def reverse_posted_transaction(request: HttpRequest) -> HttpResponse:
    """Takes one transaction of a posted statement back exactly and once; sent again with `replace=true` it is posted anew."""
    asked = asked_of(request, REVERSE_TRANSACTION)
    token = token_for(request, asked.key.store)

    def reverse() -> Reply:
        return Reply(200, reversed_out(reverse_transaction(transaction_to_reverse(asked.key), asked.reason, token.actor, asked.on)))

    return idempotent(request, reverse).response()


def statement_seen(request: HttpRequest, number: str) -> int:
    """The statement of that number, if it is of a store of the token. Raises ApiError UNKNOWN_STATEMENT."""
    found = Statement.objects.filter(request_token(request).at("store__code"), number=number).values_list("pk", flat=True).first()
    if found is None:
        raise refusal(Problem("UNKNOWN_STATEMENT", {"statement": number}, variant="of_token"))
    return found


def statement_out(row: Statement) -> StatementOut:
    """A statement for an answer."""
    return StatementOut(
        statement=row.number,
        store=row.store.code,
        business_date=row.business_date,
        calc_state=row.calc_state,
        post_state=row.post_state if row.reversal_id is None else "Reversed",
        failed_state=row.failed_state,
        error_code=row.error_code,
        error_text=render_for_caller(row.error_text) if row.error_text else "",
        transactions=row.transaction_count,
        lines=row.line_count,
        total=row.total,
        posted_at=row.posted_at,
        kind=row.kind,
        terminal=row.terminal.code if row.terminal else "",
        shift=row.shift,
    )


def why_postings_failed(job_id: int) -> list[ErrorItem]:
    """What kept statements of a job from being posted, line by line where lines are the reason."""
    ids = list(Statement.objects.filter(job=job_id).values_list("pk", flat=True))
    return [
        stored_item(row["code"], row["message"], key=row["statement"], item=row["item"], missing_quantity=row["missing_quantity"])
        for row in failed_statements(ids)
    ]


register_explanation(STATEMENTS.kind, why_postings_failed)
