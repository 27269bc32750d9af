"""Set-based writes of calculation."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from core.db.bulk import array, copy_rows, execute, fetch_all, fetch_value
from core.db.work_tables import ensure_work_tables
from core.lib.messages import Params
from core.lib.problems import Problem, Severity
from statements.queries.calculation import CANDIDATES, VALID, StoreDay
from statements.queries.counting import load_day_counts
from statements.queries.posting import BlockedCapture, blocked_captures
from statements.rules.counting import Counted
from statements.rules.states import CALCULATED, MARKED, SALES_KINDS, STARTED
from statements.writes.imports import insert_problems
from statements.writes.posting import add_events

_WORK_TABLE = """
    CREATE TEMPORARY TABLE to_mark (
        id bigint, store_id bigint, business_date date, warehouse_id bigint, kind text, counted boolean, terminal_id bigint, shift int
    ) ON COMMIT DELETE ROWS
"""
# What is left of an earlier batch in the same transaction goes.
_FILL = """
    WITH before AS (DELETE FROM to_mark), filled AS (INSERT INTO to_mark {candidates} RETURNING id) SELECT count(DISTINCT id) FROM filled
"""


def make_work_table() -> None:
    """The work table `to_mark` of this session, made where it has none; one query, two for the first time."""
    ensure_work_tables(_WORK_TABLE, "to_mark")


def collect_candidates(store_ids: Sequence[int], through: date | None, kind: str) -> int:
    """Fills the work table `to_mark`, for one kind of statements or ('') all; says how many transactions it holds."""
    make_work_table()
    values = {"stores": list(store_ids), "valid": VALID, "through": through, "kind": kind, "sales": list(SALES_KINDS)}
    return int(fetch_value(_FILL.format(candidates=CANDIDATES), values))


def collect_those_of(statement_ids: Collection[int], transaction_ids: Collection[int]) -> None:
    """Fills `to_mark` with those of the transactions that are free, valid and of the store and day of one of the statements."""
    make_work_table()
    those = """
        SELECT DISTINCT ON (t.id, x.counted) t.id, t.store_id, t.business_date, s.warehouse_id, o.kind, x.counted, o.terminal_id, o.shift
        FROM statements_postransaction t
        JOIN orders_store s ON s.id = t.store_id
        JOIN statements_statement o ON o.id = ANY(%s::bigint[]) AND o.store_id = t.store_id AND o.business_date = t.business_date
            AND (o.shift IS NULL OR o.terminal_id = t.terminal_id AND o.shift = t.shift)
        CROSS JOIN LATERAL (SELECT o.kind = 'financial' AND t.kind = ANY(%s::text[]) AS counted) x
        WHERE t.id = ANY(%s::bigint[]) AND t.statement_id IS NULL AND t.validation_status = %s
          AND (o.kind <> 'transactional' OR t.kind = ANY(%s::text[]))
        ORDER BY t.id, x.counted, o.ordinal
    """
    fetch_value(_FILL.format(candidates=those), [array(statement_ids), list(SALES_KINDS), array(transaction_ids), VALID, list(SALES_KINDS)])


def leave_out(transaction_ids: Collection[int]) -> None:
    """Takes transactions out of `to_mark`; their money may be counted all the same."""
    if transaction_ids:
        execute("DELETE FROM to_mark WHERE id = ANY(%s) AND NOT counted", [list(transaction_ids)])


def insert_statements(days: Sequence[StoreDay], numbers: Mapping[StoreDay, str]) -> list[int]:
    """Statements in state Started for store days without an open one; one query."""
    ordinals = []
    of_day: Counter[tuple[int, date]] = Counter()
    for day in days:
        of_day[day.store_id, day.business_date] += 1
        ordinals.append(day.last_ordinal + of_day[day.store_id, day.business_date])
    rows = fetch_all(
        """
        INSERT INTO statements_statement (number, store_id, warehouse_id, legal_entity_id, business_date, ordinal, kind, terminal_id, shift,
            calc_state, post_state, failed_state, error_code, error_text, attempts, work_state, transaction_count, line_count, total,
            settings_snapshot)
        SELECT d.number, d.store_id, d.warehouse_id, d.legal_entity_id, d.business_date, d.ordinal, d.kind, d.terminal_id, d.shift, %s, '',
               '', '', NULL, 0, '', 0, 0, 0, '{}'
        FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::date[], %s::int[], %s::text[], %s::bigint[], %s::int[])
            AS d (number, store_id, warehouse_id, legal_entity_id, business_date, ordinal, kind, terminal_id, shift)
        RETURNING id
        """,
        [
            STARTED,
            [numbers[day] for day in days],
            [day.store_id for day in days],
            [day.warehouse_id for day in days],
            [day.legal_entity_id for day in days],
            [day.business_date for day in days],
            ordinals,
            [day.kind for day in days],
            [day.terminal_id for day in days],
            [day.shift for day in days],
        ],
    )
    return [row[0] for row in rows]


_OPEN_STATEMENT = """
    FROM to_mark m JOIN LATERAL (
        SELECT s.id, s.kind FROM statements_statement s
        WHERE s.store_id = m.store_id AND s.business_date = m.business_date AND s.kind = m.kind
          AND s.terminal_id IS NOT DISTINCT FROM m.terminal_id AND s.shift IS NOT DISTINCT FROM m.shift
          AND s.post_state = '' AND s.failed_state = '' AND s.work_state = ''
        ORDER BY s.ordinal LIMIT 1
    ) s ON true
