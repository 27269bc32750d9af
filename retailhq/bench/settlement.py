"""How long it takes to pay batch debt and to undo it: many sales of some items in one warehouse, whose batches came in late."""

from collections.abc import Callable, Iterator

from core.db.bulk import execute, fetch_value
from inventory.models import Warehouse
from inventory.queries.settlements import Selection
from inventory.services.settlements import Settled, Settling, plan_settlement, settle_warehouse, undo_settlement
from retailhq.bench.effort import Effort, measure_effort
from retailhq.bench.figures import Figure
from retailhq.bench.generate import FIRST_DAY
from retailhq.bench.history import BATCHES_PER_ITEM, make_masters

# Items by their numbers: three of five are batch-tracked. Each has three batches, which pay all that is owed and leave a part of the last.
_ITEMS = "(SELECT n AS item FROM generate_series(1, %(items)s * 5 / 3) n WHERE n %% 5 < 3) i"
_BATCH = f"(item - 1) * {BATCHES_PER_ITEM} + 1"
FILL = (
    f"""
    INSERT INTO inventory_onhand (warehouse_id, item_id, batch_id, physical, reserved, negative_allowed, first_received_at)
    SELECT 1, item, {_BATCH} + n, %(debts)s / 3 + 1, 0, false, %(first)s::timestamptz - interval '9 days' + n * interval '1 day'
    FROM {_ITEMS} CROSS JOIN generate_series(0, 2) n
    """,
    f"""
    INSERT INTO inventory_onhand (warehouse_id, item_id, batch_id, physical, reserved, negative_allowed, is_default)
    SELECT 1, item, {_BATCH} + 5, 0, 0, true, true FROM {_ITEMS}
    """,
    f"""
    INSERT INTO inventory_warehouseitemcost (warehouse_id, item_id, quantity, value, unit_cost, moving_average)
    SELECT 1, item, q, q * standard_cost, standard_cost, false
    FROM {_ITEMS} JOIN inventory_item ON id = item CROSS JOIN (SELECT 3 * (%(debts)s / 3 + 1) - %(debts)s AS q) q
    """,
    f"""
    INSERT INTO inventory_batchdebt (warehouse_id, item_id, batch_id, source_kind, source_id, quantity, open_quantity, business_date,
        unit_cost, sold_at, reason)
    SELECT 1, item, {_BATCH} + 5, 2, (n - 1) * %(items)s * 2 + item, 1, 1, %(first)s::date + n / 12, standard_cost,
        %(first)s::timestamptz + n * interval '2 hours', 'NO_BATCH'
    FROM {_ITEMS} JOIN inventory_item ON id = item CROSS JOIN generate_series(1, %(debts)s) n ORDER BY n, item
    """,
)


def fill(items: int, debts: int) -> None:
    """Fills an empty, migrated database: so many items with so many debts each."""
    make_masters(1)
    for sql in FILL:
        execute(sql, {"items": items, "debts": debts, "first": FIRST_DAY})
    execute("ANALYZE")


def settlement_figures() -> Iterator[Figure]:
    """S13: proposal, settlement and undo of all that is owed in the warehouse."""
    warehouse = Warehouse.objects.get(pk=1)
    everything = Selection([warehouse.pk])
    with measure_effort() as effort:
        plan = plan_settlement(everything, {warehouse.pk: warehouse.legal_entity_id})
    lines, size = plan.lines, f"{plan.lines} lines of {len(plan.payments)} items"
    yield _figure("S13 proposal", lines, effort, size)
    del plan
    settled, effort = _measured(lambda: settle_warehouse(warehouse.pk, everything, Settling("late goods", "bench")))
    assert settled is not None
    assert settled.lines == lines
    yield _figure("S13 settlement", lines, effort, size)
    undone, effort = _measured(lambda: undo_settlement(settled.number, "bench", "bench"))
    assert undone is not None
    yield _figure("S13 undo", undone.lines, effort, size)
    assert not fetch_value("SELECT count(*) FROM inventory_batchdebt WHERE open_quantity <> quantity"), "what was paid is owed again"


def _measured(work: Callable[[], Settled | None]) -> tuple[Settled | None, Effort]:
    with measure_effort() as effort:
        settled = work()
    return settled, effort


def _figure(name: str, lines: int, effort: Effort, size: str) -> Figure:
    return Figure(name, round(lines / effort.busy), "lines per second of processor time", "", None, size, effort.beside)
