"""What changes of master data mean: refused with a code and a sentence, asked first, or done; concurrent edits lose nothing."""

from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from core.access.models import AuditEntry
from core.lib.problems import REGISTRY
from core.masterdata.declaration import Author
from core.masterdata.merge import sent_values
from core.masterdata.services import MasterDataRefused, change_record, version_of
from core.ui.templatetags.page import form_problems
from inventory.models import Batch, Item, ItemModelGroup, OnHand, UnitConversion
from ledger.models import FiscalPeriod, MainAccount, PostingProfile
from orders.models import PaymentMethod, Store
from parameters.models import NumberSequence
from retailhq.setup.masters import RECORDS
from statements.models import PosTransaction
from tests.core.access.people import make_person
from tests.core.masterdata.test_pages import typed
from tests.core.masterdata.world import World, make_world, new_values
from tests.factories import (
    ItemFactory,
    PosTransactionFactory,
    PosTransactionLineFactory,
    StatementFactory,
    TrackingGroupFactory,
    UnitFactory,
    VoucherFactory,
    WarehouseFactory,
)
from tests.shared import make_once

pytestmark = pytest.mark.django_db


def make_world_with_odd_payments() -> World:
    PaymentMethod.objects.create(code="odd", name="Odd")
    return make_world()


made_world = make_once(make_world_with_odd_payments)


@pytest.fixture
def world(client: Client, made_world: World, db: None) -> World:
    client.force_login(make_person("ada", "administrator"))
    return deepcopy(made_world)


def change(client: Client, world: World, slug: str, **values: Any) -> Any:
    """Sends the form of the master's row with some values changed."""
    address = RECORDS[slug].address("edit", world.rows[slug])
    return client.post(address, {**typed(client, address), **values})


def refused(answer: Any, field: str, code: str) -> None:
    assert answer.status_code == 422
    assert [problem["code"] for problem in form_problems(answer.context["form"])] == [code]
    assert field in answer.context["form"].errors
    assert code in REGISTRY


def asked(answer: Any, sentence: str) -> None:
    """The change was not made, and the page says what it would do."""
    assert answer.status_code == 409
    assert sentence in " ".join(answer.context["unconfirmed"].effects)


def agree(client: Client, world: World, slug: str, answer: Any, **values: Any) -> Any:
    return change(client, world, slug, **values, agreed=answer.context["unconfirmed"].token)


def test_an_item_with_stock_keeps_unit_and_tracking(client: Client, world: World) -> None:
    before: Any = world.rows["items"]
    untracked = TrackingGroupFactory.create(code="none-of-tests", batch_active=False)
    refused(change(client, world, "items", unit=UnitFactory.create(code="kg").pk), "unit", "ITEM_IN_USE")
    refused(change(client, world, "items", tracking_group=untracked.pk), "tracking_group", "ITEM_IN_USE")
    refused(change(client, world, "tracking-groups", batch_active=""), "batch_active", "TRACKING_IN_USE")
    stored: Any = Item.objects.select_related("tracking_group").get(pk=world.rows["items"].pk)
    assert (stored.unit_id, stored.tracking_group.batch_active) == (before.unit_id, True)


def test_an_item_without_stock_may_change_unless_it_is_sold(client: Client, world: World) -> None:
    item: Item = ItemFactory.create()
    world.rows["items"] = item
    kilo = UnitFactory.create(code="kg")
    sale = PosTransactionFactory.create(store=world.rows["stores"])
    PosTransactionLineFactory.create(transaction=sale, item=item)
    refused(change(client, world, "items", unit=kilo.pk), "unit", "ITEM_HAS_OPEN_SALES")
    sale.statement = StatementFactory.create(store=world.rows["stores"])
    sale.save()
    refused(change(client, world, "items", unit=kilo.pk), "unit", "ITEM_HAS_OPEN_SALES")
    sale.lines.all()._raw_delete("default")
    assert change(client, world, "items", unit=kilo.pk).status_code == 302
    item.refresh_from_db()
    assert item.unit_id == "kg"