"""


def mark_transactions() -> list[int]:
    """Stamps the transactions of `to_mark` with the open statement of their store day and kind; gives the statements. Three queries."""
    execute(
        f"""
        UPDATE statements_postransaction t
        SET statement_id = s.id, counted_on_id = CASE WHEN s.kind = 'transactional' THEN t.counted_on_id ELSE s.id END
        {_OPEN_STATEMENT}
        WHERE t.id = m.id AND NOT m.counted AND t.statement_id IS NULL
        """
    )
    execute(f"UPDATE statements_postransaction t SET counted_on_id = s.id {_OPEN_STATEMENT} WHERE t.id = m.id AND m.counted")
    rows = fetch_all(
        """
        UPDATE statements_statement s SET calc_state = %s
        WHERE s.id IN (
            SELECT CASE WHEN m.counted THEN t.counted_on_id ELSE t.statement_id END
            FROM statements_postransaction t JOIN to_mark m ON m.id = t.id
        ) RETURNING s.id
        """,
        [MARKED],
    )
    return [row[0] for row in rows]


def calculate_lines(statement_ids: Collection[int], actor: str) -> None:
    """Lines per tender, drawers, counts and totals; the statements become Calculated. A fixed number of queries."""
    ids = list(statement_ids)
    forget_invalid_money(ids)
    write_counts(count_statements(ids))
    flag_blocked_captures(ids)
    execute(
        """
        UPDATE statements_statement s SET calc_state = %s
        WHERE s.id = ANY(%s::bigint[]) AND (
            EXISTS (SELECT FROM statements_postransaction t WHERE t.statement_id = s.id)
            OR EXISTS (
                SELECT FROM statements_postransaction t
                WHERE t.counted_on_id = s.id AND (t.statement_id IS NULL OR t.counted_on_id <> t.statement_id)
            )
        )
        """,
        [CALCULATED, ids],
    )
    count_transactions(ids)
    add_events([(statement_id, "completed", CALCULATED, None) for statement_id in ids], actor)


def count_transactions(statement_ids: Collection[int]) -> None:
    """Sizes and totals of statements anew; one query."""
    execute(
        """
        UPDATE statements_statement s SET transaction_count = x.transactions, line_count = x.lines, captured_count = x.captured,
            total = x.total
        FROM (
            SELECT i.id, count(t.id) AS transactions, COALESCE(sum(l.lines), 0) AS lines,
                   COALESCE(sum(l.captured), 0) AS captured,
                   COALESCE(sum(t.total) FILTER (WHERE t.kind = 'sale'), 0) AS total
            FROM unnest(%s::bigint[]) AS i (id)
            LEFT JOIN statements_postransaction t ON t.statement_id = i.id
            LEFT JOIN LATERAL (
                SELECT count(*) AS lines, count(*) FILTER (WHERE l.batch_id IS NOT NULL) AS captured
                FROM statements_postransactionline l WHERE l.transaction_id = t.id
            ) l ON true
            GROUP BY 1
        ) x
        WHERE s.id = x.id
        """,
        [array(statement_ids)],
    )


def forget_invalid_money(statement_ids: Collection[int]) -> None:
    """Statements no longer count what became invalid on no statement; it is counted anew once it is valid. One query."""
    execute(
        """
        UPDATE statements_postransaction SET counted_on_id = NULL
        WHERE counted_on_id = ANY(%s::bigint[]) AND statement_id IS NULL AND validation_status <> %s
        """,
        [array(statement_ids), VALID],
    )


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
    """What each statement that counts would book: the first of a day what is new, the next ones what that leaves; five queries."""
    counts = load_day_counts(statement_ids)
    found = {}
    for statement_id, day in counts.days.items():
        found[statement_id] = counts.decide(statement_id, day)
        counts.book(statement_id, found[statement_id])
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
