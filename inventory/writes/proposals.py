"""Writes of what waits for a person before it is settled."""

from collections.abc import Collection, Sequence

from core.db.bulk import array, execute, text_array
from inventory.rules.payback import Proposed
from inventory.rules.stock import StockKey


def keep_proposals(proposed: Sequence[Proposed], reason: str, actor: str) -> None:
    """Proposals of (warehouse, item); one that is open has the figures of now. One query, none for nothing."""
    if not proposed:
        return
    execute(
        """
        INSERT INTO inventory_settlementproposal
            (warehouse_id, item_id, passed, lines, quantity, value, oldest_on, reason, proposed_by, decided_by)
        SELECT p.warehouse_id, p.item_id, p.passed, p.lines, p.quantity, p.value, p.oldest_on, %s, %s, ''
        FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::int[], %s::numeric[], %s::numeric[], %s::date[])
            AS p (warehouse_id, item_id, passed, lines, quantity, value, oldest_on)
        ON CONFLICT (warehouse_id, item_id) WHERE decided_at IS NULL DO UPDATE
        SET passed = EXCLUDED.passed, lines = EXCLUDED.lines, quantity = EXCLUDED.quantity, value = EXCLUDED.value,
            oldest_on = EXCLUDED.oldest_on, reason = EXCLUDED.reason, proposed_by = EXCLUDED.proposed_by, proposed_at = now()
        """,
        [
            *(reason, actor),
            *(array(one.pool[place] for one in proposed) for place in range(2)),
            text_array(one.passed for one in proposed),
            *(array(getattr(one, name) for one in proposed) for name in ("lines", "quantity", "value", "oldest")),
        ],
    )


def decide_proposals(pools: Collection[StockKey], settlement_id: int | None, actor: str) -> int:
    """Open proposals of (warehouse, item) are decided: paid by that settlement, or put aside; gives how many. One query."""
    return execute(
        """
        UPDATE inventory_settlementproposal o SET decided_at = now(), decided_by = %s, settlement_id = %s
        FROM unnest(%s::bigint[], %s::bigint[]) AS p (warehouse_id, item_id)
        WHERE o.warehouse_id = p.warehouse_id AND o.item_id = p.item_id AND o.decided_at IS NULL
        """,
        [actor, settlement_id, array(pool[0] for pool in pools), array(pool[1] for pool in pools)],
    )
