"""The derived files: exact formats and sums, the same bytes twice, and supplies that make the posting come out as announced."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from retailhq.demo.deliveries import Fate, fate_of, window_of
from retailhq.demo.stores import FULL_SUPPLY, Slice, plan_store
from tests.retailhq.demo import made_up
from tests.retailhq.demo.made_up import WEEK, RowSource, derived, market, raw, table, transactions

FILES = {
    *("legal-entities.csv", "warehouses.csv", "stores.csv", "customers.csv", "items.csv", "transactions.ndjson"),
    *("receipts.csv", "receipts-late.csv", "receipts-fallback-off.csv", "refused.csv"),
    *("customer-orders.ndjson", "receipts-orders.csv"),
}
BIG = Slice(first_day=date(2017, 3, 6), days=14, stores=8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Derive a market of nine stores and two weeks once."""
    folder = tmp_path_factory.mktemp("derived")
    derived(folder, market(stores=tuple(range(300, 309)), baskets=12), BIG)
    return folder


def test_the_same_call_writes_the_same_bytes(tmp_path: Path) -> None:
    first, second = derived(tmp_path / "a"), derived(tmp_path / "b")
    assert first == second
    assert {path.name for path in (tmp_path / "a").iterdir()} == FILES
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_a_store_is_derived_the_same_way_alone_and_among_others(tmp_path: Path) -> None:
    derived(tmp_path / "few", wanted=replace(WEEK, stores=1, with_stop_store=False))
    derived(tmp_path / "many", wanted=replace(WEEK, stores=3))
    few, many = transactions(tmp_path / "few"), transactions(tmp_path / "many")
    store = few[0]["store"]
    assert few == [ticket for ticket in many if ticket["store"] == store]
    assert {row["store"] for row in table(tmp_path / "many" / "stores.csv")} > {store}


def test_columns_are_those_of_the_contract(folder: Path) -> None:
    header = {name: (folder / name).read_text(encoding="utf-8").splitlines()[0] for name in FILES if name.endswith(".csv")}
    assert header["legal-entities.csv"] == "legal_entity,name,currency"
    assert header["warehouses.csv"] == "warehouse,name,site,legal_entity,wms_enabled,store_negative_physical"
    assert header["stores.csv"] == "store,name,warehouse,currency,time_zone,end_of_business_day"
    assert header["customers.csv"] == "customer,name,blocked"
    assert header["items.csv"] == (
        "item,name,item_group,unit,batch_tracked,negative_physical,wms_enabled,allocation_policy,shelf_life_days,standard_cost"
    )
    receipts = "receipt,line,warehouse,item,batch,quantity,unit_cost,received_at,manufactured_on,expires_on,disposition"
    assert {header["receipts.csv"], header["receipts-late.csv"], header["receipts-fallback-off.csv"]} == {receipts}
    ticket = transactions(folder)[0]
    assert set(ticket) - {"business_date"} == {
        *("store", "terminal", "number", "kind", "sold_at", "currency", "customer", "staff", "lines", "payments"),
        *("net", "tax", "total"),
    }


def test_sums_are_exact(folder: Path) -> None:
    for ticket in transactions(folder):
        net, tax, total = (Decimal(ticket[name]) for name in ("net", "tax", "total"))
        assert net + tax == total
        if ticket["kind"] in ("sale", "income", "expense"):
            assert sum(Decimal(payment["amount"]) for payment in ticket["payments"]) == total
        if ticket["kind"] == "sale":
            assert ticket["lines"]
            assert sum(Decimal(line["net"]) for line in ticket["lines"]) == net
            assert sum(Decimal(line["tax"]) for line in ticket["lines"]) == tax
        for line in ticket["lines"]:
            quantity, price = Decimal(line["quantity"]), Decimal(line["price"])
            gross = Decimal(line["net"]) + Decimal(line["discount"])
            assert not quantity or abs(quantity * price - gross) <= abs(quantity) * Decimal("0.0000005")


