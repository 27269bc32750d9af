"""Tills that meet: what they send, what became of it, and the guards that a control takes away."""

import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError

from core.db.bulk import fetch_all
from core.lib.problems import BusinessError
from inventory.queries import stock as stock_reads
from inventory.queries.costing import pool_costs
from inventory.writes import plain_pools
from inventory.writes.issues import StaleStock
from ledger.services import ensure_periods
from orders.queries.deliveries import open_orders
from orders.rules.fulfilment import Verb
from orders.services import invoices, reservations
from orders.services.delivery_queue import request_deliveries
from orders.services.order_files import CUSTOMER_ORDERS, IncomingOrder
from orders.services.place_orders import place_orders
from parameters.models import LegalEntity
from tests.oracle.rows import Line
from tests.scenarios.world import NOON, Shop


def ask() -> list[int]:
    """Asks for everything that is open; the deliveries."""
    return request_deliveries(open_orders(), Verb.INVOICE, None, "test", to_workers=False)[1]


def outcome(action: Callable[[], object]) -> Callable[[], object]:
    """The action, with what refused it as its result."""

    def tried() -> object:
        try:
            return action()
        except BusinessError as error:
            return error.problems[0].code
        except IntegrityError as error:
            return "one_open_delivery_per_order" if "one_open_delivery_per_order" in str(error) else str(error)
        except StaleStock:
            return "stale"

    return tried


def unlocked(sql: str, parameters: Any = ()) -> list[Any]:
    """A read that takes no row locks."""
    return fetch_all(sql.replace("FOR NO KEY UPDATE", ""), parameters)


def remove_row_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """On-hand rows are read as a preview reads them, by whoever issues and by whoever reserves."""
    genuine = stock_reads.load_stock

    def free(*arguments: Any, lock: bool) -> Any:
        return genuine(*arguments, lock=False)

    monkeypatch.setattr(invoices, "load_stock", free)
    monkeypatch.setattr(reservations, "load_stock", free)
    # The cost rows, which are held first, keep two posters of one item apart as well.
    monkeypatch.setattr(invoices, "pool_costs", lambda pools, lock: pool_costs(pools, lock=False))
    monkeypatch.setattr(plain_pools, "HOLD_STOCK", plain_pools.HOLD_STOCK.replace("FOR NO KEY UPDATE OF o", ""))
    monkeypatch.setattr(plain_pools, "HOLD_COSTS", plain_pools.HOLD_COSTS.replace("FOR NO KEY UPDATE OF c", ""))


def incoming(shop: Shop, *lines: Line, **how: Any) -> IncomingOrder:
    """An order that a till is about to send."""
    shop.is_ordered(*lines, **how)
    return CUSTOMER_ORDERS.checked(CUSTOMER_ORDERS.decoder.decode(json.dumps(shop.orders.pop())))


def comes_in(shop: Shop) -> None:
    """What was said comes in, and the month is open: otherwise the first order of a month opens it, and others wait for that."""
    shop.comes_in()
    ensure_periods({(entity, NOON.date()) for entity in LegalEntity.objects.values_list("pk", flat=True)})


def take(order: IncomingOrder) -> str:
    """Sends it; what became of it."""
    taken = place_orders([order], "api", "till")
    return "new" if taken.new else "unchanged" if taken.unchanged else taken.refused[0][0].code


def numbers(values: Iterable[Decimal]) -> list[int]:
    return [int(value) for value in values]


def sources(shop: Shop) -> dict[str, list[tuple[str, int]]]:
    """Batches and quantities that the order and the sale got."""
    taken = {"order": shop.exports("order-allocations"), "sale": shop.exports("allocations")}
    return {name: [(row["batch"], int(row["quantity"])) for row in rows] for name, rows in taken.items()}