def test_a_conversion_stays_while_sales_count_by_it(client: Client, world: World) -> None:
    conversion: Any = world.rows["unit-conversions"]
    item = ItemFactory.create(unit_id=conversion.to_unit_id)
    sale = PosTransactionFactory.create(store=world.rows["stores"])
    PosTransactionLineFactory.create(transaction=sale, item=item, unit_id=conversion.from_unit_id)
    UnitConversion.objects.filter(pk=conversion.pk).update(item=None)
    before = UnitConversion.objects.get(pk=conversion.pk)
    refused(change(client, world, "unit-conversions", factor="7"), "factor", "ITEM_HAS_OPEN_SALES")
    assert UnitConversion.objects.get(pk=conversion.pk).factor == before.factor
    sale.lines.all()._raw_delete("default")
    assert change(client, world, "unit-conversions", factor="7").status_code == 302
    assert UnitConversion.objects.get(pk=conversion.pk).factor == 7


def test_an_item_on_documents_stays_of_its_kind(client: Client, world: World) -> None:
    item: Item = ItemFactory.create()
    world.rows["items"] = item
    sale = PosTransactionFactory.create(store=world.rows["stores"])
    PosTransactionLineFactory.create(transaction=sale, item=item)
    refused(change(client, world, "items", kind="service"), "kind", "ITEM_IN_USE")
    sale.lines.all()._raw_delete("default")
    assert change(client, world, "items", kind="service").status_code == 302


def test_a_store_with_documents_stays_in_its_company(client: Client, world: World) -> None:
    store: Any = world.rows["stores"]
    sale = PosTransactionFactory.create(store=store)
    far = WarehouseFactory.create(legal_entity=world.other, site__legal_entity=world.other)
    person = make_person("eve", "administrator")
    with pytest.raises(MasterDataRefused) as refusal:
        change_record(RECORDS["stores"], store.pk, {"warehouse_id": far.pk}, version_of(store), Author(person.pk, "eve"))
    assert [problem.code for problem in refusal.value.problems] == ["STORE_IN_USE"]
    PosTransaction.objects.filter(pk=sale.pk)._raw_delete("default")
    change_record(RECORDS["stores"], store.pk, {"warehouse_id": far.pk}, version_of(store), Author(person.pk, "eve"))
    assert Store.objects.get(pk=store.pk).warehouse_id == far.pk


def test_a_number_sequence_never_goes_back(client: Client, world: World) -> None:
    refused(change(client, world, "number-sequences", next_number="6"), "next_number", "NUMBER_USED")
    assert change(client, world, "number-sequences", next_number="9").status_code == 302
    assert NumberSequence.objects.get(code="statement:S/1").next_number == 9
    NumberSequence.objects.filter(code="statement:S/1").update(next_number=20)
    assert change(client, world, "number-sequences", next_number="30").status_code == 302
    history = RECORDS["number-sequences"].address("history", world.rows["number-sequences"])
    found = [(row.who, row.before, row.after) for row in client.get(history).context["changes"]]
    assert found[:3] == [("ada", "20", "30"), ("import or run", "9", "20"), ("ada", "7", "9")]


def test_periods_never_overlap_and_keep_their_vouchers(client: Client, world: World) -> None:
    values = new_values(world)["fiscal-periods"]
    overlap = {**values, "starts_on": "2024-05-31", "ends_on": "2024-06-30"}
    refused(client.post("/setup/fiscal-periods/new/", overlap), "ends_on", "PERIODS_OVERLAP")
    refused(client.post("/setup/fiscal-periods/new/", {**values, "ends_on": "2030-12-31"}), "ends_on", "PERIOD_DATES")
    VoucherFactory.create(legal_entity=world.company, date=date(2024, 5, 2))
    refused(change(client, world, "fiscal-periods", starts_on="2024-05-03"), "ends_on", "PERIOD_IN_USE")
    assert change(client, world, "fiscal-periods", starts_on="2024-05-02").status_code == 302


