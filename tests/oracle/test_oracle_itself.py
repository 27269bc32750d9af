"""The oracle against answers worked out by hand: the table of acceptance scenarios, and the rules one at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from tests.oracle.building import cash_event, line, pos_transaction
from tests.oracle.oracle import Oracle
from tests.oracle.rows import (
    Customer,
    Item,
    LegalEntity,
    LineRef,
    Receipt,
    Store,
    Transaction,
    UnitConversion,
    Warehouse,
    World,
)
from tests.oracle.worlds import make_world

DAY = date(2024, 5, 1)
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
FALLBACK = {"posting.use_default_batch_id": "true", "posting.default_batch_id": "DEF"}


def a_world(**changes: object) -> World:
    world = World(
        legal_entities=[LegalEntity("LE")],
        warehouses=[Warehouse("W1", "LE"), Warehouse("W2", "LE")],
        stores=[Store("S1", "W1"), Store("S2", "W2"), Store("S3", "W1")],
        customers=[Customer("C1"), Customer("C2")],
        items=[Item("MILK")],
    )
    for name, value in changes.items():
        setattr(world, name, value)
    return world


def goods(batch: str, quantity: str | int, **changes: object) -> Receipt:
    row = Receipt(f"R-{batch}", 1, "W1", "MILK", batch, Decimal(quantity), NOON - timedelta(days=10))
    return replace(row, **changes)  # type: ignore[arg-type]  # the fields are named by the tests below


def run(world: World) -> Oracle:
    oracle = Oracle(world)
    oracle.calculate()
    oracle.post()
    return oracle


def stock(oracle: Oracle, warehouse: str = "W1") -> dict[str, Decimal]:
    return {batch: amount for (at, _, batch), amount in oracle.on_hand().items() if at == warehouse}


def sells(quantity: str | int, number: str = "1", at: datetime = NOON, **changes: object) -> Transaction:
    return pos_transaction("S1", number, at, line("MILK", quantity, **changes))  # type: ignore[arg-type]  # as above


@dataclass(frozen=True)
class Case:
    name: str
    receipts: list[Receipt]
    sale: str
    after: dict[str, str]
    item: Item = field(default_factory=lambda: Item("MILK"))
    warehouse: Warehouse = field(default_factory=lambda: Warehouse("W1", "LE"))
    parameters: dict[str, str] = field(default_factory=dict)
    code: str = ""
    reason: str = ""


NEGATIVE = Item("MILK", negative_physical=True)
JUNE, MAY = date(2024, 6, 30), date(2024, 5, 30)
CASES = [
    Case("1 one batch covers", [goods("A", 10)], "4", {"A": "6"}, reason="FEFO"),
    Case("2 fefo", [goods("A", 3, expires_on=JUNE), goods("B", 5, expires_on=MAY)], "6", {"A": "2"}),
    Case(
        "3 batch number order",
        [goods("A", 3, expires_on=JUNE), goods("B", 5, expires_on=MAY)],
        "4",
        {"B": "4"},
        item=Item("MILK", allocation_policy="batch_number"),
    ),
    Case(
        "fifo",
        [goods("1000", 5), goods("1001", 3, received_at=NOON - timedelta(days=30)), goods("1002", 7)],
        "4",
        {"1000": "4", "1002": "7"},
        item=Item("MILK", allocation_policy="fifo"),
    ),
    Case(
        "lifo",
        [goods("1000", 5), goods("1001", 3), goods("1002", 7, received_at=NOON - timedelta(days=1))],
        "8",
        {"1000": "4", "1001": "3"},
        item=Item("MILK", allocation_policy="lifo"),
    ),
    Case("4 fallback", [], "3", {"DEF": "-3"}, item=NEGATIVE, parameters=FALLBACK, reason="NO_BATCH"),
    Case("5 negative off", [], "3", {}, parameters=FALLBACK, code="NEGATIVE_NOT_ALLOWED"),
    Case("6 switch off", [], "3", {}, item=NEGATIVE, code="NO_VALID_BATCH"),
    Case("7 real batches first", [goods("A", 2)], "5", {"DEF": "-3"}, item=NEGATIVE, parameters=FALLBACK),
    Case(
        "8 expired",
        [goods("A", 9, expires_on=DAY - timedelta(days=1))],
        "1",
        {"A": "9", "DEF": "-1"},
        item=NEGATIVE,
        parameters=FALLBACK,
        reason="EXPIRED",
    ),
    Case("8 twin: expires on the day", [goods("A", 9, expires_on=DAY)], "1", {"A": "8"}, item=NEGATIVE, parameters=FALLBACK),
    Case(
        "8 twin: not sellable on that day",
        [goods("A", 9, expires_on=DAY)],
        "1",
        {"A": "9", "DEF": "-1"},
        item=NEGATIVE,
        parameters=FALLBACK | {"inventory.sellable_on_expiration_date": "false"},
    ),
    Case(
        "9 blocked",
        [goods("A", 9, disposition="blocked")],
        "1",
        {"A": "9", "DEF": "-1"},
        item=NEGATIVE,
        parameters=FALLBACK,
        reason="BLOCKED",
    ),
    Case(
        "11 in another warehouse",
        [goods("A", 9, warehouse="W2")],
        "1",
        {"DEF": "-1"},
        item=NEGATIVE,
        parameters=FALLBACK,
        reason="NO_BATCH",
    ),
    Case(
        "received later",
        [goods("A", 9, received_at=NOON + timedelta(seconds=1))],
        "1",
        {"A": "9", "DEF": "-1"},
        item=NEGATIVE,
        parameters=FALLBACK,
        reason="RECEIVED_LATER",
    ),
    Case("received at that instant", [goods("A", 9, received_at=NOON)], "1", {"A": "8"}, item=NEGATIVE, parameters=FALLBACK),
    Case(
        "received later, but may be used",
        [goods("A", 9, received_at=NOON + timedelta(seconds=1))],
        "1",
        {"A": "8"},
        item=NEGATIVE,
        parameters=FALLBACK | {"inventory.use_batches_received_after_sale": "true"},
    ),
    Case(
        "15 the store's flag",
        [],
        "1",
        {"DEF": "-1"},
        warehouse=Warehouse("W1", "LE", store_negative_physical=True),
        parameters=FALLBACK,
    ),
    Case(
        "20 plates",
        [],
        "1",
        {},
        item=Item("MILK", negative_physical=True, wms_enabled=True),
        warehouse=Warehouse("W1", "LE", wms_enabled=True, location_plate_controlled=True),
        parameters=FALLBACK,
        code="LOCATION_CANNOT_GO_NEGATIVE",
    ),
    Case(
        "20 twin: the item is not WMS-enabled",
        [],
        "1",
        {"DEF": "-1"},
        item=NEGATIVE,
        warehouse=Warehouse("W1", "LE", wms_enabled=True, location_plate_controlled=True),
        parameters=FALLBACK,
    ),
    Case(
        "advanced scope, only the item",
        [],
        "1",
        {},
        item=Item("MILK", negative_physical=True, wms_enabled=True),
        parameters=FALLBACK | {"inventory.default_batch_scope": "advanced"},
        code="DEFAULT_BATCH_OUT_OF_SCOPE",
    ),
    Case(
        "advanced scope, both",
        [],
        "1",
        {"DEF": "-1"},
        item=Item("MILK", negative_physical=True, wms_enabled=True),
        warehouse=Warehouse("W1", "LE", wms_enabled=True),
        parameters=FALLBACK | {"inventory.default_batch_scope": "advanced"},
    ),
    Case("untracked, short", [], "1", {}, item=Item("MILK", batch_tracked=False), code="NEGATIVE_NOT_ALLOWED"),
    Case(
        "untracked, short, negative allowed",
        [],
        "1",
        {"": "-1"},
        item=Item("MILK", batch_tracked=False, negative_physical=True),
        reason="NOT_TRACKED",
    ),
    Case("four decimals", [goods("A", "1.0001")], "0.9999", {"A": "0.0002"}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_sale(case: Case) -> None:
    world = a_world(
        warehouses=[case.warehouse, Warehouse("W2", "LE")],
        items=[case.item],
        receipts=case.receipts,
        transactions=[sells(case.sale)],
        parameters=case.parameters,
    )
    oracle = run(world)
    assert stock(oracle) == {batch: Decimal(amount) for batch, amount in case.after.items()}
    row = oracle.statement_rows()[0]
    if case.code:
        assert (row.post_state, row.failed_state) == ("Customer order created", "Customer order invoiced")
        assert row.codes == {case.code}
        assert oracle.invoices() == {}
    else:
        assert (row.post_state, row.failed_state, row.codes) == ("Posted", "", frozenset())
        assert sum((alloc.quantity for alloc in oracle.allocations()), Decimal(0)) == Decimal(case.sale)
    if case.reason:
        assert [alloc.reasons for alloc in oracle.allocations()] == [{case.reason}]


def test_10_business_date_not_today_decides_on_expiry() -> None:
    after_midnight = datetime(2024, 5, 2, 1, tzinfo=UTC)
    late = a_world(receipts=[goods("A", 5, expires_on=DAY)], transactions=[sells(1, at=after_midnight)], parameters=FALLBACK)
    late.stores[0] = Store("S1", "W1", end_of_business_day=time(4))
    assert stock(run(late)) == {"A": 4}
    late.stores[0] = Store("S1", "W1")
    assert stock(run(late)) == {"A": 5}


def test_17_a_linked_return_gives_back_the_default_batch_first() -> None:
    sale = sells(5)
    back = pos_transaction("S1", "2", NOON + timedelta(days=1), line("MILK", -4, return_of=LineRef("S1", "T1", "1", 1)))
    world = a_world(items=[NEGATIVE], receipts=[goods("A", 2)], transactions=[sale, back], parameters=FALLBACK)
    oracle = run(world)
    assert stock(oracle) == {"A": 1}
    assert [(row.batch, row.quantity) for row in oracle.allocations() if row.transaction == "2"] == [
        ("DEF", Decimal(-3)),
        ("A", Decimal(-1)),
    ]
    assert [(row.quantity, row.open_quantity) for row in oracle.debts()] == [(Decimal(3), Decimal(0))]


def test_18_returns_first() -> None:
    """Sale 1 and return 1 with no stock and no negative: the return of an earlier sale covers the sale."""
    first = sells(1, at=NOON - timedelta(days=1))
    back = line("MILK", -1, return_of=LineRef("S1", "T1", "1", 1))
    both = pos_transaction("S1", "2", NOON, line("MILK", 1), back)
    oracle = run(a_world(receipts=[goods("A", 1)], transactions=[first, both]))
    assert stock(oracle) == {}
    assert {row.post_state for row in oracle.statement_rows()} == {"Posted"}


def test_19_the_failed_group_resumes_alone() -> None:
    world = a_world(
        items=[Item("MILK"), Item("NAILS", batch_tracked=False)],
        receipts=[Receipt("R", 1, "W1", "NAILS", "", Decimal(9), NOON)],
        transactions=[sells(1), pos_transaction("S1", "2", NOON, line("NAILS", 2), customer="C1")],
    )
    oracle = run(world)
    row = oracle.statement_rows()[0]
    assert (row.failed_state, row.codes) == ("Customer order invoiced", frozenset({"NO_VALID_BATCH"}))
    assert oracle.on_hand() == {("W1", "NAILS", ""): 7}
    oracle.import_more(receipts=[goods("A", 3)])
    oracle.post()
    assert oracle.statement_rows()[0].post_state == "Posted"
    assert oracle.on_hand() == {("W1", "NAILS", ""): 7, ("W1", "MILK", "A"): 2}


def test_21_boxes_are_pieces_on_the_shelf() -> None:
    world = a_world(
        items=[NEGATIVE],
        conversions=[UnitConversion("", "box", "pcs", Decimal(12))],
        receipts=[goods("A", 20)],
        transactions=[sells(2, unit="box")],
        parameters=FALLBACK,
    )
    assert stock(run(world)) == {"DEF": -4}


def test_captured_batches_come_before_inferred_lines() -> None:
    inferred, captured = sells(2), sells(3, "2", NOON + timedelta(hours=1), batch="A")
    oracle = run(a_world(items=[NEGATIVE], receipts=[goods("A", 3)], transactions=[inferred, captured], parameters=FALLBACK))
    assert stock(oracle) == {"DEF": -2}
    short = sells(5, "2", batch="A")
    oracle = run(a_world(receipts=[goods("A", 3)], transactions=[short], parameters=FALLBACK))
    assert oracle.statement_rows()[0].codes == {"CAPTURED_BATCH_SHORT"}
    oracle = run(a_world(items=[NEGATIVE], receipts=[goods("A", 3, disposition="blocked")], transactions=[short]))
    assert stock(oracle) == {"A": -2}


@pytest.mark.parametrize(
    ("parameters", "outcome"),
    [
        ({}, "DEFAULT_BATCH_NOT_SET"),
        (FALLBACK, ""),
        (FALLBACK | {"inventory.default_batch_scope": "advanced"}, "DEFAULT_BATCH_OUT_OF_SCOPE"),
    ],
)
def test_blind_returns(parameters: dict[str, str], outcome: str) -> None:
    oracle = run(a_world(transactions=[sells(-2)], parameters=parameters))
    assert oracle.statement_rows()[0].codes == ({outcome} if outcome else set())
    assert stock(oracle) == ({} if outcome else {"DEF": 2})
    assert oracle.debts() == []


def test_the_earliest_failing_order_goes_and_its_goods_are_free() -> None:
    """Milk for one order: the first order wants it together with nails that are missing; the second then gets it."""
    world = a_world(
        items=[Item("MILK"), Item("NAILS", batch_tracked=False)],
        receipts=[goods("A", 1)],
        transactions=[
            pos_transaction("S1", "1", NOON, line("MILK", 1), line("NAILS", 1), customer="C1"),
            pos_transaction("S1", "2", NOON + timedelta(minutes=1), line("MILK", 1), customer="C2"),
        ],
    )
    oracle = run(world)
    assert [row.transaction for row in oracle.allocations()] == ["2"]
    assert oracle.statement_rows()[0].codes == {"NEGATIVE_NOT_ALLOWED"}


def test_a_return_waits_for_its_sale() -> None:
    sale = sells(1, at=NOON)
    ref = LineRef("S1", "T1", "1", 1)
    other_house = replace(pos_transaction("S2", "2", NOON, line("MILK", -1, return_of=ref)))
    oracle = Oracle(a_world(receipts=[goods("A", 1)], transactions=[sale, other_house]))
    assert oracle.calculate() == 1
    oracle.post()
    assert oracle.calculate() == 0
    oracle.post()
    assert oracle.on_hand() == {("W2", "MILK", "A"): 1}


def test_a_return_of_a_failed_sale_fails_with_it() -> None:
    sale = sells(1)
    back = pos_transaction("S1", "2", NOON + timedelta(hours=1), line("MILK", -1, return_of=LineRef("S1", "T1", "1", 1)), customer="C1")
    oracle = run(a_world(transactions=[sale, back]))
    assert oracle.statement_rows()[0].codes == {"NO_VALID_BATCH", "RETURN_OF_UNPOSTED_SALE"}
    oracle.import_more(receipts=[goods("A", 1)])
    oracle.post()
    assert stock(oracle) == {"A": 1}


def test_a_same_day_return_is_seated_behind_its_sale() -> None:
    """Stock 1: sold, brought back, sold again, all on one day; and the same with the return's clock running behind."""
    for back_at in (NOON + timedelta(hours=1), NOON - timedelta(hours=1)):
        ref = LineRef("S1", "T1", "1", 1)
        world = a_world(
            receipts=[goods("A", 1)],
            transactions=[
                sells(1),
                pos_transaction("S1", "2", back_at, line("MILK", -1, return_of=ref)),
                sells(1, "3", NOON + timedelta(hours=2)),
            ],
        )
        oracle = run(world)
        assert oracle.statement_rows()[0].post_state == "Posted"
        assert stock(oracle) == {}


