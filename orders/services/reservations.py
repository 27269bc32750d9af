"""Sets stock aside for lines of customer orders, and frees it again; inside the caller's transaction.

Locks on-hand rows by warehouse, item, batch (FOR NO KEY UPDATE), after the orders, which are held by the caller (order_locks.py).
"""

from collections.abc import Collection, Mapping, Sequence

from core.lib.decimals import ZERO
from inventory.queries.policies import Policies
from inventory.queries.stock import load_stock
from inventory.rules.fallback import order_fallback
from inventory.rules.reservations import reserve
from inventory.rules.stock import Allocation, Demand
from inventory.writes.issues import release_stock, reserve_on_hand
from orders.rules.deliveries import OpenLine, left_in_stock
from orders.writes.reservations import insert_reservations, shrink_reservations
from parameters.queries import settings_of


def reserve_stock(needs: Mapping[int, Sequence[Demand]]) -> None:
    """Reserves real batches for needs, by legal entity; less than wanted is no error. A fixed number of queries, none for nothing."""
    everything = [need for found in needs.values() for need in found]
    if not everything:
        return
    pools = {(need.warehouse_id, need.item_id) for need in everything}
    named = [((need.warehouse_id, need.item_id), need.batch_id) for need in everything if need.batch_id is not None]
    loaded = load_stock(pools, named, Policies(), {}, lock=True)
    fallback = {entity: order_fallback(settings) for entity, settings in settings_of(needs).items()}
    takes: list[Allocation] = [take for entity, found in sorted(needs.items()) for take in reserve(found, loaded.stocks, fallback[entity])]
    if takes:
        insert_reservations(takes)
        reserve_on_hand(takes, loaded.on_hand_ids)


def hold_stock(pools: Collection[tuple[int, int]]) -> None:
    """Locks on-hand of (warehouse, item) pools, for a change that first frees and then reserves: both in one order."""
    load_stock(pools, (), Policies(), {}, lock=True)


def release_surplus(open_lines: Sequence[OpenLine], moved: Collection[int]) -> None:
    """Of order lines that `moved`, no more stays aside than is left to deliver; lines that are not open any more keep nothing.

    Three queries, none where nothing is reserved too much.
    """
    left = {line.order_line_id: left_in_stock(line) for line in open_lines}
    release_stock(shrink_reservations({line_id: left.get(line_id, ZERO) for line_id in moved}))
