"""References of the big tables without foreign keys (docs/adr/0004-references-of-big-tables.md), and rows that are only ever added."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, models, transaction

from core.db.bulk import copy_rows, execute, fetch_value
from inventory.models import Batch, DebtSettlementLine, InventoryTransaction, Item, OnHand, ReceiptLine, WarehouseItemCost
from ledger.models import VoucherLine
from orders.models import BatchAllocation, Invoice, InvoiceLine, PaymentJournalLine, SalesOrderLine
from statements.models import OrderTransaction, PosPayment, PosTransactionLine, RecallLine
from tests.factories import (
    BatchAllocationFactory,
    BatchCreditFactory,
    BatchDebtFactory,
    BatchFactory,
    DebtSettlementLineFactory,
    DispositionFactory,
    InventoryTransactionFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    ItemFactory,
    LegalEntityFactory,
    MainAccountFactory,
    OnHandFactory,
    OrderTransactionFactory,
    PaymentJournalFactory,
    PaymentJournalLineFactory,
    PaymentMethodFactory,
    PosPaymentFactory,
    PosTransactionFactory,
    PosTransactionLineFactory,
    RecallFactory,
    RecallLineFactory,
    ReceiptLineFactory,
    SalesOrderFactory,
    SalesOrderLineFactory,
    StoreFactory,
    UnitFactory,
    VoucherFactory,
    VoucherLineFactory,
    WarehouseFactory,
    WarehouseItemCostFactory,
    make_posted_day,
)

NOWHERE = 2_000_000_000
# Factory of each big table, and what makes a copy of its row another row.
BIG_TABLES: dict[type[models.Model], tuple[Any, dict[str, Any]]] = {
    InventoryTransaction: (InventoryTransactionFactory, {"id": None, "source_id": NOWHERE}),
    SalesOrderLine: (SalesOrderLineFactory, {"id": None, "line_number": 999}),
    InvoiceLine: (InvoiceLineFactory, {"line_number": 999}),
    BatchAllocation: (BatchAllocationFactory, {"ordinal": 999}),
    PosTransactionLine: (PosTransactionLineFactory, {"id": None, "number": 999}),
    PosPayment: (PosPaymentFactory, {"id": None, "number": 999}),
    RecallLine: (RecallLineFactory, {"id": None, "line_number": 999}),
    ReceiptLine: (ReceiptLineFactory, {"id": None, "line_number": 999}),
    OnHand: (OnHandFactory, {"id": None, "batch_id": None}),
    WarehouseItemCost: (WarehouseItemCostFactory, {"id": None, "item_id": lambda: ItemFactory.create().pk}),
    Batch: (BatchFactory, {"id": None, "number": "another"}),
    # A voucher comes whole, with its line 1.
    VoucherLine: (VoucherLineFactory, {"id": None, "voucher_id": lambda: VoucherFactory.create().pk}),
    PaymentJournalLine: (PaymentJournalLineFactory, {"id": None, "journal_id": lambda: PaymentJournalFactory.create().pk}),
    OrderTransaction: (OrderTransactionFactory, {"transaction_id": lambda: PosTransactionFactory.create().pk}),
    DebtSettlementLine: (DebtSettlementLineFactory, {"id": None, "line_number": 999}),
}
PARENTS: dict[str, Any] = {
    "Item": ItemFactory,
    "Batch": BatchFactory,
    "Disposition": DispositionFactory,
    "BatchDebt": BatchDebtFactory,
    "BatchCredit": BatchCreditFactory,
    "Warehouse": WarehouseFactory,
    "LegalEntity": LegalEntityFactory,
    "Unit": UnitFactory,
    "PaymentMethod": PaymentMethodFactory,
    "PosTransaction": PosTransactionFactory,
    "PosTransactionLine": PosTransactionLineFactory,
    "Store": StoreFactory,
    "Recall": RecallFactory,
    "MainAccount": MainAccountFactory,
    "PaymentJournal": PaymentJournalFactory,
    "SalesOrder": SalesOrderFactory,
    "SalesOrderLine": SalesOrderLineFactory,
}
REFERENCES = [
    (model, field)
    for model in apps.get_models()
    for field in model._meta.concrete_fields
    if isinstance(field, models.ForeignKey)
    and not field.deconstruct()[3].get("db_constraint", True)
    and not model.__name__.startswith("Historical")
]
INSERT_ONLY = (InventoryTransaction, Invoice, InvoiceLine, BatchAllocation, VoucherLine, DebtSettlementLine)

each_reference = pytest.mark.parametrize(("model", "field"), REFERENCES, ids=lambda part: getattr(part, "__name__", None) or part.attname)


def row_of(model: type[models.Model], field: "models.ForeignKey[Any, Any]") -> Any:
    """A row of a big table whose reference is filled, or may be."""
    other = {"debt": None, "credit": BatchCreditFactory.create()} if field.name == "credit" else {}
    return BIG_TABLES[model][0].create(**other)


def another(row: models.Model, **changes: Any) -> models.Model:
    """An unsaved row like `row`, with another key."""
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    other = {name: value() if callable(value) else value for name, value in BIG_TABLES[type(row)][1].items()}
    return type(row)(**values | other | changes)


def nowhere(field: "models.ForeignKey[Any, Any]") -> Any:
    """A key that the parent does not have, of its type."""
    return "nowhere" if isinstance(field.target_field, models.CharField) else NOWHERE


def add(row: models.Model) -> None:
    """Writes a new row behind the models' back."""
    type(row)._base_manager.bulk_create([row])


