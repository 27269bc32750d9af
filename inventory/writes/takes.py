"""What is issued, written as one set in the caller's transaction: takes of plain pools and of the rule alike.

Whoever decides puts takes into the work table `work_take`: plain pools inside the database (`inventory/writes/plain_pools.py`), the rule by
COPY (`put_takes`). Movements, on-hand, debts and costs are then INSERT ... SELECT from there, and allocations likewise
(`orders/writes/invoices.py`).

Work tables live in the session; their rows go with the transaction.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal

from core.db.bulk import array, copy_rows, execute, fetch_all, fetch_value
from core.db.work_tables import ensure_work_tables
from core.lib.document_kinds import SourceKind
from inventory.rules.issues import IssuePlan
from inventory.rules.stock import Allocation, OnHandKey, Source
from inventory.writes.costing import SAVE_COSTS
from inventory.writes.issues import CHANGE_ON_HAND, refuse_stale

WORK_TABLES = """
DO $$ BEGIN
CREATE TEMPORARY TABLE work_demand (
    line_id bigint, order_id bigint, order_line_id bigint, warehouse_id bigint, item_id bigint, quantity numeric, day date, at timestamptz,
    batch_id bigint, return_of bigint, place bigint, is_reserved boolean
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE work_cost (
    warehouse_id bigint, item_id bigint, demand numeric, by_rule boolean, first_day date, last_day date, first_at timestamptz,
    last_at timestamptz, cost_id bigint, tracked boolean, policy text, negative_physical boolean, negative_financial boolean,
    may_be_short boolean, falls_back boolean, number text, expires_earlier int, received_later boolean, quantity numeric, value numeric,
    unit_cost numeric, decimals int
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE work_stock (
    on_hand_id bigint, warehouse_id bigint, item_id bigint, batch_id bigint, physical numeric, available numeric, changes boolean,
    was_here boolean, never_received boolean, has_credit boolean, rejection int, policy text, number text, expires_on date,
    received_at timestamptz
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE work_pool (
    warehouse_id bigint, item_id bigint, kind text, demand numeric, available numeric, on_hand_id bigint, reason text, policy text,
    negative_physical boolean, number text, cost_id bigint, quantity numeric, value numeric, unit_cost numeric, decimals int
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE work_take (
    place bigint, line_id bigint, ordinal int, order_id bigint, order_line_id bigint, warehouse_id bigint, item_id bigint, batch_id bigint,
    on_hand_id bigint, quantity numeric, source text, reason text, setting text, may_go_negative boolean, is_default boolean,
    by_rule boolean, lowest numeric, came_back_at timestamptz, day date, at timestamptz, unit_cost numeric, cost numeric
) ON COMMIT DELETE ROWS;
END $$
"""

# Begins the query that fills `work_demand`: what is left of an earlier use in the same transaction goes.
WITH_EMPTY_TABLES = """
    WITH demand_before AS (DELETE FROM work_demand), cost_before AS (DELETE FROM work_cost), stock_before AS (DELETE FROM work_stock),
    pool_before AS (DELETE FROM work_pool), take_before AS (DELETE FROM work_take)
"""
EMPTY_TABLES = f"{WITH_EMPTY_TABLES} SELECT 1"

_TAKE_COLUMNS = (
    *(
        "place",
        "line_id",
        "ordinal",
        "order_id",
        "order_line_id",
        "warehouse_id",
        "item_id",
        "batch_id",
        "on_hand_id",
        "quantity",
        "source",
    ),
    *("reason", "setting", "may_go_negative", "is_default", "by_rule", "lowest", "came_back_at", "day", "at", "cost"),
)

MOVE = """
    INSERT INTO inventory_inventorytransaction (warehouse_id, item_id, batch_id, quantity, date, source_kind, source_id, cost_amount)
    SELECT warehouse_id, item_id, batch_id, -sum(quantity), day, %(moved_by)s::smallint, {mover}, -sum(cost)
    FROM work_take GROUP BY warehouse_id, item_id, {mover}, batch_id, day
    ORDER BY warehouse_id, item_id, {mover}, batch_id
"""

# Stock of default batches follows their debts and credits. A plain pool ends at its lowest; the rule says how low each row stood.
TAKE_OFF_HAND = CHANGE_ON_HAND.format(
    changes="""
        SELECT on_hand_id, warehouse_id, item_id, batch_id, quantity, least(lowest, quantity) AS lowest, may_go_negative, came_back_at,
               is_default
        FROM (
            SELECT max(on_hand_id) AS on_hand_id, warehouse_id, item_id, batch_id,
                   sum(CASE WHEN is_default THEN 0 ELSE -quantity END) AS quantity, min(lowest) AS lowest,
                   bool_or(may_go_negative) AS may_go_negative, min(came_back_at) AS came_back_at, bool_or(is_default) AS is_default
            FROM work_take GROUP BY warehouse_id, item_id, batch_id
        ) t
    """
)

# What the rule decides opens debts and credits by itself (`write_default_stock`).
_OWE = """
    INSERT INTO inventory_batchdebt (
        warehouse_id, item_id, batch_id, source_kind, source_id, quantity, open_quantity, business_date, unit_cost, sold_at, reason
    )
    SELECT warehouse_id, item_id, batch_id, %s, line_id, quantity, quantity, day, unit_cost, at, reason
    FROM work_take WHERE source = 'default' AND NOT by_rule ORDER BY warehouse_id, item_id, place
"""

# What issues of plain pools leave of their worth: all that they want but for orders that fail. Gives the cost by order.
SAVE_PLAIN_COSTS = (
    SAVE_COSTS.format(
        worth="""
        SELECT warehouse_id, item_id, left_there AS quantity, round(left_there * unit_cost, decimals) AS value, unit_cost,
               NULL::boolean AS moving_average
        FROM (
            SELECT p.warehouse_id, p.item_id, p.quantity - p.demand + COALESCE(f.quantity, 0) AS left_there, p.unit_cost, p.decimals
            FROM work_pool p
            LEFT JOIN (
                SELECT warehouse_id, item_id, sum(quantity) AS quantity
                FROM work_demand WHERE order_id = ANY(%(without)s::bigint[]) GROUP BY warehouse_id, item_id
            ) f ON f.warehouse_id = p.warehouse_id AND f.item_id = p.item_id
            WHERE p.kind <> 'rule' AND p.demand IS DISTINCT FROM f.quantity
        ) p
        """
    )
    + "SELECT order_id, sum(cost) FROM work_take WHERE NOT by_rule GROUP BY order_id"
)


def make_work_tables() -> None:
    """Work tables of this session, made where it has none; one query, two for the first time."""
    ensure_work_tables(WORK_TABLES, "work_take")


def forget_takes() -> None:
    """What an earlier decision in the same transaction put there goes; one query."""
    execute("DELETE FROM work_take")


def put_takes(takes: Sequence[Allocation], plan: IssuePlan, on_hand_ids: Mapping[OnHandKey, int], settings: Mapping[int, str]) -> None:
    """What the rule decided, with what each take cost, into `work_take`; `settings` are default batch ids by warehouse. One COPY."""

    def rows() -> Iterator[tuple[object, ...]]:
        for place, (take, cost) in enumerate(zip(takes, plan.costs, strict=True), 1):
            need, ordinal, batch_id, quantity, source, reason = take
            key = (need.warehouse_id, need.item_id, batch_id)
            delta = plan.deltas[key]
            setting = settings[need.warehouse_id] if source is Source.DEFAULT else ""
            yield (
                *(place, need.line_id, ordinal, need.order_id, need.order_line_id, *key, on_hand_ids.get(key), quantity, source, reason),
                *(setting, delta.may_go_negative, delta.is_default, True, delta.lowest, delta.came_back_at, need.day, need.at, cost),
            )

    copy_rows("work_take", _TAKE_COLUMNS, rows())


def insert_movements(moved_by: SourceKind, *, by_line: bool = False) -> None:
    """Movements of `work_take`, one per batch and order line, or with `by_line` per line itself; one query.

    The first of all writes about stock: what is told of a decision later is what was there before its first movement
    (`inventory/queries/as_of.py`), and changes of reservations draw their numbers from the same sequence.
    """
    execute(MOVE.format(mover="line_id" if by_line else "order_line_id"), {"moved_by": int(moved_by)})


def take_off_hand() -> None:
    """On-hand less `work_take`; one query. Raises StaleStock when a row that may not go negative would."""
    refuse_stale(fetch_value(TAKE_OFF_HAND))


def settle_plain(source_kind: SourceKind, without_orders: Collection[int]) -> dict[int, Decimal]:
    """Debts and costs of the plain pools of `work_take`, as they were taken `without_orders`; gives the cost by order. Two queries."""
    execute(_OWE, [int(source_kind)])
    return dict(fetch_all(SAVE_PLAIN_COSTS, {"without": array(without_orders)}))
