"""Set-based writes of calculation."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from core.db.bulk import array, copy_rows, execute, fetch_all
from core.lib.messages import Params
from core.lib.problems import Problem, Severity
from statements.queries.calculation import MARK_CANDIDATES, VALID, StoreDay
from statements.queries.counting import days_of, load_day_counts
from statements.queries.posting import BlockedCapture, blocked_captures
from statements.rules.counting import Counted
from statements.rules.states import CALCULATED, MARKED, STARTED
from statements.writes.imports import insert_problems
from statements.writes.posting import add_events


def collect_candidates(store_ids: Sequence[int], through: date | None) -> int:
    """Fills the temporary table `to_mark` of this transaction; says how many transactions it holds."""
    return execute(MARK_CANDIDATES, {"stores": list(store_ids), "valid": VALID, "through": through})


def collect_those_of(statement_ids: Collection[int], transaction_ids: Collection[int]) -> None:
    """Fills `to_mark` with those of the transactions that are free, valid and of the store and day of one of the statements; one query."""
    execute(
        """
        CREATE TEMPORARY TABLE to_mark ON COMMIT DROP AS
        SELECT t.id, t.store_id, t.business_date, s.warehouse_id
        FROM statements_postransaction t JOIN orders_store s ON s.id = t.store_id
        WHERE t.id = ANY(%s::bigint[]) AND t.statement_id IS NULL AND t.validation_status = %s
          AND EXISTS (
              SELECT FROM statements_statement o
              WHERE o.id = ANY(%s::bigint[]) AND o.store_id = t.store_id AND o.business_date = t.business_date
          )
        """,
        [array(transaction_ids), VALID, array(statement_ids)],
    )


def leave_out(transaction_ids: Collection[int]) -> None:
    """Takes transactions out of `to_mark`."""
    if transaction_ids:
        execute("DELETE FROM to_mark WHERE id = ANY(%s)", [list(transaction_ids)])


def insert_statements(days: Sequence[StoreDay], numbers: Mapping[StoreDay, str]) -> list[int]:
    """Statements in state Started for store days without an open one; one query."""
    rows = fetch_all(
        """
        INSERT INTO statements_statement (number, store_id, warehouse_id, legal_entity_id, business_date, ordinal, calc_state, post_state,
            failed_state, error_code, error_text, attempts, work_state, transaction_count, line_count, total, settings_snapshot)
        SELECT d.number, d.store_id, d.warehouse_id, d.legal_entity_id, d.business_date, d.ordinal, %s, '', '', '', NULL, 0, '', 0, 0, 0,
               '{}'
        FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::date[], %s::int[])
            AS d (number, store_id, warehouse_id, legal_entity_id, business_date, ordinal)
        RETURNING id
        """,
        [
            STARTED,
            [numbers[day] for day in days],
            [day.store_id for day in days],
            [day.warehouse_id for day in days],
            [day.legal_entity_id for day in days],
            [day.business_date for day in days],
            [day.last_ordinal + 1 for day in days],
        ],
    )
    return [row[0] for row in rows]


def mark_transactions() -> list[int]:
    """Stamps the transactions of `to_mark` with the open statement of their store day; gives the statements. Two queries."""
    execute(
        """
        UPDATE statements_postransaction t SET statement_id = s.id
        FROM to_mark m JOIN LATERAL (
            SELECT s.id FROM statements_statement s
            WHERE s.store_id = m.store_id AND s.business_date = m.business_date
              AND s.post_state = '' AND s.failed_state = '' AND s.work_state = ''
            ORDER BY s.ordinal LIMIT 1
        ) s ON true
        WHERE t.id = m.id AND t.statement_id IS NULL
        """
    )
    rows = fetch_all(
        """
        UPDATE statements_statement s SET calc_state = %s
        WHERE s.id IN (SELECT t.statement_id FROM statements_postransaction t JOIN to_mark m ON m.id = t.id) RETURNING s.id
        """,
        [MARKED],
    )
    return [row[0] for row in rows]


def calculate_lines(statement_ids: Collection[int], actor: str) -> None:
    """Lines per tender, drawers, counts and totals; the statements become Calculated. A fixed number of queries."""
    ids = list(statement_ids)
    write_counts(count_statements(ids))
    flag_blocked_captures(ids)
    execute(
        """
        UPDATE statements_statement s
        SET calc_state = %s, transaction_count = x.transactions, line_count = x.lines, captured_count = x.captured,
            total = x.total
        FROM (
            SELECT t.statement_id, count(*) AS transactions, COALESCE(sum(l.lines), 0) AS lines,
                   COALESCE(sum(l.captured), 0) AS captured,
                   COALESCE(sum(t.total) FILTER (WHERE t.kind = 'sale'), 0) AS total
            FROM statements_postransaction t
            LEFT JOIN LATERAL (
                SELECT count(*) AS lines, count(*) FILTER (WHERE l.batch_id IS NOT NULL) AS captured
                FROM statements_postransactionline l WHERE l.transaction_id = t.id
            ) l ON true
            WHERE t.statement_id = ANY(%s) GROUP BY 1
        ) x
        WHERE s.id = x.statement_id
        """,
        [CALCULATED, ids],
    )
    add_events([(statement_id, "completed", CALCULATED, None) for statement_id in ids], actor)


def flag_blocked_captures(statement_ids: Collection[int]) -> None:
    """Alerts (B03) on captured batches that were blocked after the sale came in; one query, two where there are any."""
    fresh = [capture for capture in blocked_captures(statement_ids) if not capture.known]
    if fresh:
        insert_problems((capture.transaction_id, blocked_capture(capture)) for capture in fresh)


def blocked_capture(capture: BlockedCapture) -> Problem:
    """The alert of one line."""
    said: Params = {"batch": capture.batch, "item": capture.item, "disposition": capture.disposition}
    return Problem("B03", said, line=capture.line, severity=Severity.WARNING)


def count_statements(statement_ids: Collection[int]) -> dict[int, Counted]:
    """What each statement would book of its day's counts, the first of a day what is new, the next ones what that leaves; five queries."""
    counts = load_day_counts(statement_ids)
    found = {}
    for statement_id, day in days_of(statement_ids).items():
        found[statement_id] = counts.decide(statement_id, day)
        counts.book(statement_id, day, found[statement_id])
    return found


def write_counts(counted: Mapping[int, Counted]) -> None:
    """Lines per tender and drawers of the statements, in place of those they had; four queries."""
    ids = list(counted)
    execute("DELETE FROM statements_statementline WHERE statement_id = ANY(%s)", [ids])
    execute("DELETE FROM statements_tendercount WHERE statement_id = ANY(%s)", [ids])
    copy_rows(
        "statements_statementline",
        ("statement_id", "payment_method_id", "transaction_amount", "counted_amount", "difference"),
        (
            (statement_id, method, own, own + difference, difference)
            for statement_id, found in counted.items()
            for method, own, difference in found.by_method()
        ),
    )
    copy_rows(
        "statements_tendercount",
        ("statement_id", "terminal_id", "shift", "staff_id", "payment_method_id", "expected", "counted", "difference"),
        (
            (statement_id, *line.drawer, line.method, line.expected, line.counted, line.difference)
            for statement_id, found in counted.items()
            for line in found.drawers
        ),
    )


def clear_candidates() -> None:
    """Drops `to_mark` before the transaction ends, so that the next batch of stores can make its own."""
    execute("DROP TABLE IF EXISTS to_mark")
