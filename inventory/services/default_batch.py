"""A default batch id names no real goods, by whatever door it is set (docs/domain.md#real-default-batch)."""

from collections.abc import Mapping, Sequence

from core.db.locks import IMPORT, lock_for_transaction
from core.lib.imports import ImportKind
from core.lib.problems import Problem
from inventory.queries.named import items_with_real_batch
from inventory.rules.fallback import default_batch_is_real
from parameters.rules.keys import Value

_KEYS = {
    "posting_default_batch_id": "posting.default_batch_id",
    "customer_orders_default_batch_id": "customer_orders.default_batch_id",
}


def refuse_real_batches(changed: Mapping[str, Value]) -> Sequence[Problem]:
    """Problems of default batch ids that are real batches, with the items.

    Takes the import lock of receipts, which ask the other way round.
    """
    problems = []
    for field, key in _KEYS.items():
        number = str(changed.get(field, ""))
        if number:
            lock_for_transaction(IMPORT, [ImportKind.RECEIPTS])
            items, count = items_with_real_batch(number)
            if items:
                problems.append(default_batch_is_real(key, number, items, count))
    return problems