def delete(row: models.Model) -> None:
    """Deletes a row behind the models' back."""
    key = row._meta.pk
    execute(f'DELETE FROM "{row._meta.db_table}" WHERE "{key.attname}" = %s', [row.pk])


def test_the_big_tables_are_known() -> None:
    assert {model for model, _ in REFERENCES} == set(BIG_TABLES)


@pytest.mark.django_db
@each_reference
def test_an_orphan_is_refused(model: type[models.Model], field: "models.ForeignKey[Any, Any]") -> None:
    row = row_of(model, field)
    with pytest.raises(IntegrityError, match=f"nothing stands behind {field.attname} {nowhere(field)}"), transaction.atomic():
        type(row)._base_manager.bulk_create([another(row, **{field.attname: nowhere(field)})])
    type(row)._base_manager.bulk_create([another(row)])


@pytest.mark.django_db
@each_reference
def test_a_change_that_makes_an_orphan_is_refused(model: type[models.Model], field: "models.ForeignKey[Any, Any]") -> None:
    row = row_of(model, field)
    rows = model._base_manager.filter(pk=row.pk)
    with pytest.raises(IntegrityError, match="is refused"), transaction.atomic():
        rows.update(**{field.attname: nowhere(field)})
    if model not in INSERT_ONLY:
        rows.update(**{field.attname: getattr(row, field.attname)})


@pytest.mark.django_db
@each_reference
def test_a_parent_stays_while_it_is_referred_to(model: type[models.Model], field: "models.ForeignKey[Any, Any]") -> None:
    row = row_of(model, field)
    parent: models.Model
    if model is PosTransactionLine and field.name in ("batch", "return_of"):
        parent = BatchFactory.create(item=row.item) if field.name == "batch" else PosTransactionLineFactory.create()
        model._base_manager.filter(pk=row.pk).update(**{field.attname: parent.pk})
    elif model is BatchAllocation and field.name == "order_line":
        invoice = InvoiceLineFactory.create(order_line=row.order_line)
        parent = invoice.order_line
    else:
        parent = getattr(row, field.name)
    with pytest.raises(IntegrityError, match="is refused"), transaction.atomic():
        delete(parent)


@pytest.mark.django_db
@pytest.mark.parametrize("name", PARENTS)
def test_a_parent_that_nobody_refers_to_can_go(name: str) -> None:
    row = PARENTS[name].create(**({"code": "odd"} if name in ("Unit", "PaymentMethod", "Disposition") else {}))
    delete(row)
    connection.check_constraints()
    assert not type(row)._base_manager.filter(pk=row.pk).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", PARENTS)
