"""Recall: nothing that is physically possible is left out, and what is certain is certain."""

import json
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.lib.problems import BusinessError
from inventory.models import Batch
from orders.models import Customer, Reservation
from statements.models import RecallLine
from statements.queries.recall import public_lines
from statements.services.epcis import MovedGoods, ReceivedGoods, SoldGoods, batch_uri, epcis_document
from statements.services.recall import RecallRequest, recall_batch
from tests.core.access.people import make_person
from tests.oracle.building import line
from tests.oracle.commands import run
from tests.oracle.rows import LineRef
from tests.scenarios.world import LONG_AGO, NOON, Shop, milk

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
D = Decimal


@pytest.fixture
def shop(db: None, tmp_path: Path) -> Shop:
    shop = Shop(tmp_path)
    shop.sells_item(negative=True)
    shop.falls_back()
    return shop


def recalled(batch: str, **days: object) -> list[tuple[str, str, str, str, str]]:
    """Certainty, reason, transaction, batch as recorded and quantity of each line."""
    recall = recall_batch(RecallRequest("MILK", batch, **days), "test")  # type: ignore[arg-type]  # passed on as given
    return [
        (row["certainty"], row["reason"], row["transaction"], row["batch"], f"{row['quantity'].normalize():f}")
        for row in public_lines(recall.pk)
    ]


def test_certain_probable_and_possible(shop: Shop) -> None:
    shop.has("A", 4)
    shop.has("B", 2)
    captured = shop.sells(1, batch="A")
    by_policy = shop.sells(3)
    of_other = shop.sells(2)
    nothing_left = shop.sells(1)
    captured_other = shop.sells(1, batch="B")
    shop.posts()
    assert recalled("A") == [
        ("certain", "CAPTURED", captured.number, "A", "1"),
        ("probable", "FEFO", by_policy.number, "A", "3"),
        ("possible", "DEFAULT_BATCH", of_other.number, "DEF", "1"),
        ("possible", "DEFAULT_BATCH", nothing_left.number, "DEF", "1"),
        ("possible", "OTHER_BATCH", of_other.number, "B", "1"),
    ]
    assert captured_other.number not in {row[2] for row in recalled("A")}


def test_before_it_came_and_elsewhere_nothing_is_possible(shop: Shop) -> None:
    shop.has("A", 4, received=NOON + DAY)
    shop.has("B", 9)
    shop.sells(1)
    after = shop.sells(1, at=NOON + DAY + HOUR)
    shop.sells(1, at=NOON + DAY + HOUR, store="S2")
    shop.posts()
    assert recalled("A") == [("possible", "OTHER_BATCH", after.number, "B", "1")]


def test_late_goods_make_sales_of_before_possible_once_they_are_known(shop: Shop) -> None:
    """Case of every morning: the goods were there, their receipt was not."""
    early = shop.sells(2)
    shop.posts()
    shop.has("A", 5, received=LONG_AGO)
    shop.comes_in()
    assert recalled("A") == [("possible", "DEFAULT_BATCH", early.number, "DEF", "2")]


def test_what_came_back_is_with_nobody(shop: Shop) -> None:
    shop.has("A", 9)
    sale = shop.sells(3)
    whole = shop.sells(2)
    shop.takes_back(sale, 1, at=NOON + DAY)
    shop.takes_back(whole, 2, at=NOON + DAY)
    shop.posts()
    assert recalled("A") == [("probable", "FEFO", sale.number, "A", "2")]


def test_a_return_makes_it_possible_in_another_store(shop: Shop) -> None:
    shop.has("A", 2)
    shop.has("B", 9, warehouse="W2")
    sale = shop.sells(2)
    before = shop.sells(1, store="S2", at=NOON + HOUR)
    shop.takes_back(sale, 1, store="S2", at=NOON + DAY)
    after = shop.sells(1, store="S2", at=NOON + 2 * DAY)
    shop.posts()
    found = {row[2] for row in recalled("A")}
    assert {sale.number, after.number} <= found
    assert before.number not in found


