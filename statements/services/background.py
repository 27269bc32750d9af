"""Background jobs of statements: validate, calculate, post; requested by people or by a recurrence."""

from datetime import date

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.utils.translation import gettext_lazy

from core.access.access import Access
from core.access.scope import Scope
from core.jobs.kinds import JobResult, register_kind, written_problems
from core.jobs.models import Job
from core.jobs.recurrence_kinds import register_recurring
from core.jobs.run import Run
from core.jobs.services import request_work
from core.jobs.writes import finish_job, request_job
from core.lib.imports import problem_of
from core.lib.messages import Message
from core.lib.problems import BusinessError
from statements.queries.reversals import statements_not_reversed
from statements.rules.states import StatementKind
from statements.services import posting
from statements.services.calculation import calculate_statements
from statements.services.corrections import CorrectionResult, correct_picked
from statements.services.reversals import reverse_in_turn
from statements.services.validation import validate_open_transactions, validate_picked

VALIDATE, CALCULATE, REVERSE, CORRECT = "validate", "calculate", "reverse", "correct"
# Of a correction, so that it shows how far it is and can be cancelled.
CORRECTED_AT_ONCE = 1000
MOST_SHOWN = 20


def request_validation(stores: list[str], user: User | AnonymousUser, company: str) -> Job:
    """Asks for the rules to run again over open transactions, of these stores or of all that the person sees in the company."""
    title = Message("Validate transactions of {stores}", {"stores": stores}) if stores else Message("Validate transactions")
    return request_work(VALIDATE, title, {"stores": stores, "company": company}, user)


def request_validation_of(transaction_ids: list[int], user: User | AnonymousUser, company: str) -> Job:
    """Asks for the rules to run again over these transactions, as far as they are on no statement and the person sees them."""
    count = len(transaction_ids)
    title = Message("Validate {count} transactions" if count > 1 else "Validate 1 transaction", {"count": count})
    return request_work(VALIDATE, title, {"transactions": transaction_ids, "company": company}, user)


def request_calculation(stores: list[str], through: date | None, user: User | AnonymousUser, company: str, kind: str = "") -> Job:
    """Asks for statements, of one kind or ('') all, of these stores, or of all that the person sees in the company, up to a day."""
    arguments = {"stores": stores, "through": through.isoformat() if through else None, "company": company, "kind": kind}
    return request_work(CALCULATE, Message("Calculate statements"), arguments, user)


def request_reversal(statement_ids: list[int], reason: str, on: date | None, user: User | AnonymousUser) -> Job:
    """Asks for posted statements to be taken back; who asked sees them."""
    arguments = {"statements": statement_ids, "reason": reason, "date": on.isoformat() if on else None}
    count = len(statement_ids)
    title = Message("Reverse {count} statements" if count > 1 else "Reverse 1 statement", {"count": count})
    return request_work(REVERSE, title, arguments, user)


def request_correction(transaction_ids: list[int], field: str, value: str, reason: str, user: User | AnonymousUser) -> Job:
    """Asks for the same correction of many transactions that the person sees."""
    title = Message("Correct {count} transactions", {"count": len(transaction_ids)})
    arguments = {"transactions": transaction_ids, "field": field, "value": value, "reason": reason}
    return request_work(CORRECT, title, arguments, user)


def correct(run: Run) -> JobResult:
    """The work of a correction; what an earlier run corrected says so already."""
    ids, done = run.arguments["transactions"], CorrectionResult()
    for start in range(0, len(ids), CORRECTED_AT_ONCE):
        run.progress(start, len(ids))
        part = ids[start : start + CORRECTED_AT_ONCE]
        found = correct_picked(part, run.arguments["field"], run.arguments["value"], run.arguments["reason"], run.actor)
        done.corrected, done.unchanged, done.errors = (
            done.corrected + found.corrected, done.unchanged + found.unchanged, done.errors + found.errors,
        )  # fmt: skip
        done.rejects += found.rejects
    result = {"corrected": done.corrected, "unchanged": done.unchanged, "errors": done.errors, "refused": len(done.rejects)}
    problems = {"problems": written_problems([problem_of(one) for one in done.rejects[:MOST_SHOWN]])} if done.rejects else {}
    return JobResult({**result, **problems}, failed=bool(done.rejects))