def test_orders_are_cut_by_customer_and_by_lines_but_never_through_a_receipt() -> None:
    rows = [pos_transaction("S1", str(n), NOON + timedelta(minutes=n), *[line("MILK", 1)] * 2) for n in range(3)]
    rows.append(pos_transaction("S1", "9", NOON, line("MILK", 1), line("MILK", 1, voided=True), customer="C1"))
    world = a_world(receipts=[goods("A", 99)], transactions=rows, parameters={"posting.max_lines_per_order": "4"})
    assert _groups(run(world)) == [["0", "1"], ["2"], ["9"]]
    world.parameters["posting.max_lines_per_order"] = "1"
    assert _groups(run(world)) == [["0"], ["1"], ["2"], ["9"]]
    world.parameters = {"posting.aggregate_lines": "false"}
    assert sorted(_groups(run(world))) == [["0"], ["1"], ["2"], ["9"]]


def _groups(oracle: Oracle) -> list[list[str]]:
    return [[row.number for row in order.transactions] for order in oracle.statements[0].orders or ()]


def test_late_transactions_get_a_supplement() -> None:
    oracle = Oracle(a_world(receipts=[goods("A", 9)], transactions=[sells(1)]))
    oracle.calculate()
    oracle.calculate()
    oracle.import_more(transactions=[sells(2, "2")])
    oracle.calculate()
    assert [(row.business_date, row.transactions) for row in oracle.statement_rows()] == [(DAY, 1), (DAY, 1)]