def test_what_is_not_posted_was_sold_all_the_same(shop: Shop) -> None:
    shop.has("A", 5)
    waiting = shop.sells(1)
    captured = shop.sells(1, batch="A")
    shop.comes_in()
    assert recalled("A") == [
        ("certain", "CAPTURED", captured.number, "A", "1"),
        ("possible", "NOT_POSTED", waiting.number, "", "1"),
    ]


def test_customer_orders_are_found_too(shop: Shop) -> None:
    shop.has("A", 3)
    order = shop.is_ordered(milk(2))
    named = shop.is_ordered(milk(1, batch="A"))
    shop.invoices()
    assert recalled("A") == [("certain", "CAPTURED", named.order, "A", "1"), ("probable", "FEFO", order.order, "A", "2")]
    assert not Reservation.objects.exists()


def test_debt_that_the_batch_paid_is_probable(shop: Shop) -> None:
    sale = shop.sells(3)
    shop.posts()
    shop.has("A", 2, received=LONG_AGO)
    shop.has("B", 1, received=LONG_AGO + DAY)
    shop.comes_in()
    assert run("settle_batch_debt", "--reason", "late goods").status == 0
    assert recalled("A") == [("probable", "SETTLED", sale.number, "A", "2"), ("possible", "OTHER_BATCH", sale.number, "B", "1")]


def test_what_was_reversed_counts_once(shop: Shop) -> None:
    """The document stands anew beside the one that was taken back; the goods went once."""
    shop.has("A", 4)
    sale = shop.sells(2)
    other = shop.sells(1)
    shop.posts()
    statement = shop.statement()["statement"]
    assert run("reverse", "--statement", statement, "--reason", "wrong day").status == 0
    assert recalled("A") == [("possible", "NOT_POSTED", one.number, "", quantity) for one, quantity in ((sale, "2"), (other, "1"))]
    shop.posts()
    assert recalled("A") == [("probable", "FEFO", one.number, "A", quantity) for one, quantity in ((sale, "2"), (other, "1"))]


def test_a_count_that_found_none_ends_it(shop: Shop, tmp_path: Path) -> None:
    shop.has("A", 2)
    shop.has("B", 9)
    shop.sells(2)
    before = shop.sells(1)
    shop.posts()
    journal = tmp_path / "journal.csv"
    journal.write_text(
        "journal,line,kind,warehouse,to_warehouse,item,batch,quantity,date,receipt,reason\nJ1,1,count,W1,,MILK,A,0,2024-05-02,,counted\n",
        encoding="utf-8",
    )
    assert run("import_data", "journals", str(journal)).status == 0
    shop.sells(1, at=NOON + 9 * DAY)
    shop.posts()
    assert [row[2] for row in recalled("A") if row[0] == "possible"] == [before.number]


def test_a_transfer_takes_it_along(shop: Shop, tmp_path: Path) -> None:
    shop.has("A", 2)
    shop.has("B", 9, warehouse="W2")
    shop.comes_in()
    journal = tmp_path / "journal.csv"
    journal.write_text(
        "journal,line,kind,warehouse,to_warehouse,item,batch,quantity,date,receipt,reason\nJ1,1,transfer,W1,W2,MILK,A,2,2024-05-01,,moved\n",
        encoding="utf-8",
    )
    assert run("import_data", "journals", str(journal)).status == 0
    here = shop.sells(1, store="S1", at=NOON + 9 * DAY)
    there = shop.sells(1, store="S2", at=NOON + 9 * DAY)
    shop.posts()
    found = {row[2] for row in recalled("A")}
    assert there.number in found
    assert here.number not in found


