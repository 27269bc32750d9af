"""What other parameters would do to open customer orders: two dry runs, with the settings as they are and as they would be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import timezone

from core.lib.document_kinds import SourceKind
from inventory.queries.policies import Policies
from inventory.rules.fallback import order_fallback
from inventory.rules.stock import Demand, Source
from orders.queries import deliveries as reads
from orders.queries.effects import OpenCustomerOrder, open_customer_orders, wanted_by
from orders.rules.fulfilment import Verb
from orders.services.delivery_queue import everything_open
from orders.services.invoices import Issuing, decide_needs
from parameters.rules.effects import ProposedChange
from parameters.rules.settings import RetailSettings

# Two dry runs of so many lines take some seconds at most, on a page where somebody waits.
LINES_LOOKED_AT = 20_000

# What invoicing an order reads of the settings; another change cannot alter its outcome.
DECIDING = (
    *("customer_orders_use_default_batch_id", "customer_orders_default_batch_id", "inventory_default_batch_scope"),
    *("inventory_sellable_on_expiration_date", "inventory_use_batches_received_after_sale"),
    *(
        "inventory_fallback_limit_quantity",
        "inventory_fallback_limit_value",
        "inventory_fallback_limit_share",
        "inventory_fallback_over_limit",
    ),
)


@dataclass(frozen=True, slots=True)
class ChangedOrder:
    """An order whose outcome would change; `code` is what stops it, before the change or after it."""

    order: OpenCustomerOrder
    code: str = ""


@dataclass(slots=True)
class OrderOutcome:
    """What invoicing would do with one order: what stops it, lines on the default batch with their quantity and cost value."""

    code: str = ""
    default_lines: int = 0
    default_quantity: Decimal = Decimal(0)
    default_value: Decimal = Decimal(0)


@dataclass(slots=True)
class OrderEffects:
    """What a change would do to open customer orders. `looked_at` of `open_orders` were decided; the rest came in later.

    `would_go` could be invoiced and stop today, `would_stop` the other way round. Default batch figures are over the orders that can be
    invoiced either way: lines on another number, and the change of quantity and cost value on the default batch.
    """

    looked_at: int = 0
    open_orders: int = 0
    would_go: list[ChangedOrder] = field(default_factory=list)
    would_stop: list[ChangedOrder] = field(default_factory=list)
    redirected: list[ChangedOrder] = field(default_factory=list)
    redirected_lines: int = 0
    shifted: list[ChangedOrder] = field(default_factory=list)
    shifted_quantity: Decimal = Decimal(0)
    shifted_value: Decimal = Decimal(0)

    @property
    def is_empty(self) -> bool:
        """Whether no open order would end differently."""
        return not (self.would_go or self.would_stop or self.redirected or self.shifted)


def effects_on_orders(change: ProposedChange, lines: int = LINES_LOOKED_AT) -> OrderEffects:
    """Decides the open customer orders of the legal entity twice, as if all were invoiced now, and compares; writes nothing.

    A fixed number of queries; none when the change touches nothing that invoicing decides by. Orders with a delivery in work are
    left out.
    """
    if all(getattr(change.before, name) == getattr(change.after, name) for name in DECIDING):
        return OrderEffects()
    found = open_customer_orders(change.legal_entity_id, lines)
    if not found:
        return OrderEffects()
    needs = _needs(found, timezone.now())
    today, then = (preview_invoicing(needs, change.legal_entity_id, settings) for settings in (change.before, change.after))
    effects = OrderEffects(len(found), found[0].open_orders)
    for order in found:
        _compare(effects, order, today.get(order.order_id, OrderOutcome()), then.get(order.order_id, OrderOutcome()), change)
    return effects


def preview_invoicing(needs: Sequence[Demand], legal_entity_id: int, settings: RetailSettings) -> dict[int, OrderOutcome]:
    """What invoicing the needs of a legal entity would do under these settings, by order; takes no locks and writes nothing."""
    returned = {need.return_of for need in needs if need.return_of is not None}
    how = Issuing(
        SourceKind.DELIVERY_LINE,
        {legal_entity_id: order_fallback(settings)},
        Policies(),
        reads.reservations_of({need.order_line_id for need in needs}),
    )
    entity_of_warehouse = {need.warehouse_id: legal_entity_id for need in needs}
    decided = decide_needs(needs, reads.earlier_deliveries(returned, lock=False), entity_of_warehouse, how, lock=False)
    outcomes: dict[int, OrderOutcome] = {}
    for order_id, failed in decided.failures.items():
        outcomes[order_id] = OrderOutcome(code=failed[0].code)
    for take in decided.takes():
        if take.source is Source.DEFAULT:
            outcome = outcomes.setdefault(take.need.order_id, OrderOutcome())
            outcome.default_lines += 1
            outcome.default_quantity += take.quantity
            outcome.default_value += decided.loaded.costs[take.need.warehouse_id, take.need.item_id].worth_of(take.quantity)
    return outcomes


def _needs(orders: Sequence[OpenCustomerOrder], now: datetime) -> list[Demand]:
    """What the orders want from stock, each judged by today in its store's time zone."""
    of_order: Mapping[int, OpenCustomerOrder] = {order.order_id: order for order in orders}
    parts = everything_open(reads.open_lines(of_order), Verb.INVOICE)
    wanted = wanted_by({part.order_line_id for own in parts.values() for part in own})
    needs: list[Demand] = []
    for order_id, own in parts.items():
        order = of_order[order_id]
        day = now.astimezone(ZoneInfo(order.time_zone)).date()
        for part in own:
            if part.stock_quantity:
                line = wanted[part.order_line_id]
                # No delivery line exists yet; a line that returns to several deliveries has as many parts, hence their number.
                where = (len(needs) + 1, order_id, part.order_line_id, order.warehouse_id, line.item_id)
                needs.append(Demand(*where, part.stock_quantity, day, now, line.batch_id, part.return_of))
    return needs


def _compare(effects: OrderEffects, order: OpenCustomerOrder, today: OrderOutcome, then: OrderOutcome, change: ProposedChange) -> None:
    """Adds what changes for one order."""
    if today.code and not then.code:
        effects.would_go.append(ChangedOrder(order, today.code))
    elif then.code and not today.code:
        effects.would_stop.append(ChangedOrder(order, then.code))
    if today.code or then.code:
        return
    if change.before.customer_orders_default_batch_id != change.after.customer_orders_default_batch_id and then.default_lines:
        effects.redirected.append(ChangedOrder(order))
        effects.redirected_lines += then.default_lines
    if then.default_quantity != today.default_quantity:
        effects.shifted.append(ChangedOrder(order))
        effects.shifted_quantity += then.default_quantity - today.default_quantity
        effects.shifted_value += then.default_value - today.default_value
