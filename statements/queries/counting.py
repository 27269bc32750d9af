"""Reads of counting: what was declared, moved and booked on the store days of some statements; a fixed number of queries."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from core.db.bulk import array, fetch_all
from statements.rules.counting import (
    DECLARED,
    INTO_TILL,
    Booked,
    CountedDay,
    DayCounts,
    DayRules,
    Declaration,
    Drawer,
    Movement,
    StoreDay,
    UnitNames,
    find_fresh_starts,
)
from statements.rules.states import BEFORE_ORDERS

# Documents of the store days, on whichever statement, and those that wait for one.
_DOCUMENTS = """
    WITH days AS (
        SELECT DISTINCT s.store_id, s.business_date, st.statement_method
        FROM statements_statement s JOIN orders_store st ON st.id = s.store_id WHERE s.id = ANY(%(ids)s::bigint[])
    ),
    documents AS MATERIALIZED (
        SELECT t.id, d.store_id, d.business_date, t.terminal_id, CASE WHEN d.statement_method = 'shift' THEN t.shift END AS shift,
               CASE WHEN d.statement_method = 'staff' THEN t.staff_id END AS staff_id, t.sold_at, t.number, t.kind,
               COALESCE(t.counted_on_id, CASE WHEN s.kind <> 'transactional' THEN s.id END) AS statement_id
        FROM days d
        JOIN statements_statement s ON s.store_id = d.store_id AND s.business_date = d.business_date
        JOIN statements_postransaction t ON t.statement_id = s.id AND t.reversal_id IS NULL
        UNION ALL
        SELECT t.id, d.store_id, d.business_date, t.terminal_id, CASE WHEN d.statement_method = 'shift' THEN t.shift END,
               CASE WHEN d.statement_method = 'staff' THEN t.staff_id END, t.sold_at, t.number, t.kind,
               t.counted_on_id
        FROM days d
        JOIN statements_postransaction t ON t.store_id = d.store_id AND t.business_date = d.business_date AND t.statement_id IS NULL
             AND t.validation_status = 'valid'
    )
"""

_DECLARATIONS = f"""
    {_DOCUMENTS}
    SELECT t.store_id, t.business_date, t.terminal_id, t.shift, t.staff_id, t.sold_at, t.kind, p.method_id, sum(p.amount)
    FROM documents t JOIN statements_pospayment p ON p.transaction_id = t.id
    WHERE t.kind = ANY(%(declared)s::text[])
    GROUP BY t.id, t.store_id, t.business_date, t.terminal_id, t.shift, t.staff_id, t.sold_at, t.number, t.kind, p.method_id
    ORDER BY t.sold_at, t.number COLLATE "C", t.id, p.method_id
"""

_MOVEMENTS = f"""
    {_DOCUMENTS},
    fresh AS (
        SELECT * FROM unnest(%(stores)s::bigint[], %(dates)s::date[], %(terminals)s::bigint[], %(shifts)s::int[], %(staff)s::bigint[],
                             %(starts)s::timestamptz[]) AS f (store_id, business_date, terminal_id, shift, staff_id, at)
    )
    SELECT t.store_id, t.business_date, t.terminal_id, t.shift, t.staff_id, p.method_id, t.statement_id,
           COALESCE(t.sold_at >= f.at, false), sum(p.amount * k.sign)
    FROM documents t
    JOIN statements_pospayment p ON p.transaction_id = t.id
    JOIN unnest(%(kinds)s::text[], %(signs)s::int[]) AS k (kind, sign) ON k.kind = t.kind
    LEFT JOIN fresh f ON f.store_id = t.store_id AND f.business_date = t.business_date AND f.terminal_id = t.terminal_id
        AND f.shift IS NOT DISTINCT FROM t.shift AND f.staff_id IS NOT DISTINCT FROM t.staff_id
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
"""


def load_day_counts(statement_ids: Collection[int]) -> DayCounts:
    """What counting looks at for the statements; five queries."""
    ids = array(statement_ids)
    stores = fetch_all(
        """
        SELECT DISTINCT st.id, st.statement_method, st.count
        FROM statements_statement s JOIN orders_store st ON st.id = s.store_id WHERE s.id = ANY(%s::bigint[])
        """,
        [ids],
    )
    declarations = [
        Declaration(StoreDay(*row[:2]), Drawer(*row[2:5]), *row[5:])
        for row in fetch_all(_DECLARATIONS, {"ids": ids, "declared": list(DECLARED)})
    ]
    fresh = find_fresh_starts(declarations)
    movements = fetch_all(
        _MOVEMENTS,
        {
            "ids": ids,
            "stores": array(start.day.store_id for start in fresh),
            "dates": array(start.day.business_date for start in fresh),
            "terminals": array(start.drawer.terminal_id for start in fresh),
            "shifts": array(start.drawer.shift for start in fresh),
            "staff": array(start.drawer.staff_id for start in fresh),
            "starts": [start.at for start in fresh],
            "kinds": list(INTO_TILL),
            "signs": list(INTO_TILL.values()),
        },
    )
    return DayCounts(
        {store_id: DayRules(method, count) for store_id, method, count in stores},
        declarations,
        [Movement(StoreDay(*row[:2]), Drawer(*row[2:5]), *row[5:]) for row in movements],
        _load_booked(ids),
        counting_statements(statement_ids),
    )


def _load_booked(ids: str) -> list[Booked]:
    """Differences of statements of the same days that passed their check, of these and of others."""
    rows = fetch_all(
        """
        SELECT s.id, s.store_id, s.business_date, c.terminal_id, c.shift, c.staff_id, c.payment_method_id, c.difference
        FROM (SELECT DISTINCT store_id, business_date FROM statements_statement WHERE id = ANY(%s::bigint[])) d
        JOIN statements_statement s ON s.store_id = d.store_id AND s.business_date = d.business_date AND s.post_state <> ''
            AND s.reversal_id IS NULL
        JOIN statements_tendercount c ON c.statement_id = s.id AND c.difference <> 0
        """,
        [ids],
    )
    return [Booked(row[0], StoreDay(*row[1:3]), Drawer(*row[3:6]), *row[6:]) for row in rows]


def counting_statements(statement_ids: Collection[int]) -> dict[int, CountedDay]:
    """What each of the statements that count is to count, in the order in which they book: by day, store and ordinal; one query."""
    rows = fetch_all(
        """
        SELECT s.id, s.store_id, s.business_date, st.closing_method = 'shift' AND s.kind = 'financial', s.terminal_id, s.shift
        FROM statements_statement s JOIN orders_store st ON st.id = s.store_id
        WHERE s.id = ANY(%s::bigint[]) AND s.kind <> 'transactional' ORDER BY s.business_date, s.store_id, s.ordinal
        """,
        [array(statement_ids)],
    )
    return {
        statement_id: CountedDay(StoreDay(store, day), (terminal, shift) if by_shift or shift is not None else None)
        for statement_id, store, day, by_shift, terminal, shift in rows
    }


def load_unit_names(statement_ids: Collection[int]) -> UnitNames:
    """Codes of the terminals of statements' stores and of the persons of their store days; two queries."""
    terminals = fetch_all(
        """
        SELECT t.id, t.code FROM orders_terminal t
        WHERE t.store_id IN (SELECT store_id FROM statements_statement WHERE id = ANY(%s::bigint[]))
        """,
        [array(statement_ids)],
    )
    staff = fetch_all(
        """
        SELECT p.id, p.code FROM orders_staff p WHERE p.id IN (
            SELECT t.staff_id FROM statements_postransaction t
            JOIN statements_statement s ON s.store_id = t.store_id AND s.business_date = t.business_date WHERE s.id = ANY(%s::bigint[])
        )
        """,
        [array(statement_ids)],
    )
    return UnitNames(dict(terminals), dict(staff))