def test_closing_a_period_asks_about_what_is_not_posted_and_it_can_be_reopened(client: Client, world: World) -> None:
    StatementFactory.create(store=world.rows["stores"], legal_entity=world.company, business_date=date(2024, 5, 3))
    PosTransactionFactory.create(store=world.rows["stores"], business_date=date(2024, 5, 4))
    PosTransactionFactory.create(store=world.rows["stores"], business_date=date(2024, 5, 4), validation_status="discarded")
    answer = change(client, world, "fiscal-periods", status="closed")
    asked(answer, "1 statement of the period is not posted")
    asked(answer, "1 transaction of the period is on no statement yet")
    period: Any = world.rows["fiscal-periods"]
    assert FiscalPeriod.objects.get(pk=period.pk).status == "open"
    assert agree(client, world, "fiscal-periods", answer, status="closed").status_code == 302
    assert FiscalPeriod.objects.get(pk=period.pk).status == "closed"
    assert change(client, world, "fiscal-periods", status="open").status_code == 302
    changes = client.get(RECORDS["fiscal-periods"].address("history", period)).context["changes"]
    assert [(row.before, row.after) for row in changes[:2]] == [("Closed", "Open"), ("Open", "Closed")]


def test_agreement_holds_only_for_what_was_said(client: Client, world: World) -> None:
    StatementFactory.create(store=world.rows["stores"], legal_entity=world.company, business_date=date(2024, 5, 3))
    answer = change(client, world, "fiscal-periods", status="closed")
    StatementFactory.create(store=world.rows["stores"], legal_entity=world.company, business_date=date(2024, 5, 4))
    asked(agree(client, world, "fiscal-periods", answer, status="closed"), "2 statements of the period are not posted")
    assert FiscalPeriod.objects.get(pk=world.rows["fiscal-periods"].pk).status == "open"


def test_posting_profiles_stay_in_their_company(client: Client, world: World) -> None:
    profile = world.rows["posting-profiles"]
    far = MainAccount.objects.get(legal_entity=world.other, number="1010")
    with pytest.raises(MasterDataRefused) as refusal:
        change_record(RECORDS["posting-profiles"], profile.pk, {"account_id": far.pk}, version_of(profile), Author(None, "ada"))
    assert [problem.code for problem in refusal.value.problems] == ["ACCOUNT_OF_OTHER_COMPANY"]
    values = new_values(world)["posting-profiles"]
    post = "/setup/posting-profiles/new/"
    refused(client.post(post, {**values, "payment_method": "none"}), "payment_method", "UNKNOWN_PAYMENT_METHOD")
    refused(client.post(post, {**values, "payment_method": ""}), "payment_method", "PAYMENT_METHOD_MISPLACED")
    refused(client.post(post, {**values, "posting_type": "bank"}), "payment_method", "PAYMENT_METHOD_MISPLACED")
    assert PostingProfile.objects.filter(legal_entity=world.company, payment_method="odd").count() == 0


def test_a_row_that_exists_is_not_made_twice(client: Client, world: World) -> None:
    for slug, values in new_values(world).items():
        if slug == "fiscal-periods":
            continue
        assert client.post(f"/setup/{slug}/new/", values).status_code == 302, slug
        answer = client.post(f"/setup/{slug}/new/", values)
        assert answer.status_code == 422, slug


def test_company_and_accounts_keep_what_is_posted(client: Client, world: World) -> None:
    voucher = VoucherFactory.create(legal_entity=world.company)
    refused(change(client, world, "legal-entities", currency="CHF"), "currency", "COMPANY_IN_USE")
    assert voucher.legal_entity_id == world.company.pk


def test_policies_and_dispositions_say_how_many_they_touch(client: Client, world: World) -> None:
    answer = change(client, world, "item-model-groups", negative_physical="on")
    asked(answer, "Physical negative inventory becomes “On” for 1 item")
    assert agree(client, world, "item-model-groups", answer, negative_physical="on").status_code == 302
    assert ItemModelGroup.objects.get(pk=world.rows["item-model-groups"].pk).negative_physical
    batch = Batch.objects.get(item=world.item)
    Batch.objects.filter(pk=batch.pk).update(disposition=world.rows["dispositions"].pk)
    asked(change(client, world, "dispositions", blocks_sale="on"), "1 batch becomes blocked for sale, 1 of them in stock")