def test_customers_are_told_by_name_and_walk_ins_are_nobody(shop: Shop, client: Client) -> None:
    shop.has("A", 9)
    shop.sells(1, customer="C1")
    shop.sells(1, customer="C2")
    shop.sells(1, customer="WALK-IN/S1")
    shop.posts()
    shop.sells(1, customer="WALK-IN/S1")
    shop.comes_in()
    Customer.objects.filter(code="C1").update(email="c1@example.com", address="High Street 1\nYork")
    recall = recall_batch(RecallRequest("MILK", "A"), "test")
    assert Counter(row["customer"] for row in public_lines(recall.pk)) == {"": 2, "C1": 1, "C2": 1}
    address = reverse("statements:recall", args=[recall.pk])
    for role, said in (
        ("administrator", "c1@example.com, High Street 1 York"),
        ("inventory_controller", "Known to those who may see customers"),
    ):
        client.force_login(make_person(role, role))
        page = client.get(address)
        assert [(one.code, len(one.contacts)) for one in page.context["customers"]] == [("C1", 2), ("C2", 0)]
        assert {(one.reachable, one.unreachable) for one in page.context["customers"]} == {(1, 1)}
        assert f"<td>{said}</td>" in page.content.decode()
    assert "example.com" not in page.content.decode()