def test_a_key_stays_what_it_is(name: str) -> None:
    row = PARENTS[name].create(**({"code": "odd"} if name in ("Unit", "PaymentMethod", "Disposition") else {}))
    table, key = row._meta.db_table, row._meta.pk.attname
    with pytest.raises(IntegrityError, match="other tables refer to the key"), transaction.atomic():
        execute(f'UPDATE "{table}" SET "{key}" = %s', [NOWHERE])
    execute(f'UPDATE "{table}" SET "{key}" = "{key}"')
    row.save()


@pytest.mark.django_db
def test_a_posted_till_line_stays() -> None:
    day = make_posted_day()
    with pytest.raises(IntegrityError, match="it is posted"), transaction.atomic():
        delete(day.sold)


@pytest.mark.django_db
def test_stock_is_of_the_kind_of_its_batch() -> None:
    row = OnHandFactory.create(physical=0)
    default = BatchFactory.create(item=row.item, is_default_batch=True)
    with pytest.raises(IntegrityError, match=f"of the other kind is batch {default.pk}"), transaction.atomic():
        add(another(row, batch_id=default.pk))
    with pytest.raises(IntegrityError, match="of the other kind is batch"), transaction.atomic():
        add(another(row, batch_id=BatchFactory.create(item=row.item).pk, is_default=True))
    add(another(row, batch_id=default.pk, is_default=True))
    with pytest.raises(IntegrityError, match="stock of something else is another row"), transaction.atomic():
        OnHand.objects.filter(pk=row.pk).update(is_default=True)


@pytest.mark.django_db
def test_a_batch_with_stock_stays_of_its_kind() -> None:
    batch = BatchFactory.create()
    OnHandFactory.create(item=batch.item, batch=batch)
    with pytest.raises(IntegrityError, match="has stock of its kind"), transaction.atomic():
        Batch.objects.filter(pk=batch.pk).update(is_default_batch=True)
    batch.save()
    Batch.objects.filter(pk=BatchFactory.create().pk).update(is_default_batch=True)


@pytest.mark.django_db
@pytest.mark.parametrize("model", INSERT_ONLY, ids=lambda model: model.__name__)
@pytest.mark.parametrize("change", ["UPDATE {} SET {key} = {key}", "DELETE FROM {}", "DELETE FROM {} WHERE false"])
def test_posted_rows_are_insert_only(model: type[models.Model], change: str) -> None:
    (InvoiceFactory if model is Invoice else BIG_TABLES[model][0]).create()
    key = next(field.attname for field in model._meta.concrete_fields if field.primary_key or field.attname.endswith("_id"))
    with pytest.raises(IntegrityError, match=f"of {model._meta.db_table} is refused"), transaction.atomic():
        execute(change.format(model._meta.db_table, key=key))
    (InvoiceFactory if model is Invoice else BIG_TABLES[model][0]).create()


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [1, 2_000])
def test_no_insert_reads_a_parent_whole(rows: int) -> None:
    """Neither the plan of one row nor that of many scans the parent, and the first plan of a session is not kept for the second."""
    warehouse = WarehouseFactory.create()
    model = ItemFactory.create()
    execute(
        """
        INSERT INTO inventory_item (code, name, item_group_id, model_group_id, tracking_group_id, storage_group_id, unit_id, standard_cost)
        SELECT 'many' || g, '', item_group_id, model_group_id, tracking_group_id, storage_group_id, unit_id, 0
        FROM inventory_item, generate_series(1, 20000) AS g WHERE id = %s
        """,
        [model.pk],
    )
    execute("ANALYZE inventory_item")
    scans = "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'inventory_item'"
    items = list(Item.objects.order_by("pk").values_list("pk", flat=True)[:rows])
    before = fetch_value(scans)
    for turn, count in enumerate((1, rows)):
        copy_rows(
            "inventory_inventorytransaction",
            ("warehouse_id", "item_id", "quantity", "date", "source_kind", "source_id", "cost_amount"),
            [(warehouse.pk, item, 1, "2024-05-01", 1, NOWHERE + 10_000 * turn + place, 0) for place, item in enumerate(items[:count])],
        )
    assert fetch_value(scans) == before


