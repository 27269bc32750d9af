"""Small worlds that are as unpleasant as the rules allow, from a seed or from Hypothesis.

One maker serves both: Hypothesis hands it a `Random` whose draws it controls, so that a failing world shrinks.
What the normative text leaves open (several returns racing for more than was sold, batches whose receipts disagree, which of
two warehouses that take back one line comes first) is not made here; the scenarios say what is expected of such cases.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from hypothesis import strategies as st

from tests.oracle.building import cash_event, cents
from tests.oracle.oracle import Oracle
from tests.oracle.rows import (
    Customer,
    Disposition,
    Item,
    LegalEntity,
    Line,
    LineRef,
    Payment,
    Phase,
    Receipt,
    Store,
    Transaction,
    UnitConversion,
    Warehouse,
    World,
)

ZERO = Decimal(0)
# The worlds that every run of the suite tries; each rule, read wrongly, shows in two of them or more (test_worlds_have_teeth).
SEEDS = (144, 89, 37, 42, 253, 157, 191, 71, 58, 118, 19, 2)
SIZE = 30
# The night in which New York loses an hour lies in the middle.
DAYS = [date(2024, 3, 9) + timedelta(days=n) for n in range(3)]
HOURS = [time(0, 30), time(3, 59), time(4, 0), time(11, 0), time(12, 0), time(12, 0, 1), time(18, 0), time(23, 59)]
ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata"]
POLICIES = ["fefo", "fifo", "lifo", "batch_number"]
BATCHES = ["B1", "B10", "B2", "a", "Ä7"]
EVENTS = [
    ("income", "7.00"),
    ("expense", "3.50"),
    ("expense", "-1.00"),
    ("float", "100.00"),
    ("bank_drop", "20.00"),
    ("safe_drop", "5.00"),
    ("removal", "1.00"),
]
METHODS = ["cash", "card", "voucher"]


@dataclass
class Story:
    """A world, and what comes to light after its first posting."""

    world: World
    later: Phase
    prefix: str = ""
    # The first run may stop at a date, and may post some stores before the others.
    through: date | None = None
    first_stores: list[str] = field(default_factory=list)


@dataclass
class _Maker:
    random: Random
    size: int
    prefix: str
    world: World = field(default_factory=World)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    # Quantities of sold lines that a return may still name, in the unit of the line.
    returnable: dict[LineRef, tuple[Transaction, Line, Decimal]] = field(default_factory=dict)
    # The warehouse that takes a line back.
    returned_to: dict[LineRef, str] = field(default_factory=dict)

    # -- small choices ---------------------------------------------------------------------------------------------

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def name(self, short: str) -> str:
        return f"{self.prefix}{short}"

    def quantity(self) -> Decimal:
        if self.chance(15):
            return Decimal(self.random.choice(("0.0001", "0.25", "1.3333", "2.5000")))
        return Decimal(self.random.randint(1, 5))

    def quantity_in(self, unit: str) -> Decimal:
        """Boxes come whole, so that no conversion needs rounding."""
        return Decimal(self.random.randint(1, 2)) if unit == "box" else self.quantity()

    def instant(self, days: list[date]) -> datetime:
        return datetime.combine(self.random.choice(days), self.random.choice(HOURS), UTC)

    # -- master data -----------------------------------------------------------------------------------------------

    def masters(self) -> None:
        world = self.world
        legal_entity = self.name("LE")
        world.legal_entities = [LegalEntity(legal_entity, "Foods, Inc.")]
        world.warehouses = [
            Warehouse(
                self.name(code),
                legal_entity,
                name=f'Store "{code}"',
                wms_enabled=self.chance(40),
                store_negative_physical=self.chance(30),
                location_plate_controlled=self.chance(30),
            )
            for code in ("W1", "W2", "w3")[: self.random.randint(2, 3)]
        ]
        homes = [0, 0, 1, len(world.warehouses) - 1]
        world.stores = [
            Store(
                self.name(code),
                world.warehouses[home].warehouse,
                time_zone=self.random.choice(ZONES),
                end_of_business_day=self.random.choice((time(0, 0), time(0, 0), time(4, 0))),
            )
            for code, home in zip(("S10", "S2", "s1", "T"), homes, strict=True)
        ]
        world.customers = [Customer(self.name("C1"), "Käufer"), Customer(self.name("c2"))]
        world.dispositions = [
            Disposition(self.name("recall"), blocks_sale=True),
            Disposition(self.name("sale"), blocks_sale=False),
        ]
        world.items = [self.item(code) for code in ("I1", "I2", "I 3", "i4")[: self.random.randint(2, 4)]]
        world.conversions = [UnitConversion("", "box", "pcs", Decimal(6))]
        if self.chance(50):
            own = self.random.choice(world.items).item
            world.conversions.append(UnitConversion(own, "box", "pcs", Decimal("2.5")))
        world.parameters = self.parameters()

    def item(self, code: str) -> Item:
        return Item(
            self.name(code),
            name=f"Item, {code}",
            batch_tracked=self.chance(80),
            negative_physical=self.chance(50),
            wms_enabled=self.chance(40),
            allocation_policy=self.random.choice(POLICIES),
            standard_cost=Decimal(self.random.choice(("1.00", "0.333333", "2.005", "0"))),
        )

    def parameters(self) -> dict[str, str]:
        flag = {True: "true", False: "false"}
        return {
            "posting.use_default_batch_id": flag[self.chance(70)],
            "posting.default_batch_id": "DEF",
            "customer_orders.use_default_batch_id": flag[self.chance(50)],
            "customer_orders.default_batch_id": "CODEF",
            "inventory.default_batch_scope": self.random.choice(("all", "all", "advanced")),
            "inventory.sellable_on_expiration_date": flag[self.chance(70)],
            "inventory.use_batches_received_after_sale": flag[self.chance(30)],
            "posting.aggregate_lines": flag[self.chance(60)],
            "posting.max_lines_per_order": str(self.random.choice((1, 3, 5, 1000))),
            "statements.max_difference": "10.00",
            "statements.disable_counting": flag[self.chance(30)],
        }

    # -- goods in --------------------------------------------------------------------------------------------------

    def receipts(self) -> None:
        for item in self.world.items:
            for batch in self.some_batches(item):
                for home in self.world.warehouses:
                    for _ in range(self.random.choice((0, 1, 1, 1, 2))):
                        self.receive(item, batch, home.warehouse)

    def some_batches(self, item: Item) -> list[Receipt]:
        """One model receipt per batch: its dates and disposition are the same wherever the batch arrives."""
        if not item.batch_tracked:
            return [Receipt("", 1, "", item.item, "", ZERO, datetime.combine(DAYS[0], time(), UTC))]
        return [
            Receipt(
                "",
                1,
                "",
                item.item,
                number,
                ZERO,
                datetime.combine(DAYS[0], time(), UTC),
                expires_on=self.random.choice((None, *DAYS, DAYS[0] - timedelta(days=1), DAYS[-1] + timedelta(days=9))),
                disposition=self.random.choice(
                    ("", "", "", "", "", "", "available", "blocked", "inspect", self.name("recall"), self.name("sale"))
                ),
            )
            for number in self.random.sample(BATCHES, self.random.randint(0, 4))
        ]

    def receive(self, item: Item, model: Receipt, warehouse: str) -> None:
        long_ago = datetime.combine(DAYS[0] - timedelta(days=self.random.randint(1, 3)), time(8), UTC)
        count = len(self.world.receipts)
        self.world.receipts.append(
            replace(
                model,
                receipt=self.name(f"R{count // 3}"),
                line=count % 3 + 1,
                warehouse=warehouse,
                quantity=self.quantity() + self.random.randint(0, 9),
                received_at=long_ago if self.chance(70) else self.instant(DAYS),
                unit_cost=Decimal("0.123456"),
            )
        )

    # -- the tills -------------------------------------------------------------------------------------------------

    def transactions(self, count: int, days: list[date]) -> list[Transaction]:
        made: list[Transaction] = []
        for _ in range(count):
            row = self.till_event(days) if self.chance(10) else self.pos_transaction(days)
            made.append(row)
            if row.kind == "sale" and not self.oracle_errors(row):
                for line in row.lines:
                    if line.quantity > 0 and not line.voided:
                        self.returnable[LineRef(*row.key, line.number)] = (row, line, line.quantity)
        return made

    def oracle_errors(self, row: Transaction) -> set[str]:
        return Oracle(replace(self.world, transactions=[row])).errors(row) - {"L16", "L17"}

    def number(self, store: str, terminal: str) -> str:
        count = self.numbers[(store, terminal)] = self.numbers.get((store, terminal), 7) + 1
        return str(count)

    def till_event(self, days: list[date]) -> Transaction:
        store = self.random.choice(self.world.stores).store
        kind, amount = self.random.choice(EVENTS)
        return cash_event(store, self.number(store, "T1"), self.instant(days), kind, amount)

    def pos_transaction(self, days: list[date]) -> Transaction:
        store = self.random.choice(self.world.stores)
        terminal = self.random.choice(("T1", "T1", "T2", "t10"))
        at = self.instant(days)
        lines = [self.line(store, at) for _ in range(self.random.choice((1, 1, 2, 3, 4)))]
        numbered = tuple(replace(line, number=place) for place, line in enumerate(lines, start=1))
        return self.paid(
            Transaction(
                store=store.store,
                terminal=terminal,
                number=self.number(store.store, terminal),
                sold_at=at,
                customer=self.random.choice((None, None, None, self.name("C1"), self.name("c2"))),
                lines=numbered,
                business_date=self.random.choice(days) if self.chance(5) else None,
            )
        )

    def paid(self, row: Transaction) -> Transaction:
        live = [line for line in row.lines if not line.voided]
        net = sum((line.net for line in live), ZERO)
        tax = sum((line.tax for line in live), ZERO)
        total = net + tax
        first = cents(total / 3) if self.chance(20) else total
        parts = [part for part in (first, total - first) if part]
        payments = tuple(Payment(place, self.random.choice(METHODS), part) for place, part in enumerate(parts, start=1))
        row = replace(row, net=net, tax=tax, total=total, payments=payments)
        return self.spoiled(row) if self.chance(8) else row

    def spoiled(self, row: Transaction) -> Transaction:
        """The same transaction with one error that validation must find."""
        live = [line for line in row.lines if not line.voided]
        if not live:
            return row
        first, rest = live[0], tuple(line for line in row.lines if line is not live[0])
        return self.random.choice(
            (
                replace(row, customer=self.name("NOBODY")),
                replace(row, total=row.total + 1),
                replace(row, payments=(Payment(1, "cash", row.total + 5),)),
                replace(row, lines=(replace(first, item=self.name("UNKNOWN"), batch=None, return_of=None), *rest)),
                replace(row, lines=(replace(first, price=Decimal("-1")), *rest)),
                replace(row, lines=(replace(first, unit="pallet"), *rest)),
                replace(row, lines=(replace(first, batch="NO SUCH", return_of=None), *rest)),
                replace(row, lines=(replace(first, return_of=LineRef(row.store, "T9", "0", 1)), *rest)),
            )
        )

    def line(self, store: Store, at: datetime) -> Line:
        if self.chance(18):
            back = self.linked_return(store)
            if back is not None:
                return back
        item = self.random.choice(self.world.items)
        unit = "box" if self.chance(10) else "pcs"
        quantity = self.quantity_in(unit)
        if self.chance(6):
            known = self.known_batches(item, None)
            captured = self.random.choice(known) if known and self.chance(30) else None
            return self.priced(Line(0, item.item, -quantity, unit, batch=captured))
        if self.chance(5):
            return replace(self.priced(Line(0, item.item, ZERO)), net=Decimal(self.random.choice(("0", "0.50", "-0.50"))))
        known = self.known_batches(item, store if self.chance(80) else None)
        batch = self.random.choice(known) if known and self.chance(22) else None
        return self.priced(Line(0, item.item, quantity, unit, batch=batch, voided=self.chance(6)))

    def known_batches(self, item: Item, store: Store | None) -> list[str]:
        """Batches that a till may have captured: those of its own warehouse, or of any."""
        return sorted(
            {
                row.batch
                for row in self.world.receipts
                if row.item == item.item and row.batch and (store is None or row.warehouse == store.warehouse)
            }
        )

    def priced(self, line: Line) -> Line:
        price = Decimal(self.random.choice(("1.39", "0.5", "12", "0.333333")))
        net = cents(price * line.quantity)
        return replace(line, price=price, net=net, tax=cents(net * Decimal("0.07")))

    def linked_return(self, store: Store) -> Line | None:
        """A return of a line sold before, mostly from the same warehouse; now and then of more than was sold."""
        homes = {row.store: row.warehouse for row in self.world.stores}
        choices = [
            ref
            for ref, (sale, _, left) in self.returnable.items()
            if left > 0
            and self.returned_to.get(ref, store.warehouse) == store.warehouse
            and (homes[sale.store] == store.warehouse or self.chance(20))
        ]
        if not choices:
            return None
        ref = self.random.choice(choices)
        self.returned_to[ref] = store.warehouse
        sale, line, left = self.returnable[ref]
        if left == line.quantity and self.chance(8):
            del self.returnable[ref]
            return replace(self.priced(Line(0, line.item, -line.quantity - 1, line.unit)), return_of=ref)
        quantity = left if self.chance(40) else min(left, self.quantity_in(line.unit))
        self.returnable[ref] = (sale, line, left - quantity)
        return replace(self.priced(Line(0, line.item, -quantity, line.unit)), return_of=ref)

    # -- the end of the day ----------------------------------------------------------------------------------------

    def declarations(self) -> None:
        """Some store days are counted: nearly right, or so wrong that the statement must stop at Checked."""
        oracle = Oracle(self.world)
        oracle.calculate()
        for statement in oracle.statements:
            if not self.chance(30):
                continue
            day = statement.business_date
            row = cash_event(
                statement.store,
                self.number(statement.store, "T1"),
                datetime.combine(day, time(23), UTC),
                "tender_declaration",
                oracle.expected_tenders(statement).get("cash", ZERO)
                + Decimal(self.random.choice(("0", "0", "0.05", "-1.10", "10.00", "60.00"))),
            )
            self.world.transactions.append(replace(row, business_date=day))

    # -- later -----------------------------------------------------------------------------------------------------

    def later(self) -> Phase:
        days = [*DAYS[1:], DAYS[-1] + timedelta(days=1)]
        before = len(self.world.receipts)
        for item in self.world.items:
            known = [row for row in self.world.receipts[:before] if row.item == item.item]
            models = known or self.some_batches(item)
            for home in self.world.warehouses:
                if models and self.chance(50):
                    self.receive(item, self.random.choice(models), home.warehouse)
        receipts = self.world.receipts[before:]
        del self.world.receipts[before:]
        parameters = {"statements.disable_counting": "true"}
        if self.chance(60):
            parameters |= {"posting.use_default_batch_id": "true", "inventory.default_batch_scope": "all"}
        items = [replace(row, negative_physical=True) for row in self.world.items if self.chance(30)]
        return Phase(
            items=items,
            receipts=receipts,
            transactions=self.transactions(max(1, self.size // 3), days),
            parameters=parameters,
        )


def make_story(random: Random, size: int, prefix: str = "") -> Story:
    maker = _Maker(random, size, prefix)
    maker.masters()
    maker.receipts()
    maker.world.transactions = maker.transactions(size, DAYS)
    maker.declarations()
    story = Story(maker.world, maker.later(), prefix)
    if maker.chance(30):
        story.through = random.choice(DAYS)
    if maker.chance(40):
        story.first_stores = [row.store for row in story.world.stores if maker.chance(50)]
    return story


def make_world(seed: int, size: int, prefix: str = "") -> Story:
    """The story of a seed: the same seed, size and prefix give the same story."""
    return make_story(Random(seed), size, prefix)


@st.composite
def stories(draw: st.DrawFn, max_size: int = 12) -> Story:
    """Stories that Hypothesis can shrink."""
    random = draw(st.randoms(use_true_random=False))
    return make_story(random, draw(st.integers(min_value=1, max_value=max_size)))