def test_keys_are_unique_and_references_resolve(folder: Path) -> None:
    tickets = {(ticket["store"], ticket["terminal"], ticket["number"]): ticket for ticket in transactions(folder)}
    assert len(tickets) == len(transactions(folder))
    items, customers = ({row[name] for row in table(folder / f"{name}s.csv")} for name in ("item", "customer"))
    for ticket in tickets.values():
        assert ticket["customer"] is None or ticket["customer"] in customers
        for line in ticket["lines"]:
            assert line["item"] in items
            if origin := line["return_of"]:
                sold = tickets[origin["store"], origin["terminal"], origin["number"]]
                original = sold["lines"][origin["line"] - 1]
                assert original["item"] == line["item"]
                assert Decimal(original["quantity"]) >= -Decimal(line["quantity"])
                assert datetime.fromisoformat(sold["sold_at"]) < datetime.fromisoformat(ticket["sold_at"])
    receipts = [(row["receipt"], row["line"]) for row in all_receipts(folder)]
    assert len(receipts) == len(set(receipts))


def all_receipts(folder: Path) -> list[dict[str, str]]:
    """Read the three receipts files."""
    names = ("receipts.csv", "receipts-late.csv", "receipts-fallback-off.csv")
    return [row for name in names for row in table(folder / name)]


def test_receipts_keep_tracked_and_untracked_items_apart(folder: Path) -> None:
    tracked = {row["item"]: row["batch_tracked"] == "true" for row in table(folder / "items.csv")}
    batches: dict[tuple[str, str], set[tuple[str, str, str]]] = defaultdict(set)
    for row in all_receipts(folder):
        assert (row["batch"] != "") == (row["expires_on"] != "") == tracked[row["item"]]
        assert Decimal(row["quantity"]) > 0
        assert Decimal(row["unit_cost"]) >= 0
        assert datetime.fromisoformat(row["received_at"]).utcoffset() is not None
        batches[row["item"], row["batch"]].add((row["manufactured_on"], row["expires_on"], row["disposition"]))
    assert all(len(facts) == 1 for facts in batches.values()), "a batch has the same dates and disposition wherever it is delivered"


def test_every_kind_of_transaction_occurs(folder: Path) -> None:
    tickets = transactions(folder)
    kinds = Counter(ticket["kind"] for ticket in tickets)
    assert set(kinds) == {"sale", "float", "income", "expense", "bank_drop", "tender_declaration"}
    returned = [line for ticket in tickets for line in ticket["lines"] if line["quantity"].startswith("-")]
    assert {line["return_of"] is None for line in returned} == {True, False}
    assert any(line["batch"] for ticket in tickets for line in ticket["lines"])


def test_declarations_are_off_by_cents_only(folder: Path) -> None:
    """A difference of more than 10.00 would stop the statement."""
    signs = {"sale": 1, "float": 1, "income": 1, "expense": -1, "bank_drop": -1}
    expected: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    counted: dict[tuple[str, str, str], Decimal] = {}
    closing = {row["store"]: row["end_of_business_day"] for row in table(folder / "stores.csv")}
    for ticket in transactions(folder):
        day = ticket.get("business_date") or business_date(ticket, closing[ticket["store"]])
        for payment in ticket["payments"]:
            key = (ticket["store"], day, payment["method"])
            if ticket["kind"] == "tender_declaration":
                counted[key] = Decimal(payment["amount"])
            else:
                expected[key] += signs[ticket["kind"]] * Decimal(payment["amount"])
    differences = {key: amount - expected[key] for key, amount in counted.items()}
    assert {key[2] for key, difference in differences.items() if difference} == {"cash"}
    assert all(abs(difference) < 1 for difference in differences.values())
    assert {key[1] for key in counted} == {key[1] for key in expected}


def business_date(ticket: dict[str, Any], closing: str) -> str:
    """Work out the business date as the import does."""
    local = datetime.fromisoformat(ticket["sold_at"])
    return (local.date() - timedelta(days=local.strftime("%H:%M") < closing)).isoformat()


