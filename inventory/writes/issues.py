"""Set-based writes of default batches, on-hand and what of it is reserved."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from core.db.bulk import array, execute, fetch_all, fetch_value
from core.jobs.chunks import RetryableError
from inventory.rules.issues import Delta
from inventory.rules.reservations import Used
from inventory.rules.stock import Allocation, OnHandKey


class StaleStock(RetryableError):
    """Stock is not what the decision was made on; the chunk is rolled back and decided again."""


def insert_default_batches(item_ids: Collection[int], number: str) -> None:
    """Makes the default batch of each item where it is missing, in order of items; one query."""
    execute(
        """
        INSERT INTO inventory_batch (item_id, number, disposition_id, is_default_batch)
        SELECT i, %s, d.id, true FROM unnest(%s::bigint[]) AS i CROSS JOIN inventory_disposition d WHERE d.code = 'available'
        ON CONFLICT (item_id, number) DO NOTHING
        """,
        [number, sorted(set(item_ids))],
    )


def ensure_default_batches(item_ids: Collection[int], number: str) -> dict[int, int]:
    """The default batch's row of each item, made where it is missing; two queries, none for nothing."""
    wanted = sorted(set(item_ids))
    if not wanted:
        return {}
    insert_default_batches(wanted, number)
    return dict(fetch_all("SELECT item_id, id FROM inventory_batch WHERE number = %s AND item_id = ANY(%s)", [number, wanted]))


# Changes of on-hand: known rows by id and guarded, others by insert. Gives how many rows would have gone below nothing that may not.
# A row that went below nothing on the way was allowed to, wherever the chunk ends: the same rows are marked however chunks are cut.
CHANGE_ON_HAND = """
    WITH change AS MATERIALIZED ({changes}), changed AS (
        UPDATE inventory_onhand o
        SET physical = o.physical + c.quantity,
            negative_allowed = o.negative_allowed OR (c.may_go_negative AND (o.is_default OR o.physical + c.lowest < 0)),
            first_received_at = COALESCE(o.first_received_at, c.came_back_at)
        FROM change c WHERE o.id = c.on_hand_id AND (c.quantity >= 0 OR c.may_go_negative OR o.physical + c.quantity >= 0)
        RETURNING 1
    ), made AS (
        INSERT INTO inventory_onhand AS o (
            warehouse_id, item_id, batch_id, physical, reserved, negative_allowed, first_received_at, is_default
        )
        SELECT warehouse_id, item_id, batch_id, quantity, 0, may_go_negative AND (is_default OR lowest < 0), came_back_at, is_default
        FROM change WHERE on_hand_id IS NULL ORDER BY warehouse_id, item_id, batch_id
        ON CONFLICT (warehouse_id, item_id, batch_id) DO UPDATE
        SET physical = o.physical + EXCLUDED.physical, negative_allowed = o.negative_allowed OR EXCLUDED.negative_allowed,
            first_received_at = COALESCE(o.first_received_at, EXCLUDED.first_received_at)
        WHERE EXCLUDED.physical <> 0 OR (EXCLUDED.negative_allowed AND NOT o.negative_allowed)
            OR (o.first_received_at IS NULL AND EXCLUDED.first_received_at IS NOT NULL)
    )
    SELECT (SELECT count(*) FROM change WHERE on_hand_id IS NOT NULL) - (SELECT count(*) FROM changed)
"""
_BY_DELTAS = CHANGE_ON_HAND.format(
    changes="""
        SELECT * FROM unnest(
            %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[], %s::numeric[], %s::bool[], %s::timestamptz[], %s::bool[]
        ) AS d (on_hand_id, warehouse_id, item_id, batch_id, quantity, lowest, may_go_negative, came_back_at, is_default)
    """
)


