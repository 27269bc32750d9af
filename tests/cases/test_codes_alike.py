"""Codes that people cannot tell apart: one spelling, no characters that nobody sees, no letters of another script that look the same."""

# ruff: noqa: RUF001  letters that look like others are what this is about

from pathlib import Path

import pytest
from django.test import Client

from core.db.confusables import skeleton
from inventory.models import Item as ItemRow
from tests.cases.world import PricedShop
from tests.core.access.people import make_person
from tests.oracle.commands import DONE, PARTLY, run

ITEMS = "item,item_group,unit,batch_tracked,negative_physical,wms_enabled,standard_cost\n"
REST = ",G,pcs,true,true,false,1\n"
CYRILLIC = "МILK"
COMPOSED, DECOMPOSED = "CAF\u00c9", "CAFE\u0301"


@pytest.fixture
def milk(shop: PricedShop) -> PricedShop:
    shop.sells_at_cost()
    shop.comes_in()
    return shop


def offer(shop: PricedShop, *codes: str) -> tuple[int, str]:
    shop.steps += 1
    path = shop.folder / f"alike{shop.steps}.csv"
    path.write_text(ITEMS + "".join(f"{code}{REST}" for code in codes), encoding="utf-8")
    answer = run("import_data", "items", str(path))
    rejected = Path(f"{path}.rejected.csv")
    return answer.status, rejected.read_text(encoding="utf-8") if rejected.exists() else ""


def test_letters_of_another_script_that_look_the_same(milk: PricedShop) -> None:
    status, rejected = offer(milk, CYRILLIC, "КОТ")
    assert status == PARTLY
    assert "CONFUSABLE_CODE" in rejected
    assert rejected.count("\n") == 2
    assert set(ItemRow.objects.values_list("code", flat=True)) == {"MILK", "КОТ"}
    # The other way round, and among the rows of one file.
    assert "looks like КОТ" in offer(milk, "KOT")[1]
    assert offer(milk, "ТЕА", "TEA")[1].count("CONFUSABLE_CODE") == 1
    assert offer(milk, "КОТ", "MILK", "ЧАЙ") == (DONE, "")


def test_one_spelling(milk: PricedShop) -> None:
    assert offer(milk, COMPOSED)[0] == DONE
    assert offer(milk, DECOMPOSED)[0] == DONE
    assert ItemRow.objects.filter(code=COMPOSED).count() == 1
    assert not ItemRow.objects.filter(code=DECOMPOSED).exists()


@pytest.mark.parametrize("unseen", ["\u200b", "\u202e", "\u00ad", "\ufeff", "\u2066"])
def test_characters_that_nobody_sees(milk: PricedShop, unseen: str) -> None:
    status, rejected = offer(milk, f"MI{unseen}LK")
    assert (status, "BAD_TEXT" in rejected) == (PARTLY, True)


def test_the_page_refuses_what_the_file_refuses(milk: PricedShop, client: Client) -> None:
    client.force_login(make_person("ines", "administrator"))
    for code, words in ((CYRILLIC, "looks like MILK"), ("MI\u200bLK", "nobody sees")):
        answer = client.post("/setup/dispositions/new/", {"code": code, "name": "x"})
        if code == CYRILLIC:
            assert answer.status_code == 302
            answer = client.post("/setup/dispositions/new/", {"code": "MILK", "name": "x"})
            words = f"looks like {CYRILLIC}"
        assert words in answer.content.decode()


def test_what_looks_different_stays_different() -> None:
    assert skeleton("ЧАЙ") != skeleton("YAN")
    assert skeleton("MILK") == "MILK" == skeleton(CYRILLIC) == skeleton("ＭＩＬＫ")
    assert skeleton("a–b") == "a-b"
    assert skeleton(COMPOSED) != "CAFE"
