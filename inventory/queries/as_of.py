"""Stock of one (warehouse, item) as a past decision saw it, from what is only ever added to: movements, receipts, histories."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from core.db.bulk import array, fetch_all, fetch_as
from core.db.history import Versions, load_versions
from core.lib.decimals import ZERO
from core.lib.document_kinds import SourceKind
from inventory.models import Batch, Disposition, Item, ItemModelGroup, JournalLine, StorageGroup, TrackingGroup, Warehouse
from inventory.rules.stock import BatchStock, Policy, Stock, StockKey, StockPolicy


class Moved(NamedTuple):
    """What moved of a batch before a decision; None is what lies here without a batch.

    `received_at` is its earliest receipt, `came_back_by` the source of the first movement that brought it otherwise, where that was before
    any receipt.
    """

    batch_id: int | None
    physical: Decimal
    received_at: datetime | None
    came_back_by: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class PoolHistory:
    """One (warehouse, item) before a decision. `stock_at` judges batches and master data as they were at an instant.

    `changes` are the instants at which any of them changed.
    """

    pool: StockKey
    moved: Mapping[int | None, Moved]
    reserved: Mapping[int | None, Decimal]
    batches: Mapping[int, Versions]
    dispositions: Mapping[int, Versions]
    item: Versions
    warehouse: Versions
    model_groups: Mapping[int, Versions]
    tracking_groups: Mapping[int, Versions]
    storage_groups: Mapping[int, Versions]

    def stock_at(self, instant: datetime, first_returns: Mapping[int, datetime]) -> Stock:
        """Stock as it was; `first_returns` says when a batch came here by a return before it was ever received."""
        rows = []
        for batch_id, versions in self.batches.items():
            batch = versions.at(instant)
            moved = self.moved.get(batch_id)
            at = [one for one in (moved and moved.received_at, first_returns.get(batch_id)) if one is not None]
            rows.append(
                BatchStock(
                    batch_id,
                    batch["number"],
                    moved.physical if moved else ZERO,
                    self.reserved.get(batch_id, ZERO),
                    batch["expires_on"],
                    min(at, default=None),
                    self.dispositions[batch["disposition_id"]].at(instant)["blocks_sale"],
                    batch["is_default_batch"],
                )
            )
        total = sum((moved.physical for moved in self.moved.values()), ZERO)
        had = any(row.first_received_at is not None and not row.is_default_batch for row in rows)
        return Stock(self.policy_at(instant), total, rows, had, self.reserved.get(None, ZERO))

    def policy_at(self, instant: datetime) -> StockPolicy:
        """What item and warehouse said together."""
        item, warehouse = self.item.at(instant), self.warehouse.at(instant)
        group = self.model_groups[item["model_group_id"]].at(instant)
        wms = self.storage_groups[item["storage_group_id"]].at(instant)["wms_enabled"]
        return StockPolicy(
            tracked=self.tracking_groups[item["tracking_group_id"]].at(instant)["batch_active"],
            policy=Policy(group["allocation_policy"]),
            negative_physical=group["negative_physical"] or warehouse["store_negative_physical"],
            negative_financial=group["negative_financial"] or warehouse["store_negative_financial"],
            advanced=wms and warehouse["wms_enabled"],
            plate_controlled=warehouse["location_plate_controlled"],
        )

    @property
    def changes(self) -> list[datetime]:
        """Instants at which batches or master data changed."""
        kinds = (self.batches, self.dispositions, self.model_groups, self.tracking_groups, self.storage_groups)
        rows: list[Versions] = [self.item, self.warehouse, *(one for kind in kinds for one in kind.values())]
        return sorted({at for row in rows for at, _ in row.history})


_MOVED = """
    SELECT m.batch_id, m.physical, m.received_at, o.source_kind, o.source_id
    FROM (
        SELECT t.batch_id, sum(t.quantity) AS physical, min(r.received_at) AS received_at,
               min(t.id) FILTER (WHERE t.source_kind = %(receipt)s) AS receipt,
               min(t.id) FILTER (WHERE t.source_kind NOT IN (%(receipt)s, %(reversal)s, %(settlement)s) AND t.quantity > 0) AS other
        FROM inventory_inventorytransaction t
        LEFT JOIN inventory_receiptline r ON t.source_kind = %(receipt)s AND r.id = t.source_id
        WHERE t.warehouse_id = %(warehouse)s AND t.item_id = %(item)s AND t.id < %(before)s
        GROUP BY t.batch_id
    ) m
    LEFT JOIN inventory_inventorytransaction o ON o.id = m.other AND (m.receipt IS NULL OR m.other < m.receipt)