def test_switching_a_store_off_says_what_is_still_to_post(client: Client, world: World) -> None:
    store: Any = world.rows["stores"]
    PosTransactionFactory.create(store=store)
    PosTransactionFactory.create(store=store, validation_status="discarded")
    answer = client.post(RECORDS["stores"].address("switch", store), {"active": "no"})
    asked(answer, "1 transaction is on no statement yet")
    assert Store.objects.get(pk=store.pk).is_active


def test_inactive_rows_are_offered_no_more_except_where_they_stand(client: Client, world: World) -> None:
    RECORDS["units"].model._default_manager.filter(code="pcs").update(is_active=False)
    kept = client.get(RECORDS["items"].address("edit", world.item)).context["form"].fields["unit"].queryset
    offered = client.get("/setup/items/new/").context["form"].fields["unit"].queryset
    assert "pcs" in [unit.pk for unit in kept]
    assert "pcs" not in [unit.pk for unit in offered]
    answer = client.post("/setup/items/new/", new_values(world)["items"])
    assert "unit" in answer.context["form"].errors


def test_a_concurrent_edit_shows_both_versions_and_loses_nothing(client: Client, world: World) -> None:
    address = RECORDS["items"].address("edit", world.item)
    mine = {**typed(client, address), "name": "Mine", "standard_cost": "2"}
    theirs = {**typed(client, address), "name": "Theirs"}
    assert client.post(address, theirs).status_code == 302
    answer = client.post(address, mine)
    assert answer.status_code == 409
    assert ("name", "Name", "Mine", "Theirs") in answer.context["conflict"]
    assert answer.context["last"]["who"] == "ada"
    assert answer.context["form"]["name"].value() == "Mine"
    assert Item.objects.get(pk=world.item.pk).name == "Theirs"
    again = {**mine, "seen": answer.context["form"]["seen"].value()}
    assert client.post(address, again).status_code == 302
    assert Item.objects.get(pk=world.item.pk).name == "Mine"


def test_a_concurrent_edit_keeps_what_one_never_touched(client: Client, world: World) -> None:
    """Each changed another field: what only the other touched is not written back (C14)."""
    address = RECORDS["items"].address("edit", world.item)
    form = client.get(address).context["form"]
    mine = sent_values(form) | {"opened": form["opened"].value(), "standard_cost": "2"}
    assert client.post(address, {**typed(client, address), "name": "Theirs", "shelf_life_days": "9"}).status_code == 302
    answer = client.post(address, mine)
    assert answer.status_code == 409
    assert [field for field, *_ in answer.context["conflict"]] == ["standard_cost"]
    form = answer.context["form"]
    assert form["name"].value() == "Theirs"
    assert client.post(address, sent_values(form) | {"opened": form["opened"].value()}).status_code == 302
    item = Item.objects.get(pk=world.item.pk)
    assert (item.name, item.shelf_life_days, item.standard_cost) == ("Theirs", 9, Decimal(2))


def test_an_import_counts_as_somebody_else(client: Client, world: World) -> None:
    address = RECORDS["items"].address("edit", world.item)
    mine = typed(client, address)
    Item.objects.filter(pk=world.item.pk).update(standard_cost=9)
    assert client.post(address, {**mine, "name": "Mine"}).status_code == 409


def test_saving_nothing_writes_nothing(client: Client, world: World) -> None:
    address = RECORDS["items"].address("edit", world.item)
    before = Item.history.count(), AuditEntry.objects.count()
    assert client.post(address, typed(client, address)).status_code == 302
    assert (Item.history.count(), AuditEntry.objects.count()) == before
    assert client.post(address, {**typed(client, address), "name": "New name"}).status_code == 302
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.actor, entry.subject) == ("master_data", "ada", "items 4711")


def test_a_store_gets_its_walk_in_customer(client: Client, world: World) -> None:
    assert client.post("/setup/stores/new/", new_values(world)["stores"]).status_code == 302
    assert Store.objects.get(code="NEW").walk_in_customer.code == "WALK-IN/NEW"


def test_stock_is_not_touched(client: Client, world: World) -> None:
    before = OnHand.objects.get(pk=world.stock.pk).physical
    change(client, world, "warehouses", store_negative_physical="on")
    assert OnHand.objects.get(pk=world.stock.pk).physical == before
