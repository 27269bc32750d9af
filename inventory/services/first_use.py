"""What is made on first use, in transactions of their own before those of a chunk.

Rows that several partitions share (fiscal periods, the default batch of an item) are made here: made in the transaction of a chunk, they
would keep every other partition that needs them waiting until that chunk is done. Whatever is missed here the chunk makes.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date

from inventory.rules.stock import FallbackSettings
from inventory.writes.issues import insert_default_batches
from ledger.services import ensure_periods


def make_first_uses(
    days: Collection[tuple[int, date]],
    fallback: Mapping[int, FallbackSettings],
    short: Callable[[Mapping[int, str]], Iterable[tuple[int, int]]],
) -> None:
    """Fiscal periods of (legal entity, date), default batches of items that are sold beyond what is there; one query and those of `short`.

    `short` gives (legal entity, item) of such items, of the legal entities that fall back, whose default batch ids it gets.
    """
    ensure_periods(days)
    numbers = {entity: how.default_batch_id for entity, how in fallback.items() if how.use_default_batch and how.default_batch_id}
    items_of_number: dict[str, set[int]] = {}
    for entity, item_id in short(numbers) if numbers else ():
        items_of_number.setdefault(numbers[entity], set()).add(item_id)
    for number, items in sorted(items_of_number.items()):
        insert_default_batches(items, number)
