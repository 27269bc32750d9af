"""Set-based writes of pending orders and their history; every change of a state is a compare-and-set."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from core.db.bulk import array, copy_rows, execute, fetch_all, text_array
from core.lib.messages import encode_message
from core.lib.problems import Problem
from orders.models import PendingOrderEvent

Event = tuple[int, PendingOrderEvent.What, Mapping[str, object]]


class NewPending(NamedTuple):
    """A pending order as it comes in."""

    pending_id: int
    number: str
    legal_entity_id: int | None
    store_id: int
    content: str
    digest: UUID
    channel: str
    received_by: str
    may_override: bool

    @property
    def confirmation(self) -> str:
        """The confirmation number that the till is given."""
        return f"P{self.pending_id:08}"


def insert_pending(rows: Sequence[NewPending]) -> set[int]:
    """Adds those whose number is free, by number, so that two of the same orders never wait in a ring; gives their ids. One query."""
    ordered = sorted(rows, key=lambda row: (row.number, row.legal_entity_id or 0))
    inserted = fetch_all(
        """
        INSERT INTO orders_pendingorder (id, confirmation, number, legal_entity_id, store_id, content, digest, channel, received_by,
                                         may_override, state, held, attempts, problems, error_code, error_text, version)
        SELECT p.*, 'waiting', false, 0, '[]', '', NULL, 1
        FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::uuid[], %s::text[], %s::text[],
                    %s::boolean[]) AS p
        ON CONFLICT (number, legal_entity_id) WHERE state <> 'discarded' DO NOTHING RETURNING id
        """,
        [
            array(row.pending_id for row in ordered),
            text_array(row.confirmation for row in ordered),
            text_array(row.number for row in ordered),
            array(row.legal_entity_id for row in ordered),
            array(row.store_id for row in ordered),
            text_array(row.content for row in ordered),
            array(row.digest for row in ordered),
            text_array(row.channel for row in ordered),
            text_array(row.received_by for row in ordered),
            array(row.may_override for row in ordered),
        ],
    )
    return {row[0] for row in inserted}


def record_created(orders: Mapping[int, int]) -> None:
    """Pending orders (held by the caller) became orders, or were found to be; one query."""
    execute(
        """
        UPDATE orders_pendingorder p
        SET state = 'created', order_id = d.order_id, attempts = attempts + 1, tried_at = clock_timestamp(), problems = '[]',
            error_code = '', error_text = NULL, version = version + 1
        FROM unnest(%s::bigint[], %s::bigint[]) AS d (id, order_id) WHERE p.id = d.id
        """,
        [array(orders), array(orders.values())],
    )


def record_failed(problems: Mapping[int, Sequence[Problem]]) -> None:
    """Pending orders (held by the caller) could not be taken; they keep why. One query."""
    stored = [
        json.dumps([{"code": one.code, "text": encode_message(one.message), "line": one.line} for one in found])
        for found in problems.values()
    ]
    execute(
        """
        UPDATE orders_pendingorder p
        SET state = 'failed', attempts = attempts + 1, tried_at = clock_timestamp(), problems = d.problems::jsonb,
            error_code = d.problems::jsonb -> 0 ->> 'code', error_text = d.problems::jsonb -> 0 -> 'text', version = version + 1
        FROM unnest(%s::bigint[], %s::text[]) AS d (id, problems) WHERE p.id = d.id
        """,
        [array(problems), text_array(stored)],
    )


HOLD = "held = true WHERE state IN ('waiting', 'failed') AND NOT held"
RELEASE = "held = false WHERE held"
RETRY = "state = 'waiting' WHERE state = 'failed' AND NOT held"
DISCARD = "state = 'discarded', held = false WHERE state IN ('waiting', 'failed')"


def change_state(ids: Sequence[int], change: str) -> list[int]:
    """Does one of the changes above to those of the pending orders that it fits; gives these. One query."""
    assigned, condition = change.split(" WHERE ")
    rows = fetch_all(
        f"""
        UPDATE orders_pendingorder SET {assigned}, version = version + 1
        WHERE id IN (SELECT id FROM orders_pendingorder WHERE id = ANY(%s::bigint[]) AND {condition} ORDER BY id FOR NO KEY UPDATE)
        RETURNING id
        """,
        [array(ids)],
    )
    return sorted(row[0] for row in rows)


def replace_content(pending_id: int, version: int, content: str) -> bool:
    """The content after an edit of that version; it waits again. Whether there was one of that version to change."""
    sql = """
        UPDATE orders_pendingorder SET content = %s, state = 'waiting', version = version + 1
        WHERE id = %s AND version = %s AND state IN ('waiting', 'failed')
    """
    return execute(sql, [content, pending_id, version]) == 1


def insert_events(events: Sequence[Event], actor: str) -> None:
    """Adds (pending order, what, data) to the histories; one COPY, none for nothing."""
    if events:
        columns = ("pending_id", "actor", "what", "data")
        rows = ((pending, actor, str(what), json.dumps(data)) for pending, what, data in events)
        copy_rows("orders_pendingorderevent", columns, rows)
