"""Set-based writes of gift cards."""

from collections.abc import Iterable

from core.db.bulk import execute, fetch_all, text_array
from core.db.upsert import add_missing


def ensure_cards(numbers: Iterable[str]) -> dict[str, int]:
    """Ids of gift cards by number, made where a document names them first; two queries, none without numbers."""
    wanted = {number for number in numbers if number}
    if not wanted:
        return {}
    add_missing("orders_giftcard", {"number": "text"}, {(number,) for number in wanted})
    return dict(fetch_all("SELECT number, id FROM orders_giftcard WHERE number = ANY(%s::text[])", [text_array(wanted)]))


def set_blocked(card_id: int, *, blocked: bool) -> None:
    """Blocks a card, or lifts the block; the row is held. One query."""
    execute("UPDATE orders_giftcard SET blocked = %s WHERE id = %s", [blocked, card_id])