def apply_deltas(deltas: Mapping[OnHandKey, Delta], on_hand_ids: Mapping[OnHandKey, int]) -> None:
    """Changes on-hand by what journals and settlements move; one query. Raises StaleStock as `take_off_hand` does."""
    columns = (
        (on_hand_ids.get(key) for key in deltas),
        (key[0] for key in deltas),
        (key[1] for key in deltas),
        (key[2] for key in deltas),
        (delta.quantity for delta in deltas.values()),
        (min(delta.lowest, delta.quantity) for delta in deltas.values()),
        (delta.may_go_negative for delta in deltas.values()),
        (delta.came_back_at for delta in deltas.values()),
        (delta.is_default for delta in deltas.values()),
    )
    refuse_stale(fetch_value(_BY_DELTAS, [array(column) for column in columns]))


def refuse_stale(stale: int) -> None:
    """Raises StaleStock for rows of on-hand that would go negative."""
    if stale:
        raise StaleStock(f"{stale} on-hand rows would go negative")


def reserve_on_hand(takes: Sequence[Allocation], on_hand_ids: Mapping[OnHandKey, int]) -> None:
    """Sets stock aside; the rows are locked by the caller. Raises StaleStock when one does not hold that much unreserved any more."""
    wanted: dict[int, Decimal] = {}
    for take in takes:
        row = on_hand_ids[take.need.warehouse_id, take.need.item_id, take.batch_id]
        wanted[row] = wanted.get(row, Decimal(0)) + take.quantity
    changed = execute(
        """
        UPDATE inventory_onhand o SET reserved = o.reserved + d.quantity
        FROM unnest(%s::bigint[], %s::numeric[]) AS d (id, quantity)
        WHERE o.id = d.id AND o.physical - o.reserved >= d.quantity
        """,
        [array(wanted), array(wanted.values())],
    )
    if changed != len(wanted):
        raise StaleStock(f"{len(wanted) - changed} on-hand rows have less unreserved stock than was to be set aside")


def release_on_hand(used: Sequence[Used], on_hand_ids: Mapping[OnHandKey, int]) -> None:
    """What was reserved is reserved no longer; the rows are locked by the caller. One query."""
    freed: dict[int, Decimal] = {}
    for part in used:
        row = on_hand_ids[part.warehouse_id, part.item_id, part.batch_id]
        freed[row] = freed.get(row, Decimal(0)) + part.quantity
    execute(
        """
        UPDATE inventory_onhand o SET reserved = o.reserved - d.quantity
        FROM unnest(%s::bigint[], %s::numeric[]) AS d (id, quantity) WHERE o.id = d.id
        """,
        [array(freed), array(freed.values())],
    )


def release_stock(freed: Sequence[tuple[int, int, int | None, Decimal]]) -> None:
    """As `release_on_hand`, by (warehouse, item, batch, quantity); locks the rows in that order. Two queries, none for nothing."""
    places: dict[OnHandKey, Decimal] = {}
    for warehouse_id, item_id, batch_id, quantity in freed:
        key = (warehouse_id, item_id, batch_id)
        places[key] = places.get(key, Decimal(0)) + quantity
    if not places:
        return
    rows = fetch_all(
        """
        SELECT o.id, o.warehouse_id, o.item_id, o.batch_id
        FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS k (warehouse_id, item_id, batch_id)
        JOIN inventory_onhand o ON o.warehouse_id = k.warehouse_id AND o.item_id = k.item_id
            AND o.batch_id IS NOT DISTINCT FROM k.batch_id
        ORDER BY o.warehouse_id, o.item_id, o.batch_id FOR NO KEY UPDATE OF o
        """,
        [array(key[place] for key in places) for place in range(3)],
    )
    execute(
        """
        UPDATE inventory_onhand o SET reserved = o.reserved - d.quantity
        FROM unnest(%s::bigint[], %s::numeric[]) AS d (id, quantity) WHERE o.id = d.id
        """,
        [array(row[0] for row in rows), array(places[row[1], row[2], row[3]] for row in rows)],
    )
