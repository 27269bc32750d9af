"""What other parameters would do to open customer orders: two dry runs, with the settings as they are and as they would be."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from core.lib.document_kinds import SourceKind
from inventory.queries.policies import Policies
from inventory.rules.fallback import DECIDING_SETTINGS, order_fallback
from inventory.rules.stock import Demand, Source
from orders.queries import deliveries as reads
from orders.queries.effects import OpenCustomerOrder, open_customer_orders, wanted_by
from orders.rules.fulfilment import Verb
from orders.services.delivery_queue import everything_open
from orders.services.invoices import Issuing, decide_needs
from parameters.rules.effects import LINES_LOOKED_AT, Differences, DryRun, ProposedChange, compare_runs
from parameters.rules.settings import RetailSettings

# What invoicing an order reads of the settings; another change cannot alter its outcome.
DECIDING = (*DECIDING_SETTINGS, "customer_orders_use_default_batch_id", "customer_orders_default_batch_id")


def effects_on_orders(change: ProposedChange, lines: int = LINES_LOOKED_AT) -> Differences[OpenCustomerOrder]:
    """Decides the open customer orders of the legal entity twice, as if all were invoiced now, and compares; writes nothing.

    A fixed number of queries; none when the change touches nothing that invoicing decides by. Orders with a delivery in work are
    left out.
    """
    if all(getattr(change.before, name) == getattr(change.after, name) for name in DECIDING):
        return Differences()
    found = open_customer_orders(change.legal_entity_id, lines)
    if not found:
        return Differences()
    needs = _needs(found, timezone.now())
    today, then = (preview_invoicing(needs, change.legal_entity_id, settings) for settings in (change.before, change.after))
    other_batch = change.before.customer_orders_default_batch_id != change.after.customer_orders_default_batch_id
    runs = ((order, today.get(order.order_id, DryRun()), then.get(order.order_id, DryRun())) for order in found)
    return compare_runs(runs, found[0].open_orders, other_batch=other_batch)


def preview_invoicing(needs: Sequence[Demand], legal_entity_id: int, settings: RetailSettings) -> dict[int, DryRun]:
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
    runs = {order_id: DryRun(failed[0].code) for order_id, failed in decided.failures.items()}
    for take in decided.takes():
        if take.source is Source.DEFAULT:
            run = runs.get(take.need.order_id, DryRun())
            value = decided.loaded.costs[take.need.warehouse_id, take.need.item_id].worth_of(take.quantity)
            runs[take.need.order_id] = run._replace(
                default_lines=run.default_lines + 1,
                default_quantity=run.default_quantity + take.quantity,
                default_value=run.default_value + value,
            )
    return runs


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
