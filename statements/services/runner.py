"""The one runner of posting: takes queued statements of its lanes chunk by chunk through the posting states.

Locks: the lane lock of each warehouse for as long as it is worked (session level), the statement rows of a chunk during each step
(FOR NO KEY UPDATE, by id), then on-hand rows (FOR NO KEY UPDATE, by warehouse, item, batch). Always in this order.
"""

import gc
import json
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from uuid import UUID, uuid4

import structlog
from django.db import transaction

from inventory.queries.policies import Policies
from ledger.queries import posting_accounts
from parameters.queries import settings_of
from retailhq.db.durability import commits_without_waiting, wait_for_this_commit
from retailhq.db.locks import lane_locks
from retailhq.jobs.chunks import run_chunk
from retailhq.jobs.writes import add_progress, mark_started
from retailhq.lib.problems import Problem
from statements.queries import posting as reads
from statements.rules.lanes import CHUNK_LINES, LaneStatement, cut_chunks, progress_of
from statements.rules.states import POST_STATES, PostState, next_state
from statements.services.chunks import Chunk
from statements.services.steps import POSTING_STEPS, Step
from statements.writes import posting as writes

logger = structlog.get_logger(__name__)


def run_lanes(warehouse_ids: Collection[int], actor: str, seconds: float | None = None) -> bool:
    """Posts what is queued in the warehouses, in order of period, until nothing is left or `seconds` have passed.

    Warehouses that another worker holds are left to it. What an earlier run left unfinished comes first: a later day that overtook it
    would get its batches. Says whether queued statements remain.
    """
    ends_at = None if seconds is None else time.monotonic() + seconds
    with lane_locks(warehouse_ids) as lanes, commits_without_waiting():
        writes.requeue_abandoned(lanes, actor)
        while queued := reads.queued_statements(lanes):
            policies = Policies()
            by_id = {statement.statement_id: statement for statement in queued}
            for chunk in cut_chunks(queued, CHUNK_LINES):
                with garbage_collection_paused():
                    post_chunk([by_id[statement_id] for statement_id in chunk], policies, actor)
                if ends_at is not None and time.monotonic() > ends_at:
                    return True
    return bool(reads.queued_statements(warehouse_ids))


@contextmanager
def garbage_collection_paused() -> Iterator[None]:
    """A chunk makes some hundred thousand tuples and no cycles; looking for cycles among them takes longer than deciding."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def post_chunk(statements: Sequence[LaneStatement], policies: Policies, actor: str) -> None:
    """Claims the statements and takes them through their remaining posting states; every state is one transaction.

    Progress goes to the jobs that asked for the statements, whosever lane this is, once for each statement that this run ends.
    """
    token = uuid4()
    for job_id in sorted(progress_of(statements)):
        mark_started(job_id)
    claimed = writes.claim_statements([statement.statement_id for statement in statements], token)
    if not claimed:
        return
    try:
        run = ChunkRun(claimed, token, policies, actor)
        run.run()
    except BaseException:
        release(token)
        raise
    for job_id, lines in sorted(progress_of(statement for statement in statements if statement.statement_id in run.ended).items()):
        add_progress(job_id, lines, PostState.POSTED)


def release(token: UUID) -> None:
    """Gives claimed statements back to the queue when a run ends early; without a database the watchdog does it."""
    try:
        writes.add_events([(statement_id, "interrupted", "", "") for statement_id in writes.release_statements(token)], "")
    except Exception:
        logger.warning("release_left_to_watchdog", token=str(token))


class ChunkRun:
    """One run of one chunk: which statements are still in it, and which states they reached without having anything to do there.

    `ended` are those that it posted or saw fail; what somebody took away from it is not among them.
    """

    def __init__(self, claimed: Sequence[int], token: UUID, policies: Policies, actor: str) -> None:
        self.token = token
        self.actor = actor
        heads = {head.statement_id: head for head in reads.statement_heads(claimed)}
        entities = {head.legal_entity_id for head in heads.values()}
        self.chunk = Chunk(heads, settings_of(entities), posting_accounts(entities), reads.load_facts(claimed), policies)
        self.next = {statement_id: next_state(head.post_state) for statement_id, head in heads.items()}
        self.unrecorded: dict[int, list[PostState]] = {statement_id: [] for statement_id in heads}
        self.ended: set[int] = set()
        writes.save_snapshots(
            {statement_id: json.dumps(settings.snapshot()) for statement_id in heads if (settings := self.chunk.settings_of(statement_id))},
            token,
        )

    def run(self) -> None:
        """Every step over the statements that stand before it."""
        for step in POSTING_STEPS:
            here = [statement_id for statement_id, state in self.next.items() if state == step.state]
            applies = step.applies(self.chunk.facts)
            with_work = here if applies is None else [statement_id for statement_id in here if statement_id in applies]
            for statement_id in set(here) - set(with_work):
                self.reach(statement_id, step.state)
            if with_work:
                run_chunk(with_work, partial(self.run_step, step), partial(self.poison, step), self.unit_of)

    def unit_of(self, statement_id: int) -> tuple[int, date]:
        """Statements of one warehouse and date compete for the same batches in data order."""
        head = self.chunk.heads[statement_id]
        return head.warehouse_id, head.business_date

    def run_step(self, step: Step, part: list[int]) -> None:
        """One step over a part of the chunk, in one transaction: hold, do, record."""
        with transaction.atomic():
            held = writes.hold_statements(part, self.token)
            ids = [statement_id for statement_id in part if statement_id in held]
            failed = step.run(self.chunk, ids) if ids else {}
            done = [statement_id for statement_id in ids if statement_id not in failed]
            if step.state == PostState.POSTED or failed:
                wait_for_this_commit()
            if done:
                reached = [(statement_id, state) for statement_id in done for state in (*self.unrecorded[statement_id], step.state)]
                writes.record_states(reached, step.state, self.actor)
            if failed:
                self.record_passed(failed)
                writes.record_failures(failed, step.state, self.actor)
        self.ended.update(failed, done if step.state == PostState.POSTED else ())
        for statement_id in part:
            if statement_id in failed or statement_id not in held:
                del self.next[statement_id]
            else:
                self.unrecorded[statement_id] = []
                self.next[statement_id] = next_state(step.state)

    def record_passed(self, failed: Iterable[int]) -> None:
        """Failing statements stand right before the state that failed, also where the states before it had nothing to do."""
        passed = [(statement_id, state) for statement_id in failed for state in self.unrecorded[statement_id]]
        if passed:
            # The last of them is the same for all: the state before the one that they are in.
            writes.record_states(passed, passed[-1][1], self.actor)

    def reach(self, statement_id: int, state: PostState) -> None:
        """The statement passes a state that has nothing to do for it; recorded with the next one that has."""
        self.unrecorded[statement_id].append(state)
        self.next[statement_id] = next_state(state)

    def poison(self, step: Step, statement_id: int, error: Exception) -> None:
        """The one statement that cannot be worked is marked; its neighbours went through."""
        text = " ".join(str(error).split())[:1000]
        with transaction.atomic():
            if writes.hold_statements([statement_id], self.token):
                problem = Problem("UNEXPECTED_ERROR", f"{type(error).__name__}: {text}")
                wait_for_this_commit()
                self.record_passed([statement_id])
                writes.record_failures({statement_id: problem}, step.state, self.actor)
                self.ended.add(statement_id)
        del self.next[statement_id]


assert tuple(step.state for step in POSTING_STEPS) == POST_STATES
