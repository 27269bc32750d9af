"""Asks for the posting of statements; sharing out, resuming and closing jobs is the engine's (core/jobs/queue)."""

from collections.abc import Sequence
from functools import partial

from core.access.scope import Scope
from core.jobs.models import Job
from core.jobs.queue.services import enqueue
from core.lib.messages import Message
from core.lib.problems import BusinessError, Code, Problem, register
from statements.queries import posting as reads
from statements.services.runner import STATEMENTS, WORK

KIND = STATEMENTS.kind

register(
    Code(
        "UNKNOWN_STATEMENT",
        "posting",
        "The statement is not known.",
        "Look the number up in the list of statements.",
        {
            "check_number": "Statement {statement} is not known; check its number.",
            "of_token": "There is no statement {statement} in the stores of this token.",
        },
    ),
    Code(
        "NOTHING_TO_POST",
        "posting",
        "None of the statements can be posted now.",
        "Calculate statements first; statements that are posted or being posted are left alone.",
        "None of these statements can be posted now: they are posted, being posted or not calculated.",
    ),
)


def postable_statements(store_codes: Sequence[str] = (), numbers: Sequence[str] = (), kind: str = "") -> list[int]:
    """Idle statements that are calculated or failed, by store, number and kind where given."""
    return reads.calculated_statements(in_work=False, store_codes=store_codes, numbers=numbers, kind=kind)


def statements_in_work(store_codes: Sequence[str] = (), numbers: Sequence[str] = (), kind: str = "") -> list[int]:
    """Statements that somebody asked for and that are not done, by store, number and kind where given."""
    return reads.calculated_statements(in_work=True, store_codes=store_codes, numbers=numbers, kind=kind)


def request_posting(
    statement_ids: Sequence[int], user_id: int | None, actor: str = "", *, to_workers: bool = True, scope: Scope | None = None
) -> Job:
    """Queues idle statements under a new job and sends it to the workers once committed.

    Statements that are posted or in work already are left alone: asking twice posts once. Statements of stores outside `scope` are left
    alone; commands have none and see all stores. Raises BusinessError NOTHING_TO_POST when no statement could be queued. More in
    `core.jobs.queue.services.enqueue.request_work`.
    """
    job = enqueue.request_work(WORK, statement_ids, title_of, user_id, actor, to_workers=to_workers, scope=scope)
    if job is None:
        raise BusinessError(Problem("NOTHING_TO_POST"))
    return job


def title_of(statements: int) -> Message:
    """What the job is called."""
    return Message("Post {count} statements" if statements > 1 else "Post 1 statement", {"count": statements})


# The engine's, of statements.
run_inline = partial(enqueue.run_inline, WORK)
finish_here = partial(enqueue.finish_here, WORK)
rescue_interrupted = partial(enqueue.rescue_interrupted, WORK)