def test_the_stop_store_misses_exactly_one_item(folder: Path) -> None:
    entities = {row["warehouse"]: row["legal_entity"] for row in table(folder / "warehouses.csv")}
    (warehouse,) = [code for code, entity in entities.items() if entity == "CJX"]
    (store,) = [row["store"] for row in table(folder / "stores.csv") if row["warehouse"] == warehouse]
    (missing,) = table(folder / "receipts-fallback-off.csv")
    tracked = {row["item"] for row in table(folder / "items.csv") if row["batch_tracked"] == "true"}
    tickets = [ticket for ticket in transactions(folder) if ticket["store"] == store]
    sold = {line["item"] for ticket in tickets for line in ticket["lines"] if Decimal(line["quantity"]) > 0}
    delivered = {row["item"] for row in table(folder / "receipts.csv") if row["warehouse"] == warehouse}
    assert missing["warehouse"] == warehouse
    assert missing["item"] in sold & tracked
    assert sold - delivered == {missing["item"]}
    assert len({ticket.get("business_date") for ticket in tickets if "business_date" in ticket}) == 1
    assert not any(line["quantity"].startswith("-") for ticket in tickets for line in ticket["lines"])


def test_strict_and_untracked_items_are_always_delivered_on_time() -> None:
    source = market()
    plan = plan_store(367, WEEK)
    items = [made_item(code) for code in range(2_000)]
    fates = Counter((item.strict or not item.tracked, fate_of(plan, item, window_of(item, plan.first_day))) for item in items)
    assert {fate for safe, fate in fates if safe} == {Fate.ON_TIME}
    assert {fate for safe, fate in fates if not safe} == {Fate.ON_TIME, Fate.SHORT, Fate.MIDWEEK, Fate.LATE, Fate.NEVER}
    full = replace(plan, supply=FULL_SUPPLY)
    assert {fate_of(full, item, window_of(item, plan.first_day)) for item in items} == {Fate.ON_TIME}
    assert source.catalogue


def made_item(code: int) -> Any:
    """Make an item of alternating sort."""
    from retailhq.demo.catalogue import ItemSales, build_item

    product = made_up.PRODUCTS[code % 2]._replace(product=code)
    return build_item(code, product, ItemSales(1, 1, [1_000_000]))


@pytest.mark.parametrize(
    ("life", "first", "last"),
    [(None, 0, 6), (180, 0, 6), (5, 0, 2), (3, 2, 2)],
)
def test_windows_follow_the_shelf_life(life: int | None, first: int, last: int) -> None:
    item = replace(made_item(1), shelf_life=life)
    monday, wednesday = date(2017, 3, 6), date(2017, 3, 8)
    assert window_of(item, wednesday) == (monday + timedelta(days=first), monday + timedelta(days=last))
    assert [window_of(replace(item, shelf_life=5), monday + timedelta(days=day)).first.day for day in range(8)] == [6, 6, 6, 9, 9, 9, 9, 13]


def test_dirt_is_counted_and_refusals_are_listed(tmp_path: Path) -> None:
    rows = (*market().rows, raw(made_up.TUNA, 1, -1.0, basket=77, stamp=made_up.MONDAY + timedelta(days=30)))
    source = RowSource(rows, made_up.PRODUCTS)
    result = derived(tmp_path, source, Slice(first_day=date(2017, 3, 6), days=60, stores=3))
    assert result.dirt["fuel_in_thousandths"] == result.dirt["paper_coupon"] == result.dirt["prepaid_fuel"] == 3 * 14
    assert result.dirt["unlisted_product"] == result.dirt["zero_value"] == 3 * 14
    assert result.refused == {"contradicting_signs": 1}
    assert table(tmp_path / "refused.csv") == [{"transaction": "77", "item": "102", "reason": "contradicting_signs"}]


def test_a_slice_without_tickets_and_unsorted_tickets_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no tickets"):
        derived(tmp_path, wanted=replace(WEEK, first_day=date(2020, 1, 1)))
    late = tuple(reversed(market(days=40).rows))
    with pytest.raises(ValueError, match="order of time"):
        derived(tmp_path, RowSource(late, made_up.PRODUCTS), replace(WEEK, days=40))