"""
_RESERVED = """
    SELECT o.batch_id, COALESCE(c.before, o.reserved)
    FROM inventory_onhand o
    LEFT JOIN LATERAL (
        SELECT before FROM inventory_reservedchange WHERE on_hand_id = o.id AND id > %(before)s ORDER BY id LIMIT 1
    ) c ON true
    WHERE o.warehouse_id = %(warehouse)s AND o.item_id = %(item)s
"""


class PoolMasters(NamedTuple):
    """Versions of the master data that decisions about one (warehouse, item) go by; the same for all of its decisions."""

    dispositions: Mapping[int, Versions]
    item: Versions
    warehouse: Versions
    model_groups: Mapping[int, Versions]
    tracking_groups: Mapping[int, Versions]
    storage_groups: Mapping[int, Versions]


def load_pool_masters(pool: StockKey) -> PoolMasters:
    """Master data of a pool with its history; six queries."""
    item = load_versions(Item, ("model_group_id", "tracking_group_id", "storage_group_id"), "t.id = %s", [pool[1]])[pool[1]]
    place = ("wms_enabled", "store_negative_physical", "store_negative_financial", "location_plate_controlled")
    versions = [*(row for _, row in item.history), item.now]

    def groups(model: Any, columns: Sequence[str], key: str) -> dict[int, Versions]:
        return load_versions(model, columns, "t.id = ANY(%s::bigint[])", [array({row[key] for row in versions})])

    return PoolMasters(
        load_versions(Disposition, ("blocks_sale", "code"), "true", ()),
        item,
        load_versions(Warehouse, place, "t.id = %s", [pool[0]])[pool[0]],
        groups(ItemModelGroup, ("allocation_policy", "negative_physical", "negative_financial"), "model_group_id"),
        groups(TrackingGroup, ("batch_active",), "tracking_group_id"),
        groups(StorageGroup, ("wms_enabled",), "storage_group_id"),
    )


def load_pool_history(pool: StockKey, before: int, named: Collection[int], masters: PoolMasters | None = None) -> PoolHistory:
    """The pool as it was before the inventory transaction `before`; `named` are batches that lines name themselves.

    Three queries, and six for `masters` where they are not given.
    """
    keys = {"warehouse": pool[0], "item": pool[1], "before": before, "receipt": SourceKind.RECEIPT_LINE}
    keys |= {"reversal": SourceKind.REVERSAL, "settlement": SourceKind.SETTLEMENT_LINE}
    moved = {
        batch_id: Moved(batch_id, physical, received_at, None if kind is None else (kind, source))
        for batch_id, physical, received_at, kind, source in fetch_all(_MOVED, keys)
    }
    reserved = dict(fetch_all(_RESERVED, keys))
    ids = {batch_id for batch_id in moved if batch_id is not None} | set(named)
    batches = load_versions(
        Batch, ("number", "expires_on", "disposition_id", "is_default_batch"), "t.item_id = %s AND t.id = ANY(%s::bigint[])",
        [pool[1], array(ids)],
    )  # fmt: skip
    return PoolHistory(pool, moved, reserved, batches, *(masters or load_pool_masters(pool)))


def default_batches_of(item_id: int) -> dict[int, str]:
    """Default batches of an item: number by id; one query."""
    return dict(Batch.objects.filter(item_id=item_id, is_default_batch=True).values_list("pk", "number"))


class StockLevel(NamedTuple):
    """A batch's stock at the end of a day, in the order in which it was posted."""

    batch_id: int | None
    day: Any
    quantity: Decimal


def stock_levels(pool: StockKey, first: Any, last: Any) -> list[StockLevel]:
    """Stock of each batch by date of its movements, from the last change before `first` on; one query."""
    return fetch_as(
        StockLevel,
        """
        SELECT t.batch_id, GREATEST(t.date, %(first)s::date) AS day, sum(sum(t.quantity)) OVER (
                   PARTITION BY t.batch_id ORDER BY GREATEST(t.date, %(first)s::date)
               ) AS quantity
        FROM inventory_inventorytransaction t
        WHERE t.warehouse_id = %(warehouse)s AND t.item_id = %(item)s AND t.date <= %(last)s::date AND t.quantity <> 0
        GROUP BY t.batch_id, GREATEST(t.date, %(first)s::date) ORDER BY 1, 2
        """,
        {"warehouse": pool[0], "item": pool[1], "first": first, "last": last},
    )


def journal_days(line_ids: Collection[int]) -> dict[int, date]:
    """Dates of journal lines; one query, none for nothing."""
    return dict(JournalLine.objects.filter(pk__in=line_ids).values_list("pk", "date"))
