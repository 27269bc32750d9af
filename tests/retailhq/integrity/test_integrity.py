"""`check_integrity`: each check names exactly the row that somebody corrupted behind the guards, and nothing of a twin that is sound."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, models, transaction
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker

from core.db.bulk import execute, fetch_all, fetch_dicts
from core.lib.document_kinds import SourceKind
from inventory.models import CostAdjustment, InventoryTransaction
from ledger.models import PostingProfile
from retailhq.integrity.checks import CHECKS, Difference, differences
from retailhq.integrity.checks.keys import NATURAL_KEYS, SOURCES, unguarded_references
from tests.factories import (
    BatchFactory,
    ItemFactory,
    MainAccountFactory,
    OrderTransactionFactory,
    PosPaymentFactory,
    PostedDay,
    PosTransactionFactory,
    PosTransactionLineFactory,
    RecallLineFactory,
    SalesOrderFactory,
    SalesOrderLineFactory,
    StatementFactory,
    ValidationProblemFactory,
    WarehouseFactory,
    make_posted_day,
    make_undone_settlement,
)
from tests.oracle.commands import DONE, PARTLY, run
from tests.orders.test_integrity import CASES as ORDER_CASES
from tests.retailhq.integrity.integrity_cases import CASES

NOWHERE = 2_000_000_000


@dataclass(frozen=True)
class Shop:
    """The day that is corrupted, a sound twin, and unposted rows beside them."""

    day: PostedDay
    twin: PostedDay
    unposted: dict[str, models.Model]

    def names(self) -> dict[str, Any]:
        """Ids and keys for the corruptions and for what they lead to."""
        day, other = self.day, self.unposted
        store, warehouse = day.statement.store, day.statement.warehouse
        place = f"{warehouse.code}/{day.item.code}"
        till = f"{store.code}/{day.sale.terminal.code}/{day.sale.number}"
        return {
            "item": day.item.pk, "item_code": day.item.code, "batch": day.batch.pk, "batch_number": day.batch.number,
            "default_batch": day.default_batch.pk, "warehouse": warehouse.pk, "place": place,
            "statement": day.statement.pk, "statement_number": day.statement.number,
            "sale": day.sale.pk, "till": till, "sold": day.sold.pk,
            "order": day.order.pk, "order_number": day.order.number, "order_line": day.order_line.pk,
            "invoice": day.invoice.pk, "invoice_number": day.invoice.number,
            "receipt": day.receipt.pk, "receipt_key": f"{day.receipt.receipt}/1",
            "counted": f"J{day.batch.pk}/1",
            "company": day.statement.legal_entity.code,
            "adjustment": CostAdjustment.objects.get(item=day.item).pk,
            "journal": day.journal.pk, "journal_number": day.journal.number,
            **{f"account_{kind}": account.number for kind, account in day.accounts.items()},
            "twin_statement_number": self.twin.statement.number, "twin_order": self.twin.order.pk,
            "settlement": f"{warehouse.code}-S1", "undo": f"{warehouse.code}-S2",
            "nowhere": NOWHERE,
            **{f"other_{name}": row.pk for name, row in other.items()},
            "other_item_code": getattr(other["item"], "code", ""), "other_warehouse_code": getattr(other["warehouse"], "code", ""),
            "other_batch_number": getattr(other["batch"], "number", ""),
            "other_order_number": getattr(other["order"], "number", ""),
        }  # fmt: skip


@pytest.fixture(scope="module")
def whole_shop(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Shop]:
    """The shop, made once for all corruptions, its guards taken off; nothing of it is ever committed."""
    with django_db_blocker.unblock(), transaction.atomic():
        shop = make_shop()
        take_guards_off()
        yield shop
        transaction.set_rollback(True)


@pytest.fixture
def shop(whole_shop: Shop, db: None) -> Iterator[Shop]:
    """The shop as it was made: what a test does to it is taken back. Only a test that says `db` gets a test database made."""
    with transaction.atomic():
        yield whole_shop
        transaction.set_rollback(True)


def make_shop() -> Shop:
    day, twin = make_posted_day(), make_posted_day()
    make_undone_settlement(day)
    make_undone_settlement(twin)
    item = ItemFactory.create()
    order = SalesOrderFactory.create(store=day.statement.store, source_id=StatementFactory.create(store=day.statement.store).pk)
    sale = PosTransactionFactory.create(store=day.statement.store)
    line = PosTransactionLineFactory.create(transaction=sale, item=item, number=1)
    ordered = PosTransactionFactory.create(store=day.statement.store, statement_id=order.source_id)
    OrderTransactionFactory.create(transaction=ordered, order=order)
    StatementFactory._meta.model._base_manager.filter(pk=order.source_id).update(transaction_count=1, line_count=1)
    PosTransactionLineFactory.create(transaction=ordered, item=item, number=1)
    unposted: dict[str, models.Model] = {
        "item": item,
        "batch": BatchFactory.create(item=item),
        "warehouse": WarehouseFactory.create(legal_entity=day.statement.legal_entity),
        "order": order,
        "order_line": SalesOrderLineFactory.create(order=order, item=item, line_number=1),
        "sale": sale,
        "line": line,
        "ordered": ordered,
    }
    ValidationProblemFactory.create(transaction=sale)
    PosPaymentFactory.create(transaction=sale)
    RecallLineFactory.create(recall__batch=day.batch, store=day.statement.store, source_id=day.sold.pk)
    return Shop(day, twin, unposted)


def take_guards_off() -> None:
    """Lets the tests write what the guards refuse, as only the owner of the database can; taken back with the shop.

    Once for all of them: the server plans every check anew when one of its tables was altered.
    """
    connection.check_constraints()
    for table in GUARDED:
        execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


GUARDED = (
    "inventory_inventorytransaction", "ledger_voucher", "ledger_voucherline", "orders_batchallocation", "orders_invoice",
    "orders_invoiceline", "orders_salesorderline", "statements_postransactionline", "statements_pospayment", "statements_postransaction",
    "inventory_batchdebt", "inventory_batchcredit", "inventory_costadjustment",
    "inventory_journalline", "inventory_debtsettlement", "inventory_debtsettlementline", "ledger_reversal", "statements_recallline",
    "inventory_onhand", "inventory_receiptline", "inventory_warehouseitemcost", "inventory_batch", "orders_paymentjournalline",
    "statements_orderreceipt",
)  # fmt: skip


def test_a_sound_shop_has_no_differences(shop: Shop) -> None:
    assert list(differences()) == []


@pytest.mark.parametrize(("corruption", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_corrupted_row_is_named(shop: Shop, corruption: str, expected: list[tuple[str, str, str, str]]) -> None:
    names = shop.names()
    twin_places = {"order_lines": shop.twin.order.number, "payment_journals": shop.twin.invoice.number}
    ordered = shop.unposted["ordered"]
    for statement in corruption.format(**names).split(";"):
        execute(statement)
    found = list(differences())
    movement = {str(pk) for pk in InventoryTransaction.objects.values_list("pk", flat=True)}
    wanted = [
        Difference(
            check,
            key.format(**names)
            .replace("TWIN", twin_places.get(check, ""))
            .replace("TRANSACTION", "/".join((shop.day.statement.store.code, ordered.terminal.code, ordered.number))),  # type: ignore[attr-defined]
            *(text.format(**names) for text in texts),
        )
        for check, key, *texts in expected
    ]
    blurred = [row._replace(key="MOVEMENT") if row.check == "movement_item" and row.key in movement else row for row in found]
    assert sorted(blurred) == sorted(wanted)


def test_accounts_that_changed_since_are_still_known(shop: Shop) -> None:
    """A posting profile that was changed in between is no difference: its history says where the voucher stands."""
    profile = PostingProfile.objects.get(posting_type="revenue", legal_entity=shop.day.statement.legal_entity)
    profile.account = MainAccountFactory.create(legal_entity=profile.legal_entity)
    profile.save()
    assert list(differences()) == []


def test_accounts_that_serve_two_kinds_cannot_be_told_apart(shop: Shop) -> None:
    entity = shop.day.statement.legal_entity
    PostingProfile.objects.filter(posting_type="sales_tax", legal_entity=entity).update(account=shop.day.accounts["revenue"])
    assert list(differences()) == []


@pytest.mark.parametrize(("model", "columns"), NATURAL_KEYS, ids=lambda part: getattr(part, "__name__", ""))
def test_a_second_row_of_a_key_is_named(shop: Shop, model: type[models.Model], columns: tuple[str, ...]) -> None:
    table = model._meta.db_table
    row = fetch_dicts(f"SELECT * FROM {table} ORDER BY {columns[0]} LIMIT 1")[0]
    connection.check_constraints()
    for (name,) in fetch_all("SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('p', 'u')", [table]):
        execute(f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE")
    values = {column: value for column, value in row.items() if column != "id"}
    execute(
        f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values)} FROM {table} "
        f"WHERE {' AND '.join(f'{column} IS NOT DISTINCT FROM %s' for column in columns)} LIMIT 1",
        [row[column] for column in columns],
    )
    found = [difference for difference in differences() if difference.check == f"once_{model._meta.model_name}"]
    key = "/".join("" if row[column] is None else str(row[column]) for column in columns)
    assert found == [(f"once_{model._meta.model_name}", key, "1", "2")]


@pytest.mark.parametrize(("model", "field"), unguarded_references(), ids=lambda part: getattr(part, "__name__", None) or part.attname)
def test_an_orphan_is_named(shop: Shop, model: type[models.Model], field: "models.ForeignKey[Any, Any]") -> None:
    table, parent = model._meta.db_table, field.target_field.model._meta.db_table
    keys = [key.attname for key in model._meta.pk_fields]
    row = fetch_dicts(f"SELECT * FROM {table} ORDER BY {keys[0]} LIMIT 1")[0]
    lost = "nowhere" if isinstance(field.target_field, models.CharField) else NOWHERE
    # A line of a settlement is of a debt or of a credit.
    other = "debt_id = NULL, " if field.column == "credit_id" else ""
    of_row = " AND ".join(f"{key} = %s" for key in keys)
    execute(f"UPDATE {table} SET {other}{field.column} = %s WHERE {of_row}", [lost, *(row[key] for key in keys)])
    found = [difference for difference in differences() if difference.check == f"references_{model._meta.model_name}"]
    key = "/".join(str(lost if name == field.column else row[name]) for name in keys)
    assert found == [(f"references_{model._meta.model_name}", f"{field.column} of {key}", f"a row of {parent}", str(lost))]


@pytest.mark.parametrize("model", [model for model, _ in SOURCES], ids=lambda model: model.__name__)
@pytest.mark.parametrize("kind", ["known", "unknown"])
def test_a_row_made_from_nothing_is_named(shop: Shop, model: type[models.Model], kind: str) -> None:
    table = model._meta.db_table
    known = next(kinds for of, kinds in SOURCES if of is model)
    source_kind = min(known) if kind == "known" else next(int(other) for other in SourceKind if other not in known)
    keys = [key.attname for key in model._meta.pk_fields]
    row = fetch_dicts(f"SELECT * FROM {table} WHERE source_kind = %s ORDER BY {keys[0]} LIMIT 1", [min(known)])[0]
    execute(
        f"UPDATE {table} SET source_kind = %s, source_id = %s WHERE {' AND '.join(f'{key} = %s' for key in keys)}",
        [source_kind, NOWHERE, *(row[key] for key in keys)],
    )
    found = [difference for difference in differences() if difference.check == f"sources_{model._meta.model_name}"]
    changed = {**row, "source_kind": source_kind, "source_id": NOWHERE}
    key = "/".join(str(changed[name]) for name in keys)
    assert found == [(f"sources_{model._meta.model_name}", key, "a source", f"{source_kind}/{NOWHERE}")]


def test_each_check_has_its_corruption() -> None:
    tried = {case[2][0][0] for case in CASES} | {case[0] for case in ORDER_CASES}
    generated = {f"once_{model._meta.model_name}" for model, _ in NATURAL_KEYS}
    generated |= {f"references_{model._meta.model_name}" for model, _ in unguarded_references()}
    generated |= {f"sources_{model._meta.model_name}" for model, _ in SOURCES}
    names = [check.name for check in CHECKS]
    assert set(names) == tried | generated
    assert len(names) == len(set(names))


def test_the_number_of_statements_is_that_of_the_checks(shop: Shop, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(len(CHECKS)):
        assert list(differences()) == []


def plan_nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan's node and everything below it."""
    yield node
    for child in node.get("Plans", ()):
        yield from plan_nodes(child)


def test_no_check_looks_into_a_table_once_per_row(shop: Shop) -> None:
    """Correlated subqueries (a SubPlan that is not hashed) would read once per document."""
    for check in CHECKS:
        plan = fetch_all(f"EXPLAIN (FORMAT JSON) {check.sql}")[0][0][0]["Plan"]
        repeated = [node for node in plan_nodes(plan) if node.get("Parent Relationship") == "SubPlan" and "Relation Name" in node]
        hashed = str(plan).count("hashed SubPlan")
        assert len(repeated) <= hashed, check.name


def test_the_command_leaves_with_0_or_1(shop: Shop) -> None:
    answer = run("check_integrity")
    assert (answer.status, answer.data) == (DONE, {"checks": len(CHECKS), "count": 0, "differences": []})
    execute("UPDATE inventory_onhand SET physical = 5 WHERE batch_id = %s", [shop.day.batch.pk])
    answer = run("check_integrity")
    assert answer.status == PARTLY
    key = f"{shop.day.statement.warehouse.code}/{shop.day.item.code}/{shop.day.batch.number}"
    assert answer.data["differences"] == [{"check": "on_hand", "key": key, "expected": "0", "found": "5"}]