def test_rows_that_are_not_shown_are_told(shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("statements.views.recall.CUSTOMERS_SHOWN", 1)
    shop.has("A", 9)
    shop.sells(1, customer="C1")
    shop.sells(1, customer="C2")
    shop.posts()
    recall = recall_batch(RecallRequest("MILK", "A"), "test")
    client.force_login(make_person("ann", "auditor"))
    page = client.get(reverse("statements:recall", args=[recall.pk]))
    assert (len(page.context["customers"]), page.context["cut"]) == (1, {"customers"})
    assert "Further rows are not shown." in page.content.decode()


def test_days_limit_what_is_asked(shop: Shop) -> None:
    shop.has("A", 9)
    shop.sells(1)
    second = shop.sells(1, at=NOON + DAY)
    shop.posts()
    assert [row[2] for row in recalled("A", first=(NOON + DAY).date())] == [second.number]
    assert [row[2] for row in recalled("A", last=(NOON - DAY).date())] == []


def test_what_cannot_be_recalled(shop: Shop) -> None:
    shop.has("A", 1)
    shop.sells(3)
    shop.posts()
    for request, code in (
        (RecallRequest("MILK", "DEF"), "RECALL_OF_DEFAULT_BATCH"),
        (RecallRequest("MILK", "?"), "UNKNOWN_BATCH"),
        (RecallRequest("?", "A"), "UNKNOWN_BATCH"),
        (RecallRequest("MILK", "A", NOON.date(), LONG_AGO.date()), "DATES_REVERSED"),
    ):
        with pytest.raises(BusinessError) as refused:
            recall_batch(request, "test")
        assert refused.value.problems[0].code == code
    assert not RecallLine.objects.exists()


def test_command_and_export_say_the_same(shop: Shop, tmp_path: Path) -> None:
    shop.has("A", 4)
    shop.sells(1, batch="A")
    shop.sells(2, customer="C1")
    shop.posts()
    answer = run("recall", "--item", "MILK", "--batch", "A")
    assert answer.status == 0
    assert (answer.data["certain"], answer.data["probable"], answer.data["possible"]) == (1, 1, 0)
    assert [row["customer"] for row in answer.data["lines"]] == ["", "C1"]
    file = tmp_path / "recall.csv"
    assert run("export_data", "recall", str(file), "--item", "MILK", "--batch", "A").status == 0
    header, *rows = file.read_text(encoding="utf-8").splitlines()
    assert header == "certainty,reason,store,terminal,transaction,line,customer,item,batch,quantity,business_date"
    assert rows == ["certain,CAPTURED,S1,T1,1,1,,MILK,A,1,2024-05-01", "probable,FEFO,S1,T1,2,1,C1,MILK,A,2,2024-05-01"]
    assert run("recall", "--item", "MILK", "--batch", "none").status == 2
    assert run("export_data", "recall", str(file)).status == 2
    assert run("export_data", "on-hand", str(file), "--item", "MILK").status == 2


# -- The simulator -------------------------------------------------------------------------------------------------------------------


@dataclass
class Unit:
    """A piece of milk that knows what it is; `line` is the sale that it went out with."""

    batch: str
    line: LineRef | None = None


@dataclass
class Simulator:
    """Shops whose tills mostly record nothing, and that know the true batch of each unit.

    Receipts are registered on time, late or never (not those of a batch that is asked for); customers bring back what they have, with or
    without their receipt, to any store; tills record batches now and then, and what they record is true.
    """

    shop: Shop
    random: Random
    captures: int
    shelves: dict[str, list[Unit]] = field(default_factory=lambda: defaultdict(list))
    sold: list[tuple[LineRef, str, list[Unit]]] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    captured: dict[LineRef, str] = field(default_factory=dict)
    batches: int = 0

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def day(self, at: datetime) -> None:
        """What happens in a day, in order of the clock; some of it is posted in between."""
        for hour in range(8, 20):
            now = at.replace(hour=hour) + timedelta(minutes=self.random.randrange(50))
            self.random.choice((self.receive, self.sell, self.sell, self.sell, self.take_back))(now)
        if self.chance(70):
            self.shop.posts()

    def receive(self, now: datetime) -> None:
        warehouse = self.random.choice(("W1", "W2"))
        self.batches += 1
        batch = f"L{self.batches}" if self.chance(70) or self.batches < 3 else f"L{self.random.randrange(1, self.batches)}"
        quantity = self.random.randint(1, 5)
        self.shelves[warehouse] += [Unit(batch) for _ in range(quantity)]
        if self.chance(20) and self.batches > 2:
            self.lost.add(batch)
        else:
            self.shop.has(batch, quantity, warehouse=warehouse, received=now)

    def sell(self, now: datetime) -> None:
        store = self.random.choice(("S1", "S2"))
        shelf = self.shelves[f"W{store[1]}"]
        if not shelf:
            return
        self.random.shuffle(shelf)
        count = min(self.random.randint(1, 3), len(shelf))
        units = [shelf.pop() for _ in range(count)]
        if self.chance(self.captures) and not self.lost & {unit.batch for unit in units}:
            units, back = [unit for unit in units if unit.batch == units[0].batch], [unit for unit in units if unit.batch != units[0].batch]
            shelf += back
            known = {row.batch for row in self.shop.pending.receipts} | set(Batch.objects.values_list("number", flat=True))
            ref = self.shop.sells(len(units), batch=units[0].batch if units[0].batch in known else None, store=store, at=now)
            if units[0].batch in known:
                self.captured[ref] = units[0].batch
        else:
            ref = self.shop.sells(len(units), store=store, at=now)
        for unit in units:
            unit.line = ref
        self.sold.append((ref, store, units))

    def take_back(self, now: datetime) -> None:
        if not self.sold:
            return
        ref, _, units = self.random.choice(self.sold)
        if not units:
            return
        unit = units.pop(self.random.randrange(len(units)))
        unit.line = None
        store = self.random.choice(("S1", "S2"))
        # Some say what they bring back of which sale; a part of the rest says so of none.
        linked = ref if self.chance(60) else None
        self.shop.takes_back(linked, 1, store=store, at=now)
        self.shelves[f"W{store[1]}"].append(unit)
        if linked is None:
            # The books do not know whose it was: the sale keeps a unit that is back, which no list can see.
            self.gone[ref] += 1

    gone: Counter[LineRef] = field(default_factory=Counter)

    def truth(self, batch: str) -> set[str]:
        """Sales of which somebody still has a unit of the batch."""
        return {ref.number for ref, _, units in self.sold for unit in units if unit.batch == batch}


@pytest.mark.parametrize("captures", [0, 30, 100])
@pytest.mark.parametrize("seed", range(4))
def test_nothing_possible_is_left_out(seed: int, captures: int, shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """Recall is 1.0 for every batch of every world; the size of *possible* is the price of not recording batches."""
    simulator = Simulator(shop, Random(seed), captures)
    for day in range(5):
        simulator.day(NOON + day * DAY)
    shop.comes_in()
    truths = listed = 0
    for number in sorted(Batch.objects.filter(is_default_batch=False).values_list("number", flat=True)):
        if number in simulator.lost:
            continue
        rows = recalled(number)
        found = {row[2] for row in rows}
        truth = simulator.truth(number)
        assert truth <= found, (number, truth - found)
        certain = {row[2] for row in rows if row[0] == "certain"}
        assert certain <= {ref.number for ref, batch in simulator.captured.items() if batch == number}
        assert {
            ref.number for ref, batch in simulator.captured.items() if batch == number and simulator.truth(number) & {ref.number}
        } <= certain
        truths += len(truth)
        listed += len(found)
    with capsys.disabled():
        sys.stdout.write(f"  seed {seed}, {captures} % recorded: {truths} sales of the batches, {listed} listed\n")


def test_another_item_is_none_of_it(shop: Shop) -> None:
    shop.sells_item("TEA", negative=True)
    shop.has("A", 4)
    shop.has("A", 4, item="TEA")
    shop.rings(line("TEA", 2))
    sale = shop.sells(1)
    shop.posts()
    assert [row[2] for row in recalled("A")] == [sale.number]


# -- Events for partners ---------------------------------------------------------------------------------------------------------------

SCHEMA = next(
    (path for parent in Path(__file__).parents if (path := parent / "shared" / "schemas" / "epcis-2.0.schema.json").exists()), None
)


def events(received: list[ReceivedGoods], sold: list[SoldGoods], batch: str) -> dict[str, Any]:
    moved = [MovedGoods("J1/1", "W1", "W 2", D(2), NOON)]
    return epcis_document(batch, "pcs", received, moved, sold, NOON)


@pytest.mark.skipif(SCHEMA is None, reason="the JSON schema of EPCIS 2.0 by GS1 does not lie beside the repository")
@pytest.mark.parametrize("item", ["MILK", "Ä/1 %", "4006381333931"])
def test_events_are_valid(item: str) -> None:
    """GS1's own schema; it is data of theirs and stands beside the repository."""
    import jsonschema_rs

    assert SCHEMA is not None
    received = [ReceivedGoods("R1/1", "W1", D("4.5"), NOON)]
    sold = [
        SoldGoods("S1/T1/7/1", "S 1", D(1), NOON + HOUR, is_certain=True),
        SoldGoods("CO1/1", "S1", D("0.25"), NOON, is_certain=False),
    ]
    document = events(received, sold, batch_uri(item, "L 1/2"))
    jsonschema_rs.validator_for(SCHEMA.read_text(encoding="utf-8")).validate(json.loads(json.dumps(document)))
    assert [event["eventTime"] for event in document["epcisBody"]["eventList"]] == sorted(
        event["eventTime"] for event in document["epcisBody"]["eventList"]
    )


def test_items_are_named_by_their_gtin_where_they_have_one() -> None:
    assert batch_uri("4006381333931", "L/1") == "https://id.gs1.org/01/04006381333931/10/L%2F1"
    assert batch_uri("4006381333931", "L1") == "https://id.gs1.org/01/04006381333931/10/L1"
    assert batch_uri("MILK", "L/1", "4006381333931") == "https://id.gs1.org/01/04006381333931/10/L%2F1"
    assert batch_uri("MILK", "L 1", "12345") == batch_uri("MILK", "L 1") == "urn:retailhq:batch:MILK:L%201"
