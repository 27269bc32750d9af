"""What pages and commands show of batch debt and of proposals to settle it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from core.db.bulk import array, fetch_all
from core.lib.document_kinds import SourceKind
from core.tables.sources import SOURCES
from inventory.rules.costing import PoolCost, worth
from inventory.rules.settlements import Payment
from inventory.rules.stock import StockKey

# What opens debt.
SELLERS = (SourceKind.POS_LINE, SourceKind.DELIVERY_LINE)


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """So much of an open debt that a real batch would pay, with everything by its name."""

    warehouse: str
    item: str
    name: str
    unit: str
    debt: str
    day: date
    from_batch: str
    to_batch: str
    expires_on: date | None
    quantity: Decimal
    value: Decimal
    pool: StockKey
    batch_id: int


def proposed_lines(payments: Mapping[StockKey, Sequence[Payment]], costs: Mapping[StockKey, PoolCost]) -> list[ProposedLine]:
    """The lines of a proposal, by warehouse and item, oldest debt first; three queries and one per kind of documents."""
    warehouses = _names("SELECT id, code FROM inventory_warehouse WHERE id = ANY(%s::bigint[])", {pool[0] for pool in payments})
    items = _names("SELECT id, code, name, unit_id FROM inventory_item WHERE id = ANY(%s::bigint[])", {pool[1] for pool in payments})
    used = {batch for of in payments.values() for payment in of for batch in (payment.batch_id, payment.debt.batch_id)}
    batches = _names("SELECT id, number, expires_on FROM inventory_batch WHERE id = ANY(%s::bigint[])", used)
    sources = sources_of_debts({payment.debt.debt_id for of in payments.values() for payment in of})
    lines = [
        ProposedLine(
            warehouse=warehouses[pool[0]][0],
            item=items[pool[1]][0],
            name=items[pool[1]][1],
            unit=items[pool[1]][2],
            debt=sources.get(debt.debt_id, ""),
            day=debt.day,
            from_batch=batches[debt.batch_id][0],
            to_batch=batches[batch_id][0],
            expires_on=batches[batch_id][1],
            quantity=quantity,
            value=worth(quantity, debt.unit_cost, costs[pool].decimals),
            pool=pool,
            batch_id=batch_id,
        )
        for pool, of in payments.items()
        for debt, batch_id, quantity in of
    ]
    return sorted(lines, key=lambda line: (line.warehouse, line.item))


def _names(sql: str, ids: Collection[int]) -> dict[int, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in fetch_all(sql, [array(ids)])}


def sources_of_debts(debt_ids: Collection[int]) -> dict[int, str]:
    """What the debts were opened by, as people call it; one query and one per kind of documents."""
    rows = fetch_all("SELECT id, source_kind, source_id FROM inventory_batchdebt WHERE id = ANY(%s::bigint[])", [array(debt_ids)])
    names: dict[tuple[int, int], str] = {}
    for kind in SELLERS:
        ids = {source_id for _, of_kind, source_id in rows if of_kind == kind}
        names |= {(kind.value, key): origin.text for key, origin in SOURCES[kind].origins(ids or {0}).items()}
    return {debt_id: names.get((kind, source_id), "") for debt_id, kind, source_id in rows}


def warehouses_named(code: str) -> list[int]:
    """The warehouse of that code, all of them for a blank one; one query."""
    return [row[0] for row in fetch_all("SELECT id FROM inventory_warehouse WHERE %s = '' OR code = %s", [code, code])]
