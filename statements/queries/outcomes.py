"""What became of statements that were asked to be posted."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from core.db.bulk import array, fetch_dicts
from core.lib.messages import with_messages
from inventory.rules.stock import Allocation
from statements.rules.states import PostState


def posting_outcome(statement_ids: Collection[int]) -> dict[str, int]:
    """How many of the statements are posted, failed and still waiting, and how many supplements hold what could not be posted."""
    return dict(
        fetch_dicts(
            """
            SELECT count(*) FILTER (WHERE asked AND post_state = %(posted)s) AS posted,
                   count(*) FILTER (WHERE asked AND failed_state <> '') AS failed,
                   count(*) FILTER (WHERE work_state = '' AND failed_state = '' AND error_code <> '') AS held,
                   count(*) FILTER (WHERE asked AND work_state <> '') AS waiting
            FROM (
                SELECT s.*, s.id = ANY(%(ids)s::bigint[]) AS asked FROM statements_statement s
                WHERE s.id = ANY(%(ids)s::bigint[])
                   OR s.job_id IN (SELECT job_id FROM statements_statement WHERE id = ANY(%(ids)s::bigint[]))
            ) x
            """,
            {"posted": PostState.POSTED, "ids": array(statement_ids)},
        )[0]
    )


def failed_statements(statement_ids: Collection[int]) -> list[dict[str, Any]]:
    """The failures among the statements: per statement and, where an order failed, per line with item, missing quantity and remedy."""
    rows = fetch_dicts(
        """
        SELECT t.number AS statement, s.code AS store, t.business_date, t.failed_state, COALESCE(p.code, t.error_code) AS code,
               i.code AS item, p.missing_quantity, COALESCE(p.message, t.error_text) AS message
        FROM statements_statement t
        JOIN orders_store s ON s.id = t.store_id
        LEFT JOIN orders_salesorder o ON o.source_kind = 5 AND o.source_id = t.id AND o.error_code <> ''
        LEFT JOIN orders_orderproblem p ON p.order_id = o.id
        LEFT JOIN inventory_item i ON i.id = p.item_id
        WHERE t.id = ANY(%s::bigint[]) AND t.failed_state <> ''
        ORDER BY t.number COLLATE "C", o.number COLLATE "C", p.id
        """,
        [array(statement_ids)],
    )
    return with_messages(rows)


class SourceLines(dict[int, dict[str, Any]]):
    """Transaction lines by id as people name them, and batch numbers by batch id."""

    batch_numbers: dict[int, str]


def source_lines(line_ids: Collection[int], batch_ids: Collection[int] = ()) -> SourceLines:
    """Store, terminal, transaction, line and item of transaction lines; two queries."""
    rows = fetch_dicts(
        """
        SELECT l.id, s.code AS store, m.code AS terminal, t.number AS transaction, l.number AS line, i.code AS item
        FROM statements_postransactionline l
        JOIN statements_postransaction t ON t.id = l.transaction_id
        JOIN orders_store s ON s.id = t.store_id
        JOIN orders_terminal m ON m.id = t.terminal_id
        JOIN inventory_item i ON i.id = l.item_id
        WHERE l.id = ANY(%s::bigint[])
        """,
        [array(line_ids)],
    )
    found = SourceLines({row.pop("id"): row for row in rows})
    numbers = fetch_dicts("SELECT id, number FROM inventory_batch WHERE id = ANY(%s::bigint[])", [array(batch_ids)])
    found.batch_numbers = {row["id"]: row["number"] for row in numbers}
    return found


class TakenLine(NamedTuple):
    """What a transaction line takes of a batch, as people name it; the batch is blank for a default batch that is still to be made."""

    store: str
    terminal: str
    transaction: str
    line: int
    item: str
    batch: str
    quantity: Decimal
    source: str
    reason: str


def taken_lines(takes: Sequence[Allocation]) -> list[TakenLine]:
    """Takes with their transaction lines, in the order of the takes; two queries."""
    lines = source_lines([take.need.line_id for take in takes], [take.batch_id for take in takes if take.batch_id is not None])
    return [
        TakenLine(
            **lines[take.need.line_id],
            batch=lines.batch_numbers.get(take.batch_id or 0, ""),
            quantity=take.quantity,
            source=take.source.value,
            reason=take.reason.value,
        )
        for take in takes
    ]
