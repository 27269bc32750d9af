"""Files of legal entities, warehouses, items, dispositions and unit conversions: made, changed, left alone, refused."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.files import run as batches
from inventory.models import Batch, Disposition, Item, ItemModelGroup, OnHand, Site, UnitConversion, Warehouse, WarehouseItemCost
from ledger.models import FiscalPeriod, MainAccount, PostingProfile
from parameters.models import Currency, LegalEntity, RetailParameters, Unit
from tests.core.files.loading import (
    ITEM_COLUMNS,
    ITEMS,
    LEGAL_ENTITIES,
    RECEIPT_COLUMNS,
    WAREHOUSES,
    counts,
    load,
    load_good,
    load_world,
)
from tests.oracle.commands import DONE, PARTLY, run

pytestmark = pytest.mark.django_db


def test_a_legal_entity_can_post_at_once(tmp_path: Path) -> None:
    """Parameters, accounts and a posting profile for every type and payment method are there."""
    load_good(tmp_path, "legal-entities", "legal_entity,name,currency\nLE,Foods,USD\nJP,,JPY\n")
    assert RetailParameters.objects.count() == 2
    assert [(row.code, row.decimals) for row in Currency.objects.order_by("code")] == [("JPY", 0), ("USD", 2)]
    assert LegalEntity.objects.get(code="JP").name == "JP"
    for entity in LegalEntity.objects.all():
        profiles = PostingProfile.objects.filter(legal_entity=entity)
        assert {row.posting_type for row in profiles} == set(PostingProfile.PostingType.values)
        payments = {row.payment_method for row in profiles if row.posting_type == "payment"}
        assert payments == {"cash", "card", "gift_card", "voucher", "on_account"}
        assert MainAccount.objects.filter(legal_entity=entity).exists()
    assert FiscalPeriod.objects.count() == 0, "periods come on first use"


def test_new_updated_unchanged(tmp_path: Path) -> None:
    load_good(tmp_path, "legal-entities", LEGAL_ENTITIES)
    assert counts(load_good(tmp_path, "warehouses", WAREHOUSES)) == (2, 0, 0, 0)
    assert counts(load_good(tmp_path, "warehouses", WAREHOUSES)) == (0, 0, 2, 0)
    assert counts(load_good(tmp_path, "warehouses", WAREHOUSES.replace("Second", "Other"))) == (0, 1, 1, 0)
    assert Warehouse.objects.get(code="W2").name == "Other"


def test_history_tells_what_an_import_changed(tmp_path: Path) -> None:
    load_world(tmp_path)
    load_good(tmp_path, "items", ITEMS.replace("Milk", "Whole milk"))
    rows = list(Item.history.filter(code="MILK").order_by("history_id").values_list("history_type", "name", "history_change_reason"))
    assert rows == [("+", "Milk", "import_data"), ("~", "Whole milk", "import_data")]
    assert Item.history.filter(code="NAILS").count() == 1


def test_flags_become_policy_groups(tmp_path: Path) -> None:
    load_world(tmp_path)
    milk, cheese, nails = (Item.objects.get(code=code) for code in ("MILK", "CHEESE", "NAILS"))
    group = milk.model_group
    assert (group.negative_physical, group.negative_financial, group.allocation_policy) == (True, True, "fefo")
    group = cheese.model_group
    assert (group.negative_physical, group.negative_financial, group.allocation_policy) == (False, False, "fifo")
    assert nails.model_group == milk.model_group
    assert (milk.tracking_group.batch_active, nails.tracking_group.batch_active) == (True, False)
    assert not milk.storage_group.wms_enabled
    assert (milk.shelf_life_days, nails.shelf_life_days, milk.standard_cost) == (10, None, Decimal("1.000000"))
    load_good(tmp_path, "items", ITEM_COLUMNS + "CHEESE,Cheese,DAIRY,each,true,true,true,lifo,,4\n")
    cheese.refresh_from_db()
    assert (cheese.model_group.code, cheese.storage_group.wms_enabled) == ("LIFO-NEG", True)


def test_what_was_edited_apart_in_setup_outlives_the_next_import(tmp_path: Path) -> None:
    load_world(tmp_path)
    special = ItemModelGroup.objects.create(code="SPECIAL", name="x", negative_physical=True, costing_method="moving_average")
    Item.objects.filter(code="MILK").update(model_group=special)
    Warehouse.objects.filter(code="W2").update(store_negative_financial=False)
    assert counts(load_good(tmp_path, "items", ITEMS)) == (0, 0, 3, 0)
    assert counts(load_good(tmp_path, "warehouses", WAREHOUSES)) == (0, 0, 2, 0)
    assert Item.objects.get(code="MILK").model_group == special
    load_good(tmp_path, "items", ITEMS.replace("MILK,Milk,DAIRY,each,true,true", "MILK,Milk,DAIRY,each,true,false"))
    group = Item.objects.get(code="MILK").model_group
    assert (group.negative_physical, group.negative_financial, group.costing_method) == (False, False, "moving_average")


def test_the_financial_flag_follows_the_physical_one(tmp_path: Path) -> None:
    load_world(tmp_path)
    flags = Warehouse.objects.order_by("code").values_list("store_negative_physical", "store_negative_financial")
    assert list(flags) == [(False, False), (True, True)]
    load_good(tmp_path, "warehouses", WAREHOUSES.replace("false,false", "false,true"))
    assert list(flags.all()) == [(True, True), (True, True)]


def test_a_group_of_that_name_with_other_flags_is_left_alone(tmp_path: Path) -> None:
    ItemModelGroup.objects.create(code="FEFO-NEG", name="mine", negative_physical=False, allocation_policy="lifo")
    load_world(tmp_path)
    assert Item.objects.get(code="MILK").model_group.code == "FEFO-NEG-2"
    assert ItemModelGroup.objects.get(code="FEFO-NEG").allocation_policy == "lifo"


def test_sites_belong_to_their_legal_entity(tmp_path: Path) -> None:
    load_world(tmp_path)
    load_good(tmp_path, "legal-entities", "legal_entity,name,currency\nLE2,Other,USD\n")
    columns = WAREHOUSES.splitlines()[0]
    load_good(tmp_path, "warehouses", f"{columns}\nW3,Third,EAST,LE2,false,false\n")
    assert sorted(Site.objects.filter(code="EAST").values_list("legal_entity__code", flat=True)) == ["LE", "LE2"]


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("warehouses", WAREHOUSES.replace("EAST,LE", "EAST,NOPE"), "UNKNOWN_LEGAL_ENTITY"),
        ("unit-conversions", "item,from_unit,to_unit,factor\nGONE,box,each,12\n,box,each,12\n", "UNKNOWN_ITEM"),
        ("unit-conversions", "item,from_unit,to_unit,factor\n,each,each,1\n,box,each,12\n", "BAD_VALUE"),
        ("unit-conversions", "item,from_unit,to_unit,factor\n,tray,each,0\n,box,each,12\n", "BAD_NUMBER"),
        ("items", ITEMS.replace("fefo", "random", 1), "BAD_VALUE"),
        ("items", ITEMS.replace(",10,", ",-1,", 1), "BAD_NUMBER"),
        ("items", ITEMS.replace("0.10", "-0.10"), "BAD_NUMBER"),
        ("items", ITEMS.replace("each", "x" * 21, 1), "BAD_VALUE"),
        ("items", ITEMS.replace("true", "maybe", 1), "BAD_VALUE"),
        ("legal-entities", "legal_entity,name,currency\nA,,us dollars\nB,,USD\n", "BAD_VALUE"),
        ("dispositions", "disposition,name,blocks_sale\nrecall,,perhaps\nsale,,false\n", "BAD_VALUE"),
        ("stores", "store,name,warehouse,currency,time_zone,end_of_business_day\nS8,,W1,USD,Mars,\nS9,,W1,USD,UTC,\n", "BAD_VALUE"),
        ("stores", "store,name,warehouse,currency,time_zone,end_of_business_day\nS8,,W1,USD,UTC,25:00\nS9,,W1,USD,UTC,\n", "BAD_DATE"),
        ("stores", "store,name,warehouse,currency,time_zone,end_of_business_day\nS8,,W9,USD,UTC,\nS9,,W1,USD,UTC,\n", "UNKNOWN_WAREHOUSE"),
    ],
    ids=range(14),
)
def test_a_bad_row_is_refused_and_its_neighbours_kept(tmp_path: Path, kind: str, content: str, code: str) -> None:
    load_world(tmp_path)
    answer, rejects = load(tmp_path, kind, content)
    assert (answer.status, [row["code"] for row in rejects]) == (PARTLY, [code])
    assert answer.data["rows"] == len(content.splitlines()) - 1
    assert sum(counts(answer.data)) == answer.data["rows"]
    assert answer.data["problems_by_code"] == {code: 1}


def test_nothing_is_made_for_a_refused_row(tmp_path: Path) -> None:
    load_world(tmp_path)
    load(tmp_path, "warehouses", WAREHOUSES.replace("EAST,LE", "NORTH,NOPE"))
    load(tmp_path, "items", ITEMS.replace("DAIRY,each,true,true", "NEW,ounce,true,maybe"))
    load(tmp_path, "unit-conversions", "item,from_unit,to_unit,factor\nGONE,crate,each,12\n")
    assert not Site.objects.filter(code="NORTH").exists()
    assert not Unit.objects.filter(code__in=("ounce", "crate")).exists()


@pytest.mark.parametrize("batch_weight", [1, 5000])
def test_a_key_twice_in_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch_weight: int) -> None:
    """The same content counts as unchanged, other content is refused, whether or not both rows stand in one batch."""
    monkeypatch.setattr(batches, "BATCH_WEIGHT", batch_weight)
    load_world(tmp_path)
    content = "disposition,name,blocks_sale\nrecall,Recall,true\nrecall,Recall,true\nrecall,Recall,false\n"
    for expected in ((1, 0, 1, 1), (0, 0, 2, 1)):
        answer, rejects = load(tmp_path, "dispositions", content)
        assert counts(answer.data) == expected
        assert [(row["row"], row["code"]) for row in rejects] == [("4", "CONFLICT")]
        assert Disposition.objects.get(code="recall").blocks_sale


def test_unit_and_tracking_stay_once_there_was_stock(tmp_path: Path) -> None:
    load_world(tmp_path)
    load_good(tmp_path, "receipts", RECEIPT_COLUMNS + "R1,1,W1,MILK,A,5,1,2024-01-01T08:00:00Z,,,\n")
    OnHand.objects.update(physical=0)
    for changed in ("box,true", "each,false"):
        answer, rejects = load(tmp_path, "items", ITEMS.replace("MILK,Milk,DAIRY,each,true", f"MILK,Milk,DAIRY,{changed}"))
        assert (answer.status, [row["code"] for row in rejects]) == (PARTLY, ["ITEM_IN_USE"])
    assert load(tmp_path, "items", ITEMS.replace("Milk", "New milk"))[0].status == DONE


def test_conversions_are_made_and_changed(tmp_path: Path) -> None:
    load_world(tmp_path)
    columns = "item,from_unit,to_unit,factor\n"
    assert counts(load_good(tmp_path, "unit-conversions", columns + ",box,each,12\nMILK,box,each,6\n")) == (2, 0, 0, 0)
    assert counts(load_good(tmp_path, "unit-conversions", columns + ",box,each,12\nMILK,box,each,8\n")) == (0, 1, 1, 0)
    assert dict(UnitConversion.objects.values_list("item__code", "factor")) == {None: 12, "MILK": 8}


def test_a_dry_run_reports_the_same_and_writes_nothing(tmp_path: Path) -> None:
    load_good(tmp_path, "legal-entities", LEGAL_ENTITIES)
    content = WAREHOUSES + "W3,,EAST,NOPE,false,false\nW1,Other,EAST,LE,false,false\n"
    dry, dry_rejects = load(tmp_path, "warehouses", content, "--dry-run")
    assert Warehouse.objects.count() == 0
    wet, rejects = load(tmp_path, "warehouses", content)
    assert Warehouse.objects.count() == 2
    assert dry_rejects == rejects
    assert (dry.data.pop("dry_run"), wet.data.pop("dry_run")) == (True, False)
    dry.data.pop("seconds"), wet.data.pop("seconds")
    assert dry.data == wet.data


def test_the_number_of_statements_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    load_world(tmp_path)
    statements = []
    for count in (3, 2, 200):
        content = ITEM_COLUMNS + "".join(f"N{count}-{n},Name,G{n % 2},each,true,true,false,fefo,,1\n" for n in range(count))
        with CaptureQueriesContext(connection) as captured:
            load_good(tmp_path, "items", content)
        statements.append(len(captured))
    assert statements[1] == statements[2], "the first file made the groups"
    assert statements[0] < 40


def test_codes_of_the_file_may_be_any_text(tmp_path: Path) -> None:
    load_world(tmp_path)
    odd = ['"a,b"', '"q""q"', "\u00e4\u00f6 \u4e2d", "back\\slash", "{brace}", "NULL", "'=1+1", "%s", "\U0001f95b"]
    content = ITEM_COLUMNS + "".join(f"{code},{code},G,each,true,true,false,,,1\n" for code in odd)
    assert counts(load_good(tmp_path, "items", content)) == (len(odd), 0, 0, 0)
    assert counts(load_good(tmp_path, "items", content)) == (0, 0, len(odd), 0)
    assert set(Item.objects.values_list("code", flat=True)) >= {"a,b", 'q"q', "back\\slash", "{brace}", "NULL", "%s"}


WITH_BARCODE = ITEM_COLUMNS.replace("standard_cost", "standard_cost,costing,barcode")


def test_a_barcode_names_one_item_in_whatever_form_it_is_read(tmp_path: Path) -> None:
    """A UPC of 12 digits and the GTIN of 14 that a 2D code holds are the same barcode; a blank cell keeps what is there."""
    load_world(tmp_path)
    milk = "MILK,Milk,DAIRY,each,true,true,false,fefo,10,1.00,,{}\n"
    load_good(tmp_path, "items", WITH_BARCODE + milk.format("012345678905"))
    assert Item.objects.get(code="MILK").barcode == "0012345678905"
    for same in ("", "0012345678905", "00012345678905"):
        assert counts(load_good(tmp_path, "items", WITH_BARCODE + milk.format(same))) == (0, 0, 1, 0)
    nails = "NAILS,Nails,TOOLS,each,false,true,false,,,0.10,,00012345678905\n"
    _, rejects = load(tmp_path, "items", WITH_BARCODE + nails)
    assert [(row["key"], row["code"]) for row in rejects] == [("NAILS", "BARCODE_IN_USE")]
    assert "MILK" in rejects[0]["message"]
    assert Item.objects.get(code="NAILS").barcode == ""


def test_of_two_new_items_with_one_barcode_the_second_is_refused(tmp_path: Path) -> None:
    load_world(tmp_path)
    rows = "".join(f"{code},,G,each,false,true,false,,,1,,{barcode}\n" for code, barcode in (("A", "96385074"), ("B", "00000096385074")))
    _, rejects = load(tmp_path, "items", WITH_BARCODE + rows)
    assert [(row["key"], row["code"]) for row in rejects] == [("B", "BARCODE_IN_USE")]
    assert list(Item.objects.exclude(barcode="").values_list("code", "barcode")) == [("A", "96385074")]


def test_the_costing_column_chooses_a_group_and_revalues_what_lies_there(tmp_path: Path) -> None:
    load_world(tmp_path)
    load_good(tmp_path, "receipts", RECEIPT_COLUMNS + "R1,1,W1,NAILS,,10,0.30,2024-01-01T08:00:00Z,,,\n")
    nails = "NAILS,Nails,TOOLS,each,false,true,false,,,0.10,{},\n"
    load_good(tmp_path, "items", WITH_BARCODE + nails.format("moving_average"))
    assert Item.objects.get(code="NAILS").model_group.costing_method == "moving_average"
    cost = WarehouseItemCost.objects.get(item__code="NAILS")
    assert (cost.moving_average, cost.value) == (True, Decimal("1.00")), "it stays what it is worth until goods come"
    load_good(tmp_path, "receipts", RECEIPT_COLUMNS + "R2,1,W1,NAILS,,10,0.30,2024-01-02T08:00:00Z,,,\n")
    cost.refresh_from_db()
    assert cost.value == Decimal("4.00")
    assert counts(load_good(tmp_path, "items", WITH_BARCODE + nails.format(""))) == (0, 0, 1, 0), "blank: as it is"
    load_good(tmp_path, "items", WITH_BARCODE + nails.format("standard"))
    cost.refresh_from_db()
    assert (cost.moving_average, cost.value) == (False, Decimal("2.00"))
    assert run("check_integrity").status == DONE
    _, rejects = load(tmp_path, "items", WITH_BARCODE + nails.format("fifo"))
    assert [row["code"] for row in rejects] == ["BAD_VALUE"]


BATCH_COLUMNS = "item,batch,disposition,expires_on,best_before\n"


def milk_in_stock(folder: Path) -> Batch:
    """Five milk of batch A, made on the first of January and good until the tenth."""
    load_world(folder)
    load_good(folder, "receipts", RECEIPT_COLUMNS + "R1,1,W1,MILK,A,5,1,2024-01-02T08:00:00Z,2024-01-01,2024-01-10,\n")
    return Batch.objects.get(number="A")


def test_a_file_changes_batches_and_blank_is_as_it_is(tmp_path: Path) -> None:
    batch = milk_in_stock(tmp_path)
    assert counts(load_good(tmp_path, "batches", BATCH_COLUMNS + "MILK,A,blocked,,\n")) == (0, 1, 0, 0)
    assert counts(load_good(tmp_path, "batches", BATCH_COLUMNS + "MILK,A,blocked,,\n")) == (0, 0, 1, 0)
    assert counts(load_good(tmp_path, "batches", "item,batch,expires_on\nMILK,A,2024-01-12\n")) == (0, 1, 0, 0)
    assert counts(load_good(tmp_path, "batches", BATCH_COLUMNS + "MILK,A,,9999-12-31,2024-01-08\n")) == (0, 1, 0, 0)
    batch.refresh_from_db()
    assert (batch.disposition.code, batch.expires_on, str(batch.best_before)) == ("blocked", None, "2024-01-08")
    kept = [
        (row.history_type, row.disposition.code, str(row.expires_on)) for row in Batch.history.filter(id=batch.pk).order_by("history_id")
    ]
    assert kept == [
        ("+", "available", "2024-01-10"),
        ("~", "blocked", "2024-01-10"),
        ("~", "blocked", "2024-01-12"),
        ("~", "blocked", "None"),
    ]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("MILK,Z,blocked,,", "UNKNOWN_BATCH"),
        ("GONE,A,blocked,,", "UNKNOWN_ITEM"),
        ("MILK,A,lost,,", "UNKNOWN_DISPOSITION"),
        ("MILK,A,,2023-12-31,", "BATCH_DATES"),
        ("MILK,A,,,2023-12-31", "BATCH_DATES"),
        ("MILK,A,,2500-01-01,", "BAD_DATE"),
        ("MILK,DEF,blocked,,", "BATCH_IS_DEFAULT"),
        ("MILK,DEF,,2024-02-01,", "BATCH_IS_DEFAULT"),
    ],
)
def test_a_batch_is_refused_as_on_its_page(tmp_path: Path, row: str, code: str) -> None:
    batch = milk_in_stock(tmp_path)
    Batch.objects.create(item=batch.item, number="DEF", is_default_batch=True, disposition=batch.disposition)
    _, rejects = load(tmp_path, "batches", f"{BATCH_COLUMNS}{row}\n")
    assert [reject["code"] for reject in rejects] == [code]
    assert not Batch.history.filter(history_type="~").exists()
    batch.refresh_from_db()
    assert (batch.disposition.code, str(batch.expires_on)) == ("available", "2024-01-10")


def test_many_batches_change_with_as_many_queries_as_one(tmp_path: Path) -> None:
    milk_in_stock(tmp_path)
    numbers = [f"B{number}" for number in range(60)]
    rows = "".join(f"R2,{place},W1,MILK,{number},5,1,2024-01-02T08:00:00Z,,,\n" for place, number in enumerate(numbers, 1))
    load_good(tmp_path, "receipts", RECEIPT_COLUMNS + rows)
    spent = []
    for chosen in (numbers[:1], numbers[1:]):
        with CaptureQueriesContext(connection) as captured:
            load_good(tmp_path, "batches", BATCH_COLUMNS + "".join(f"MILK,{number},blocked,,\n" for number in chosen))
        spent.append(len(captured))
    assert spent[0] == spent[1]
