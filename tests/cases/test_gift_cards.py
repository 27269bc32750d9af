"""Gift cards by number: sold, reloaded, paid with, given back; the balance is known and never below zero."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders.models import GiftCard
from statements.models import GiftCardMovement, PosTransactionLine, Statement
from statements.services.undo_calculation import revalidate_statement
from tests.cases.books import balances
from tests.core.access.people import make_person
from tests.oracle.commands import DONE, PARTLY, run
from tests.oracle.rows import Item, LegalEntity, Warehouse
from tests.scenarios.world import NOON, Shop

D = Decimal


class Till:
    """Tickets with card numbers, as lines of a transactions file."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shop, self.folder, self.rows, self.number = shop, folder, [], 0  # type: ignore[var-annotated]  # rows of JSON

    def rings(self, item: str, amount: str, *, card: str = "", paid: str = "cash", paid_with: str = "", store: str = "S1") -> int:
        """One ticket of `amount`: an item, or a card that gets it; paid by a method, or with the card `paid_with`."""
        self.number += 1
        back = Decimal(amount) < 0
        line: dict[str, Any] = {"number": 1, "item": item, "quantity": "-1" if back else "1", "unit": "pcs", "price": amount.strip("-")}
        payment: dict[str, Any] = {"number": 1, "method": "gift_card" if paid_with else paid, "amount": amount}
        head = {"store": store, "terminal": "T1", "number": str(self.number), "kind": "sale", "sold_at": NOON.isoformat()}
        line |= {"net": amount, "tax": "0"} | ({"gift_card": card} if card else {})
        payment |= {"gift_card": paid_with} if paid_with else {}
        money = {"currency": "USD", "net": amount, "tax": "0", "total": amount}
        self.rows.append(head | money | {"lines": [line], "payments": [payment]})
        return self.number

    def sends(self, *options: str) -> set[tuple[str, str]]:
        """Imports what was rung; (transaction, code) of all that is wrong."""
        path = self.folder / f"till{self.number}.ndjson"
        path.write_text("".join(json.dumps(row) + "\n" for row in self.rows), encoding="utf-8")
        self.rows = []
        assert run("import_data", "transactions", str(path), *options).status in (DONE, PARTLY)
        return {(row["transaction"], row["code"]) for row in self.shop.exports("problems") if row["code"].startswith("G")}


@pytest.fixture
def till(tmp_path: Path, db: None) -> Till:
    shop = Shop(tmp_path)
    shop.sells_item("BAG", tracked=False, negative=True)
    shop.pending.items.append(Item("CARD", batch_tracked=False, kind="gift_card"))
    shop.comes_in()
    return Till(shop, tmp_path)


def held(client: Client, number: str) -> list[tuple[Decimal, Decimal]]:
    """Movements and balances, newest first, as the page of the card shows them."""
    client.force_login(User.objects.filter(username=f"ada {number}").first() or make_person(f"ada {number}", "administrator"))
    page = client.get(f"/gift-cards/{GiftCard.objects.get(number=number).pk}/")
    return [(view.amount, view.balance) for view in page.context["movements"]]


def test_sold_reloaded_paid_with_and_given_back(till: Till, client: Client) -> None:
    till.rings("CARD", "50.00", card="GC1")
    till.rings("BAG", "30.00", paid_with="GC1")
    till.rings("CARD", "10.00", card="GC1")
    till.rings("BAG", "-5.00", paid_with="GC1")
    till.rings("CARD", "-35.00", card="GC1")
    assert till.sends() == set()
    assert till.shop.posts().status == DONE
    till.shop.must_be_posted()
    assert held(client, "GC1") == [(D("-35.00"), D(0)), (D("5.00"), D(35)), (D(10), D(30)), (D("-30.00"), D(20)), (D(50), D(50))]
    (row,) = client.get("/gift-cards/").context["page"].rows
    assert (row.number, row.balance, row.loaded) == ("GC1", D(0), D(65))


def test_a_card_never_holds_less_than_nothing(till: Till) -> None:
    till.rings("CARD", "50.00", card="GC1")
    till.rings("BAG", "30.00", paid_with="GC1")
    too_much = till.rings("BAG", "20.01", paid_with="GC1")
    till.rings("BAG", "20.00", paid_with="GC1")
    nobody = till.rings("BAG", "1.00", paid_with="GC9")
    assert till.sends() == {(str(too_much), "G02"), (str(nobody), "G02")}
    once_more = till.rings("BAG", "0.01", paid_with="GC1")
    assert (str(once_more), "G02") in till.sends()