def test_counting_differences() -> None:
    rows = [sells(2), cash_event("S1", "2", NOON, "float", "100"), cash_event("S1", "3", NOON, "bank_drop", "50")]
    sound = cash_event("S1", "4", NOON, "tender_declaration", "53.18")
    oracle = run(a_world(receipts=[goods("A", 9)], transactions=[*rows, sound]))
    assert oracle.tender_differences(oracle.statements[0]) == {"cash": 0}
    assert oracle.statement_rows()[0].post_state == "Posted"
    wrong = cash_event("S1", "4", NOON, "tender_declaration", "93.18")
    oracle = run(a_world(receipts=[goods("A", 9)], transactions=[*rows, wrong]))
    assert oracle.statement_rows()[0].failed_state == "Checked"
    assert oracle.allocations() == []


INVALID: list[tuple[str, Callable[[Transaction], Transaction]]] = [
    ("H03", lambda row: replace(row, customer="NOBODY")),
    ("H07", lambda row: replace(row, net=row.net + 1, tax=row.tax - 1)),
    ("H14", lambda row: replace(row, payments=())),
    ("H13", lambda row: pos_transaction("S1", "1", NOON)),
    ("L04", lambda row: pos_transaction("S1", "1", NOON, line("CHEESE", 1))),
    ("L07", lambda row: pos_transaction("S1", "1", NOON, replace(line("MILK", 1), price=Decimal("-1.50")))),
    ("L10", lambda row: pos_transaction("S1", "1", NOON, replace(line("MILK", 1), quantity=Decimal(-1)))),
    ("L13", lambda row: pos_transaction("S1", "1", NOON, line("MILK", 1, unit="pallet"))),
    ("B01", lambda row: pos_transaction("S1", "1", NOON, line("MILK", 1, batch="X"))),
    ("L16", lambda row: pos_transaction("S1", "1", NOON, line("MILK", -1, return_of=LineRef("S1", "T1", "77", 1)))),
    ("L17", lambda row: pos_transaction("S1", "2", NOON, line("MILK", -2, return_of=LineRef("S1", "T1", "1", 1)))),
]