@pytest.fixture
def other_connection(transactional_db: None) -> Iterator[psycopg.Connection]:
    """A second session on the test database."""
    given = settings.DATABASES["default"]
    name = str(connection.settings_dict["NAME"])
    with psycopg.connect(
        host=given["HOST"], port=given["PORT"] or None, user=given["USER"], password=given["PASSWORD"] or None, dbname=name
    ) as other:
        yield other
        other.rollback()


def insert_movement(other: psycopg.Connection, warehouse: int, item: int) -> None:
    """An inventory transaction in the other session, not committed."""
    other.execute(
        """
        INSERT INTO inventory_inventorytransaction (warehouse_id, item_id, quantity, date, source_kind, source_id, cost_amount)
        VALUES (%s, %s, 1, '2024-05-01', 1, 1, 0)
        """,
        [warehouse, item],
    )


def test_a_deletion_waits_for_an_insert_that_it_cannot_see(other_connection: psycopg.Connection) -> None:
    warehouse, item = WarehouseFactory.create(), ItemFactory.create()
    insert_movement(other_connection, warehouse.pk, item.pk)
    execute("SET lock_timeout = '200ms'")
    with pytest.raises(OperationalError, match="lock timeout"):
        delete(item)
    execute("RESET lock_timeout")
    other_connection.commit()
    with pytest.raises(IntegrityError, match="still refers to it"):
        delete(item)


def test_an_insert_waits_for_a_deletion_that_it_cannot_see(other_connection: psycopg.Connection) -> None:
    warehouse, item = WarehouseFactory.create(), ItemFactory.create()
    with transaction.atomic():
        delete(item)
        other_connection.execute("SET lock_timeout = '200ms'")
        other_connection.commit()
        with pytest.raises(psycopg.errors.LockNotAvailable):
            insert_movement(other_connection, warehouse.pk, item.pk)
        other_connection.rollback()
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        insert_movement(other_connection, warehouse.pk, item.pk)


def test_a_batch_becomes_no_default_batch_beside_stock_that_it_cannot_see(other_connection: psycopg.Connection) -> None:
    batch, warehouse = BatchFactory.create(), WarehouseFactory.create()
    other_connection.execute(
        """
        INSERT INTO inventory_onhand (warehouse_id, item_id, batch_id, physical, reserved, negative_allowed)
        VALUES (%s, %s, %s, 0, 0, false)
        """,
        [warehouse.pk, batch.item_id, batch.pk],
    )
    execute("SET lock_timeout = '200ms'")
    with pytest.raises(OperationalError, match="lock timeout"):
        Batch.objects.update(is_default_batch=True)
    execute("RESET lock_timeout")
    other_connection.commit()
    with pytest.raises(IntegrityError, match="has stock of its kind"):
        Batch.objects.update(is_default_batch=True)


def test_an_analyze_that_saw_only_uncommitted_rows_does_not_spoil_the_guard(other_connection: psycopg.Connection) -> None:
    """It makes the planner believe that a full parent is empty; with a join the guard then compared every row with every parent."""
    warehouse, model = WarehouseFactory.create(), ItemFactory.create()
    many = 30_000
    with transaction.atomic():
        execute(
            """
            INSERT INTO inventory_item
                (code, name, item_group_id, model_group_id, tracking_group_id, storage_group_id, unit_id, standard_cost)
            SELECT 'many' || g, '', item_group_id, model_group_id, tracking_group_id, storage_group_id, unit_id, 0
            FROM inventory_item, generate_series(1, %s) AS g WHERE id = %s
            """,
            [many, model.pk],
        )
        other_connection.execute("ANALYZE inventory_item")
        other_connection.commit()
        execute("SET LOCAL statement_timeout = '8s'")
        execute(
            """
            INSERT INTO inventory_inventorytransaction (warehouse_id, item_id, quantity, date, source_kind, source_id, cost_amount)
            SELECT %s, id, 1, '2024-05-01', 1, id, 0 FROM inventory_item
            """,
            [warehouse.pk],
        )
        assert fetch_value("SELECT count(*) FROM inventory_inventorytransaction") == many + 1
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_posted_day_passes_all_guards() -> None:
    day = make_posted_day()
    assert day.invoice.total == Decimal("3.30")
    connection.check_constraints()