class DrawerDay(NamedTuple):
    """A drawer's day: what was declared of it, the open statement that a count can join, the last moment, and how many were entered."""

    declarations: list[Declaration]
    open_statement: int | None
    last_sold_at: datetime | None
    entered: int


def drawer_day(day: StoreDay, drawer: Drawer, method: str, entered_start: str) -> DrawerDay:
    """What a count that is entered now comes upon, as the store's statement method tells drawers apart; two queries."""
    declared = fetch_all(
        """
        SELECT t.terminal_id, CASE WHEN %(method)s = 'shift' THEN t.shift END, CASE WHEN %(method)s = 'staff' THEN t.staff_id END,
               t.sold_at, t.kind, p.method_id, sum(p.amount)
        FROM statements_postransaction t JOIN statements_pospayment p ON p.transaction_id = t.id
        WHERE t.store_id = %(store)s AND t.business_date = %(date)s AND t.terminal_id = %(terminal)s AND t.kind = ANY(%(declared)s::text[])
          AND (t.statement_id IS NOT NULL OR t.validation_status = 'valid') AND t.reversal_id IS NULL
          AND (%(method)s <> 'shift' OR t.shift IS NOT DISTINCT FROM %(shift)s::int)
          AND (%(method)s <> 'staff' OR t.staff_id IS NOT DISTINCT FROM %(staff)s::bigint)
        GROUP BY t.id, p.method_id ORDER BY t.sold_at, t.number COLLATE "C", t.id, p.method_id
        """,
        _drawer_parameters(day, drawer, method) | {"declared": list(DECLARED)},
    )
    ((statement, last, entered),) = fetch_all(
        """
        SELECT (SELECT s.id FROM statements_statement s
                WHERE s.store_id = %(store)s AND s.business_date = %(date)s AND s.post_state = ANY(%(open)s::text[]) AND s.work_state = ''
                  AND s.kind <> 'transactional'
                  AND (s.shift IS NULL OR s.terminal_id = %(terminal)s::bigint AND s.shift = %(shift)s::int)
                ORDER BY s.ordinal LIMIT 1),
               max(t.sold_at), count(*) FILTER (WHERE starts_with(t.number, %(start)s))
        FROM statements_postransaction t
        WHERE t.store_id = %(store)s AND t.business_date = %(date)s AND t.terminal_id = %(terminal)s
        """,
        _drawer_parameters(day, drawer, method) | {"open": list(BEFORE_ORDERS), "start": entered_start},
    )
    return DrawerDay([Declaration(day, Drawer(*row[:3]), *row[3:]) for row in declared], statement, last, entered)


def _drawer_parameters(day: StoreDay, drawer: Drawer, method: str) -> dict[str, object]:
    return {
        **{"store": day.store_id, "date": day.business_date, "method": method},
        **{"terminal": drawer.terminal_id, "shift": drawer.shift, "staff": drawer.staff_id},
    }
