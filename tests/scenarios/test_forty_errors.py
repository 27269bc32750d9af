"""A day with forty errors of all kinds is brought to Posted by the commands of the contract alone: no page, no database, no engineer."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ledger.models import FiscalPeriod
from tests.oracle.building import line, pos_transaction
from tests.oracle.commands import DONE, PARTLY, Answer, run
from tests.oracle.files import write_world
from tests.oracle.rows import Customer, Payment, Transaction, World
from tests.scenarios.test_bad_transactions import CHANGES
from tests.scenarios.world import NOON, TODAY, Shop, milk

# What is corrected in place: the field of the file of corrections and its new value; all others are sent again (--replace).
IN_PLACE: dict[str, tuple[str, str, str]] = {
    "unknown customer": ("", "customer", ""),
    "underpaid": ("", "payment:1:amount", "{total}"),
    "overpaid": ("", "payment:1:amount", "{total}"),
    "unknown item": ("1", "item", "MILK"),
    "negative price": ("1", "price", "1.50"),
    "sign": ("1", "quantity", "2"),
    "unit": ("1", "unit", "pcs"),
    "unknown batch": ("1", "batch", ""),
}
HEAD = "store,terminal,transaction,line,field,value,reason\n"


def good(number: int, at: int | None = None) -> Transaction:
    return pos_transaction("S1", str(number), NOON + timedelta(minutes=number if at is None else at), milk(2), line("NAILS", 1))


@pytest.fixture
def ready(shop: Shop) -> Shop:
    shop.sells_item()
    shop.sells_item("NAILS", tracked=False)
    shop.sells_item("CREAM")
    shop.has("A", 40)
    shop.has("", 500, item="NAILS")
    shop.comes_in()
    return shop


def sends(shop: Shop, rows: list[Transaction], *how: str) -> Answer:
    """The file of transactions, which may have rows that are refused."""
    shop.steps += 1
    ((kind, path),) = write_world(shop.folder / f"in{shop.steps}", World(transactions=rows))
    return run("import_data", kind, str(path), *how)


def corrects(shop: Shop, rows: list[str]) -> Answer:
    shop.steps += 1
    path = Path(shop.folder / f"corrections{shop.steps}.csv")
    path.write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return run("correct_transactions", str(path))


def test_a_day_with_forty_errors_of_all_kinds_is_posted_by_commands_alone(ready: Shop) -> None:
    shop = ready
    shop.journal.not_followed("transactions are corrected and sent again")
    wrong = [(name, codes, change) for name, codes, change in CHANGES if codes]
    # Every kind of wrong ticket, twice; three good ones beside them.
    fine = [good(number) for number in (1, 2, 3)]
    bad = {100 + place: (name, change(good(100 + place))) for place, (name, _, change) in enumerate([*wrong, *wrong])}
    twice = [replace(good(200 + place, at=1 + place), lines=fine[place].lines) for place in range(2)]
    empty = pos_transaction("S1", "210", NOON + timedelta(minutes=210))
    early = pos_transaction("S1", "211", NOON - timedelta(days=31), milk(1))
    ahead = pos_transaction("S1", "212", NOON + timedelta(days=40000), milk(1))
    no_stock = [pos_transaction("S1", str(220 + place), NOON + timedelta(minutes=220 + place), line("CREAM", 1)) for place in range(4)]
    captured = pos_transaction("S1", "230", NOON + timedelta(minutes=230), milk(50, batch="A"))
    late_buyer = [
        pos_transaction("S1", str(240 + place), NOON + timedelta(minutes=240 + place), milk(1), customer=f"C{8 + place}")
        for place in range(2)
    ]
    assert run("close_period", "LE", f"{early.sold_at:%Y-%m}").status == DONE
    sent = [*fine, *(row for _, row in bad.values()), *twice, empty, early, ahead, *no_stock, captured, *late_buyer]
    assert sends(shop, sent).status == DONE
    # Sent again with other content, and to a store that there is not.
    conflicts = [replace(fine[0], payments=(Payment(1, "card", fine[0].total),)), replace(fine[1], staff="77")]
    assert sends(shop, [*conflicts, replace(good(250), store="S9")]).status == PARTLY
    shop.transactions_made = 900  # numbers of the till go on behind those above
    shop.till_event("tender_declaration", "9999.00")
    shop.comes_in()
    run("validate_transactions")
    problems = {(row["transaction"], row["code"]) for row in shop.exports("problems")}
    stops = 4 + 1 + 1  # goods that are not there, a captured batch that is short, a count that differs
    assert len({number for number, _ in problems}) + len(conflicts) + 1 + stops >= 40
    shop.calculates()
    assert run("post_statements", "--inline").status == PARTLY

    # 1. Tickets: in place where one field is wrong, sent again where sums are.
    rows, again = [], []
    for number, (name, row) in bad.items():
        if name in IN_PLACE:
            place, field, value = IN_PLACE[name]
            rows.append(f"S1,T1,{number},{place},{field},{value.format(total=row.total)},wrong at the till")
        else:
            again.append(good(number))
    rows += [f"S1,T1,{row.number},,discarded,true,rung up twice" for row in (*twice, empty)]
    rows.append(f"S1,T1,211,,business_date,{TODAY},the month is closed")
    rows.append(f"S1,T1,212,,business_date,{TODAY},the clock of the till was wrong")
    answer = corrects(shop, rows)
    assert answer.status in (DONE, PARTLY), answer
    assert sends(shop, [*again, *conflicts], "--replace").status in (DONE, PARTLY)
    shop.pending.customers += [Customer("C8"), Customer("C9")]
    shop.comes_in()
    # 2. Goods that came in and nobody registered; what was sold in the closed month was there, whatever its papers say.
    shop.parameters(inventory__use_batches_received_after_sale="true")
    shop.has("C", 10, item="CREAM")
    shop.has("A", 200)
    shop.comes_in()
    # 3. What was counted.
    shop.calculates()
    run("post_statements", "--inline")
    for drawer in shop.exports("counts"):
        if drawer["difference"] not in {"0", ""}:
            counted = ("--store", "S1", "--terminal", drawer["terminal"], "--date", drawer["date"], "--method", drawer["method"])
            assert run("count_tender", *counted, "--amount", drawer["expected"], "--reason", "counted again").status == DONE
    shop.calculates()
    answer = run("post_statements", "--inline")
    assert answer.status == DONE, str(answer.data)
    left = [row for row in shop.exports("problems") if row["severity"] == "error"]
    assert {row["transaction"] for row in left} <= {row.number for row in (*twice, empty)}, left
    shop.must_be_posted()
    assert run("check_integrity").status == DONE
    assert {row["post_state"] for row in shop.exports("statements")} == {"Posted"}
    posted = {row["transaction"] for row in shop.exports("allocations")}
    assert {str(number) for number in bad} <= posted
    assert FiscalPeriod.objects.filter(status="closed").exists()
    assert Decimal(shop.statement()["total"]) > 0