@pytest.mark.parametrize(("code", "spoil"), INVALID, ids=[code for code, _ in INVALID])
def test_invalid_transactions_stay_off_the_statement(code: str, spoil: Callable[[Transaction], Transaction]) -> None:
    good = sells(1)
    world = a_world(transactions=[good])
    assert Oracle(world).errors(good) == set()
    bad = spoil(good)
    world.transactions = [good, bad] if bad.key != good.key else [bad]
    oracle = Oracle(world)
    assert code in oracle.errors(bad)
    oracle.calculate()
    assert all(bad not in statement.transactions for statement in oracle.statements)


@pytest.mark.parametrize("seed", range(20))
def test_the_oracle_does_not_depend_on_the_order_of_rows(seed: int) -> None:
    story = make_world(seed, 20)
    straight = run(story.world)
    for name in ("receipts", "transactions", "items", "stores", "warehouses"):
        getattr(story.world, name).reverse()
    reversed_ = run(story.world)
    assert straight.on_hand() == reversed_.on_hand()
    assert set(straight.allocations()) == set(reversed_.allocations())
    assert sorted(straight.statement_rows(), key=repr) == sorted(reversed_.statement_rows(), key=repr)


@pytest.mark.parametrize("seed", range(20))
def test_the_oracle_keeps_its_own_laws(seed: int) -> None:
    """Every posted line is covered exactly; no batch gives more than it has, unless an instruction of the till says so."""
    oracle = run(make_world(seed, 20).world)
    stock = oracle.on_hand()
    captured = {(row.warehouse, row.item, row.batch) for row in oracle.allocations() if row.source == "captured"}
    for (warehouse, item, batch), amount in stock.items():
        if amount < 0 and batch not in ("", "DEF"):
            assert (warehouse, item, batch) in captured
    for statement in oracle.statements:
        for order in statement.orders or ():
            for row in order.transactions:
                for line_ in row.lines:
                    taken = oracle.takes.get(LineRef(*row.key, line_.number), [])
                    assert bool(taken) == (order.invoiced and not line_.voided and line_.quantity != 0)