def test_a_sale_that_comes_later_heals(till: Till) -> None:
    paid = till.rings("BAG", "30.00", paid_with="GC1")
    assert till.sends() == {(str(paid), "G02")}
    till.rings("CARD", "30.00", card="GC1")
    till.sends()
    assert run("validate_transactions").status == DONE
    assert not [row for row in till.shop.exports("problems") if row["code"] == "G02"]


@pytest.mark.parametrize("way", ["revalidate", "sold again"])
def test_a_card_whose_sale_was_voided_pays_for_nothing(till: Till, way: str) -> None:
    """Judged again at posting: both were calculated when the till voided the sale of the card. Both ways out that are printed lead out."""
    till.rings("CARD", "50.00", card="GC1")
    sale = till.rows[0]
    till.rings("BAG", "30.00", paid_with="GC1")
    assert till.sends() == set()
    assert run("calculate_statements").status == DONE
    till.rows = [sale | {"lines": [sale["lines"][0] | {"voided": True}], "payments": [], "net": "0", "total": "0"}]
    till.sends("--replace")
    assert run("post_statements", "--inline").status == PARTLY
    statement = Statement.objects.get()
    assert (statement.failed_state, statement.error_code) == ("Checked", "G02")
    assert "S1/T1/2 takes from a gift card that holds less by now" in str(statement.error_text)
    assert balances(till.shop) == {}
    if way == "revalidate":
        assert revalidate_statement(statement.pk, "ada").left == 1
        till.shop.posts()
        assert balances(till.shop) == {}
    else:
        till.rings("CARD", "30.00", card="GC1")
        assert till.sends() == set()
        till.shop.posts()
        assert balances(till.shop) == {"cash": "30.00", "revenue": "-30.00"}
    till.shop.must_be_posted()


def test_a_card_is_named_where_there_is_one(till: Till) -> None:
    item, method = till.rings("BAG", "30.00", card="GC1"), till.rings("CARD", "5.00", card="GC1")
    till.rows[-1]["payments"][0]["gift_card"] = "GC2"
    assert till.sends() >= {(str(item), "G01"), (str(method), "G01")}


def test_another_company_does_not_pay_with_it(till: Till) -> None:
    till.shop.pending.legal_entities.append(LegalEntity("LE2", "Other"))
    till.shop.warehouse(Warehouse("W2", "LE2"))
    till.shop.comes_in()
    till.rings("CARD", "30.00", card="GC1")
    there = till.rings("BAG", "30.00", paid_with="GC1", store="S2")
    assert till.sends() == {(str(there), "G02")}


def test_a_file_without_numbers_is_the_file_that_it_was(till: Till) -> None:
    """What is stored keeps its digest: imported again, nothing changes."""
    till.rings("CARD", "50.00")
    till.rings("BAG", "10.00", paid="gift_card")
    rows = [dict(row) for row in till.rows]
    till.sends()
    till.rows = [row | {"lines": [row["lines"][0] | {"gift_card": None}]} for row in rows]
    path = till.folder / "again.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in till.rows), encoding="utf-8")
    assert run("import_data", "transactions", str(path)).data["unchanged"] == 2
    assert not GiftCard.objects.exists()


def test_a_corrected_amount_moves_the_card(till: Till) -> None:
    till.rings("CARD", "50.00", card="GC1")
    assert till.sends() == set()
    PosTransactionLine.objects.update(net=D("20.00"))
    run("validate_transactions")
    assert GiftCardMovement.objects.get().amount == D("20.00")


def test_no_such_card(till: Till, client: Client) -> None:
    client.force_login(make_person("ada", "administrator"))
    assert client.get("/gift-cards/999/").status_code == 404
    assert client.get("/gift-cards/").status_code == 200


def test_a_card_follows_what_is_replaced_and_corrected(till: Till) -> None:
    till.rings("CARD", "50", card="G1")
    till.sends()
    till.number = 0
    till.rings("CARD", "40", card="G2")
    till.sends("--replace")
    moves = GiftCardMovement.objects.values_list("card__number", "amount")
    assert list(moves.all()) == [("G2", D(40))]
    assert ("1", "gift_card", "G1", "G2") in {
        (row["line"], row["field"], row["before"], row["after"]) for row in till.shop.exports("corrections")
    }
    path = till.folder / "corrections.csv"
    rows = "S1,T1,1,1,net,30,typing error\nS1,T1,1,1,price,30,typing error\nS1,T1,1,,payment:1:amount,30,typing error\n"
    path.write_text("store,terminal,transaction,line,field,value,reason\n" + rows, encoding="utf-8")
    assert run("correct_transactions", str(path)).status == DONE
    assert list(moves.all()) == [("G2", D(30))]
    till.shop.posts()
    till.shop.must_be_posted()
