"""Set-based writes of reservations."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from core.db.bulk import array, execute, fetch_all
from inventory.rules.reservations import Used
from inventory.rules.stock import Allocation


def insert_reservations(takes: Sequence[Allocation]) -> None:
    """Keeps what was reserved for order lines (`need.order_line_id`), added to what a line has of the batch already; one query."""
    execute(
        """
        INSERT INTO orders_reservation AS r (order_line_id, warehouse_id, item_id, batch_id, ordinal, quantity, reason)
        SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::smallint[], %s::numeric[], %s::text[])
        ON CONFLICT (order_line_id, batch_id) DO UPDATE SET quantity = r.quantity + EXCLUDED.quantity
        """,
        [
            array(take.need.order_line_id for take in takes),
            array(take.need.warehouse_id for take in takes),
            array(take.need.item_id for take in takes),
            array(take.batch_id for take in takes),
            array(take.ordinal for take in takes),
            array(take.quantity for take in takes),
            [str(take.reason) for take in takes],
        ],
    )


def shrink_reservations(most: Mapping[int, Decimal]) -> list[tuple[int, int, int | None, Decimal]]:
    """Lines keep at most this much aside (item's unit), what is used first; gives what is free again as (warehouse, item, batch, quantity).

    One query, none for nothing. The orders are held by the caller; on-hand is the caller's to change.
    """
    if not most:
        return []
    return fetch_all(
        """
        WITH kept AS (
            SELECT r.id, r.warehouse_id, r.item_id, r.batch_id, r.quantity,
                   GREATEST(0, LEAST(r.quantity, m.most + r.quantity - sum(r.quantity) OVER (
                       PARTITION BY r.order_line_id ORDER BY r.ordinal, r.id
                   ))) AS keep
            FROM unnest(%s::bigint[], %s::numeric[]) AS m (line, most)
            JOIN orders_reservation r ON r.order_line_id = m.line
        ), gone AS (
            DELETE FROM orders_reservation r USING kept k WHERE r.id = k.id AND k.keep = 0
        ), smaller AS (
            UPDATE orders_reservation r SET quantity = k.keep FROM kept k WHERE r.id = k.id AND k.keep > 0 AND k.keep < k.quantity
        )
        SELECT warehouse_id, item_id, batch_id, quantity - keep FROM kept WHERE keep < quantity
        """,
        [array(most), array(most.values())],
    )


def use_reservations(used: Sequence[Used]) -> None:
    """Takes what was issued off the reservations; those that are used up go. Two queries."""
    parts: dict[tuple[int, int | None], Decimal] = {}
    for part in used:
        key = (part.order_line_id, part.batch_id)
        parts[key] = parts.get(key, Decimal(0)) + part.quantity
    lines, batches, quantities = array(line for line, _ in parts), array(batch for _, batch in parts), array(parts.values())
    execute(
        """
        DELETE FROM orders_reservation r USING unnest(%s::bigint[], %s::bigint[], %s::numeric[]) AS u (line, batch, quantity)
        WHERE r.order_line_id = u.line AND r.batch_id IS NOT DISTINCT FROM u.batch AND r.quantity <= u.quantity
        """,
        [lines, batches, quantities],
    )
    execute(
        """
        UPDATE orders_reservation r SET quantity = r.quantity - u.quantity
        FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[]) AS u (line, batch, quantity)
        WHERE r.order_line_id = u.line AND r.batch_id IS NOT DISTINCT FROM u.batch AND r.quantity > u.quantity
        """,
        [lines, batches, quantities],
    )
