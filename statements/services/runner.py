"""One run of a chunk of statements through the ten posting states; queues, claims and partitions are the engine's (core/jobs/queue).

Locks: the statement rows of a chunk during each step (FOR NO KEY UPDATE, by id), then on-hand rows (FOR NO KEY UPDATE, by warehouse, item,
batch). Always in this order.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.availability import is_fault_of_server
from core.db.durability import wait_for_this_commit
from core.db.locks import STATEMENT_PARTITION
from core.jobs.chunks import connection_is_gone, reason_of, run_chunk, run_with_retries
from core.jobs.models import Job
from core.jobs.queue.services import run_partitions
from core.jobs.queue.spec import QueueSpec
from core.jobs.queue.work import OpenRun, Worker
from core.jobs.queue.writes import hold_documents
from core.lib.messages import Message, Params
from core.lib.problems import Problem
from inventory.queries.policies import Policies
from ledger.queries import posting_accounts
from orders.queries.deliveries import is_delivery_in_work
from parameters.queries import lines_per_chunk, max_partitions, settings_of
from statements.queries import posting as reads
from statements.rules.states import CALCULATED, PostState, next_state
from statements.services.chunks import Chunk
from statements.services.first_use import make_first_uses
from statements.services.steps import POSTING_STEPS, Step
from statements.writes import posting as writes

logger = structlog.get_logger(__name__)

STATEMENTS_IN_TRAIL = 1000
STATEMENTS = QueueSpec(
    name="statements_statement",
    kind="post_statements",
    task="statements.post_partitions",
    lock=STATEMENT_PARTITION,
    unit="business_date",
    order='business_date, number COLLATE "C"',
    lines="line_count",
    queueable=f"calc_state = '{CALCULATED}' AND post_state <> '{PostState.POSTED}'",
    unfinished="posted_at IS NULL",
    outcomes={
        "posted": f"d.post_state = '{PostState.POSTED}'",
        "failed": "d.failed_state <> ''",
        "held": "d.failed_state = '' AND d.error_code <> ''",
    },
    failing=frozenset({"failed", "held"}),
    reset_columns=", failed_state = ''",
)


class StatementWork(Worker):
    """Statements as the posting engine sees them."""

    spec = STATEMENTS
    done_phase = Message("Posted")

    def open(self) -> OpenRun:
        """Item and warehouse policies are read once per look at the queue."""
        policies = Policies()
        return lambda claimed, token, actor: open_run(claimed, token, policies, actor)

    def max_partitions(self) -> int:
        """The parameter of the Posting tab."""
        return max_partitions()

    def chunk_lines(self) -> int:
        """By the parameters: smaller ones while customer orders wait for stock that a chunk keeps locked until it is done. Two queries."""
        return lines_per_chunk(orders_wait=is_delivery_in_work())

    def record_request(self, job: Job, document_ids: Sequence[int], actor: str) -> None:
        """An event of each statement, and one entry of the audit trail."""
        writes.add_events([(statement_id, "post", "", None) for statement_id in document_ids], actor)
        record_audit(AuditEntry.Action.POST, actor, job.title, {"job": job.pk, "statements": document_ids[:STATEMENTS_IN_TRAIL]})

    def record_interruption(self, document_ids: Collection[int], text: Message | None, actor: str) -> None:
        """An event of each statement."""
        writes.add_events([(statement_id, "interrupted", "", text) for statement_id in document_ids], actor)


WORK = StatementWork()


post_partitions = partial(run_partitions.work_partitions, WORK)


@dataclass(slots=True)
class Position:
    """Where a statement stands in its run: before the state `upcoming` (None behind the last), having passed `unrecorded` without work."""

    upcoming: PostState | None
    unrecorded: list[PostState] = field(default_factory=list)

    def copy(self) -> "Position":
        """The same position, to go on from."""
        return Position(self.upcoming, list(self.unrecorded))

    def skip(self, state: PostState) -> None:
        """Passes a state without work; recorded with the next one that has some."""
        self.unrecorded.append(state)
        self.upcoming = next_state(state)

    def reach(self, state: PostState) -> None:
        """Stands behind a state that is recorded, and all before it."""
        self.unrecorded = []
        self.upcoming = next_state(state)


def open_run(claimed: Sequence[int], token: UUID, policies: Policies, actor: str) -> "ChunkRun":
    """A run over claimed statements, with their settings noted on them; a fixed number of queries."""
    heads = {head.statement_id: head for head in reads.statement_heads(claimed)}
    entities = {head.legal_entity_id for head in heads.values()}
    chunk = Chunk(heads, settings_of(entities), posting_accounts(entities), reads.load_applicability(claimed), policies)
    texts = {entity: json.dumps(settings.snapshot()) for entity, settings in chunk.settings.items()}
    writes.save_snapshots({row: texts[head.legal_entity_id] for row, head in heads.items() if head.legal_entity_id in texts}, token)
    return ChunkRun(chunk, token, actor)


class ProofMissed(Exception):
    """A statement that went through all states in one transaction does not prove; nothing of it may stand in the ledger."""


class ChunkRun:
    """One run of one chunk. `positions` has the statements that are still in it, `ended` those that it posted or saw fail.

    What somebody took away from the run is in neither.
    """

    def __init__(self, chunk: Chunk, token: UUID, actor: str) -> None:
        self.chunk = chunk
        self.token = token
        self.actor = actor
        self.positions = {statement_id: Position(next_state(head.post_state)) for statement_id, head in chunk.heads.items()}
        self.ended: set[int] = set()
        # Those that the open transaction posts or sees fail.
        self.leaving: set[int] = set()

    def run(self) -> None:
        """What is made on first use, then all steps: in one transaction, or where that does not go, each in its own."""
        make_first_uses(self.chunk)
        if not self.posted_at_once():
            for step in POSTING_STEPS:
                if with_work := self.with_work(step):
                    run_chunk(with_work, partial(self.run_step, step), partial(self.record_poison, step), self.unit_of)

    def with_work(self, step: Step) -> list[int]:
        """Statements that stand before the step and have something to do in it; those that have nothing pass it."""
        here = [statement_id for statement_id, position in self.positions.items() if position.upcoming == step.state]
        applies = step.applies(self.chunk.facts)
        found = here if applies is None else [statement_id for statement_id in here if statement_id in applies]
        for statement_id in set(here).difference(found):
            self.positions[statement_id].skip(step.state)
        return found

    def posted_at_once(self) -> bool:
        """Takes all statements through all steps in one transaction; says whether that went.

        Whatever is raised, but for what says that the database is gone or has no room, leaves nothing behind: each step in a transaction of
        its own then finds the statement that it is about, and says in which state.
        """
        connection.ensure_connection()
        session = connection.connection
        before = {statement_id: position.copy() for statement_id, position in self.positions.items()}

        def begin(_: list[int]) -> None:
            self.positions = {statement_id: position.copy() for statement_id, position in before.items()}
            self.chunk.forget_money(before)
            self.chunk.at_once = True
            with transaction.atomic():
                self.run_all_steps()

        try:
            run_with_retries(begin, list(before))
        except Exception as error:
            if connection_is_gone(session) or is_fault_of_server(error):
                raise
            logger.info("chunk_goes_step_by_step", **reason_of(error))
            self.positions = before
            self.chunk.forget_money(before)
            return False
        finally:
            self.chunk.at_once = False
        self.ended.update(self.leaving)
        return True

    def run_all_steps(self) -> None:
        """All steps in the caller's transaction; what a statement reached is recorded when it is posted or fails."""
        held = hold_documents(STATEMENTS, list(self.positions), self.token)
        self.positions = {statement_id: position for statement_id, position in self.positions.items() if statement_id in held}
        self.leaving = set()
        for step in POSTING_STEPS:
            ids = self.with_work(step)
            if step.tells:
                self.record_passed(ids)
            failed = step.run(self.chunk, ids) if ids else {}
            if failed and step.state == PostState.POSTED:
                # It is in the ledger by now: what is wrong with it must be found at the state that comes before that.
                raise ProofMissed
            done = [statement_id for statement_id in ids if statement_id not in failed]
            if failed:
                self.record_failures(failed, step.state)
                self.leaving.update(failed)
            if step.state == PostState.POSTED:
                self.record_states(done, step.state)
                self.leaving.update(done)
            for statement_id in done:
                self.positions[statement_id].skip(step.state)
            for statement_id in failed:
                del self.positions[statement_id]
        wait_for_this_commit()

    def unit_of(self, statement_id: int) -> tuple[int, date]:
        """Statements of one warehouse and date compete for the same batches in data order."""
        head = self.chunk.heads[statement_id]
        return head.warehouse_id, head.business_date

    def run_step(self, step: Step, part: list[int]) -> None:
        """One step over a part of the chunk, in one transaction: hold, do, record."""
        with transaction.atomic():
            held = hold_documents(STATEMENTS, part, self.token)
            ids = [statement_id for statement_id in part if statement_id in held]
            failed = step.run(self.chunk, ids) if ids else {}
            done = [statement_id for statement_id in ids if statement_id not in failed]
            if step.state == PostState.POSTED or failed:
                wait_for_this_commit()
            if done:
                self.record_states(done, step.state)
            if failed:
                self.record_failures(failed, step.state)
        self.ended.update(failed, done if step.state == PostState.POSTED else ())
        for statement_id in done:
            self.positions[statement_id].reach(step.state)
        for statement_id in set(part).difference(done):
            del self.positions[statement_id]

    def record_states(self, done: Iterable[int], state: PostState) -> None:
        """The statements reached the state, and those that they passed before it."""
        reached = [(statement_id, passed) for statement_id in done for passed in (*self.positions[statement_id].unrecorded, state)]
        writes.record_states(reached, state, self.actor)

    def record_passed(self, statement_ids: Iterable[int]) -> None:
        """What statements that stand before the same state have passed and not recorded: its last is the state before that one."""
        passed = [(statement_id, state) for statement_id in statement_ids for state in self.positions[statement_id].unrecorded]
        if passed:
            writes.record_states(passed, passed[-1][1], self.actor)
            for statement_id, _ in passed:
                self.positions[statement_id].unrecorded = []

    def record_failures(self, failed: Mapping[int, Problem], state: PostState) -> None:
        """Failing statements stand right before the state that failed, also where the states before it had nothing to do."""
        self.record_passed(failed)
        writes.record_failures(failed, state, self.actor)

    def record_poison(self, step: Step, statement_id: int, error: Exception) -> None:
        """The one statement that cannot be worked is marked; its neighbours went through.

        A step that can part its statement does so first: what of it works is done, and the culprit is named.
        """
        if step.parts and statement_id not in self.chunk.parted:
            self.chunk.parted.add(statement_id)
            try:
                return run_with_retries(partial(self.run_step, step), [statement_id])
            except (OperationalError, InterfaceError):
                raise
            except Exception as again:
                error = again
        said: Params = {"statement": self.chunk.heads[statement_id].number, "state": Message(step.state), **reason_of(error)}
        with transaction.atomic():
            if hold_documents(STATEMENTS, [statement_id], self.token):
                wait_for_this_commit()
                self.record_failures({statement_id: Problem("UNEXPECTED_ERROR", said, variant="step")}, step.state)
                self.ended.add(statement_id)
        del self.positions[statement_id]
