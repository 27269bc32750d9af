"""Reads for the posting of receipts; one query each."""

from collections.abc import Collection

from core.db.bulk import fetch_by, text_array
from inventory.rules.receipts import BatchCard


def batch_cards(keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], BatchCard]:
    """Batches by (item code, number)."""
    return fetch_by(
        ("code", "number"),
        BatchCard,
        """
        SELECT i.code, b.number, b.id, b.manufactured_on, b.expires_on, d.code AS disposition, b.is_default_batch
        FROM unnest(%s::text[], %s::text[]) AS k (item, number)
        JOIN inventory_item i ON i.code = k.item
        JOIN inventory_batch b ON b.item_id = i.id AND b.number = k.number
        JOIN inventory_disposition d ON d.id = b.disposition_id
        """,
        [text_array(item for item, _ in keys), text_array(number for _, number in keys)],
    )
