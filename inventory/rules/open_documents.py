"""Which items open documents rely on: rooms above this one are asked before an item is counted otherwise."""

from collections.abc import Callable, Collection

from core.lib.problems import Problem

ItemsOf = Callable[[Collection[int]], set[int]]
_ASKED: list[ItemsOf] = []


def ask_for_open_documents(items_of: ItemsOf) -> None:
    """Has `items_of` asked which of some items have open documents, by whatever door one is changed; asking twice asks once."""
    if items_of not in _ASKED:
        _ASKED.append(items_of)


def items_with_open_documents(item_ids: Collection[int]) -> set[int]:
    """Items that sales or orders which are not posted rely on."""
    return set().union(*(items_of(item_ids) for items_of in _ASKED)) if item_ids else set()


def open_sales_problem(item: str) -> Problem:
    """Quantities of open sales were counted in the item's unit, and with or without batches."""
    return Problem(
        "ITEM_HAS_OPEN_SALES", f"Sales of item {item} are not posted yet; post them before you change its unit or batch tracking."
    )