def reverse(run: Run) -> JobResult:
    """The work of a reversal; what an earlier run took back is taken back once, and one that is refused ends it."""
    on = date.fromisoformat(day) if (day := run.arguments.get("date")) else None
    ids = statements_not_reversed(run.arguments["statements"])
    found = reverse_in_turn(ids, run.arguments["reason"], run.actor, on, progress=run.progress, passes_reversed=True)
    result = {"reversed": len(found.done), "transactions": sum(len(taken.transactions) for taken in found.done)}
    said = {"problems": written_problems(found.problems)} if found.problems else {}
    return JobResult({**result, **said}, failed=bool(said))


def scope_of(run: Run) -> Scope | None:
    """What the person who asked sees now; the clock sees all."""
    company = run.arguments.get("company")
    return Access(run.user).scope_in(company) if company is not None and run.user is not None else None


def validate(run: Run) -> JobResult:
    """The work of a validation; a second run finds nothing to change."""
    picked = run.arguments.get("transactions")
    if picked is None:
        found = validate_open_transactions(run.arguments.get("stores", []), run.actor, scope_of(run), run.progress)
    else:
        found = validate_picked(picked, run.actor, scope_of(run), run.progress)
    result = {"transactions": found.transactions, "valid": found.valid, "errors": found.errors, "changed": found.changed}
    return JobResult({**result, "problems_by_code": dict(sorted(found.problems_by_code.items()))})


def calculate(run: Run) -> JobResult:
    """The work of a calculation; a second run finds nothing to calculate."""
    through = run.arguments.get("through")
    day = date.fromisoformat(through) if through else None
    done = calculate_statements(run.arguments.get("stores", []), day, run.actor, scope_of(run), run.progress, run.arguments.get("kind", ""))
    result = {"statements": done.statements, "new": done.new, "transactions": done.transactions, "waiting": done.waiting}
    problems = {"problems": written_problems(done.failed)} if done.failed else {}
    return JobResult({**result, **problems}, failed=bool(done.failed))


@transaction.atomic
def start_posting(title: str, actor: User) -> Job:
    """Posts everything that can be posted; a job that is done at once when there is nothing."""
    try:
        with transaction.atomic():
            return posting.request_posting(posting.postable_statements(), actor.pk, actor.get_username())
    except BusinessError:
        job = request_job(posting.KIND, title, 0, {}, actor.pk)
        finish_job(job.pk, Job.Status.DONE, '{"posted": 0}')
        return job


register_kind(VALIDATE, validate, unit=gettext_lazy("transactions"))
register_kind(CALCULATE, calculate, unit=gettext_lazy("stores"))
register_kind(CORRECT, correct, unit=gettext_lazy("transactions"))
register_kind(REVERSE, reverse, unit=gettext_lazy("statements"))
for kind, name, does in (
    (VALIDATE, gettext_lazy("Validate transactions"), gettext_lazy("Runs the rules again over transactions that are on no statement.")),
    (CALCULATE, gettext_lazy("Calculate statements"), gettext_lazy("Puts valid transactions on statements of their store and day.")),
):
    register_recurring(kind, name, does, lambda title, actor, kind=kind: request_work(kind, title, {}, actor))  # type: ignore[misc]
for statements, name, does in (
    (
        StatementKind.TRANSACTIONAL,
        gettext_lazy("Calculate transactional statements"),
        gettext_lazy("Puts what was sold and paid on statements, of stores that post sales and money apart; through the day."),
    ),
    (
        StatementKind.FINANCIAL,
        gettext_lazy("Calculate financial statements"),
        gettext_lazy("States the money of days that are over or shifts that are closed, of stores that post sales and money apart."),
    ),
):
    register_recurring(
        f"{CALCULATE}_{statements}",
        name,
        does,
        lambda title, actor, statements=statements: request_work(CALCULATE, title, {"kind": statements}, actor),  # type: ignore[misc]
    )
register_recurring(
    posting.KIND,
    gettext_lazy("Post statements"),
    gettext_lazy("Posts all statements that are calculated, and tries failed ones again."),
    start_posting,
)
