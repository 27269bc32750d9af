"""A shop that a scenario can talk about in one line per fact; behind it are only files, commands and exports.

The shop starts with one legal entity, warehouses W1 and W2, their stores S1 and S2, and customers C1 and C2. What a test says
is kept until `comes_in` writes the files and imports them; `posts` does that, calculates and posts.

Customer orders are said the same way (`is_ordered`, `comes_in`, `invoices`).
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from tests.oracle.building import cash_event, line, pos_transaction
from tests.oracle.commands import DONE, PARTLY, Answer, done, export, run, set_parameters
from tests.oracle.files import write_world
from tests.oracle.journal import Journal
from tests.oracle.rows import (
    Customer,
    Disposition,
    Item,
    LegalEntity,
    Line,
    LineRef,
    Receipt,
    Store,
    Transaction,
    UnitConversion,
    Warehouse,
    World,
)

TODAY = date(2024, 5, 1)
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=30)
DEFAULT = "DEF"
INVOICED, CREATED = "Customer order invoiced", "Customer order created"


@dataclass(frozen=True)
class OrderLineRef:
    """A line of a customer order."""

    order: str
    line: int


class Shop:
    """Files in, commands, exports out. Item MILK and warehouse W1 with store S1 are meant where nothing is said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = Journal(folder)
        self.steps = 0
        self.transactions_made = 0
        self.clock = NOON
        self.orders: list[dict[str, object]] = []
        self.orders_made = 0
        self.pending = World(
            legal_entities=[LegalEntity("LE", "Foods")],
            warehouses=[Warehouse("W1", "LE"), Warehouse("W2", "LE")],
            stores=[Store("S1", "W1"), Store("S2", "W2")],
            customers=[Customer("C1"), Customer("C2")],
        )

    # -- what is so ------------------------------------------------------------------------------------------------

    def warehouse(self, row: Warehouse) -> None:
        """Put the warehouse in place of the one of that code."""
        self.pending.warehouses = [old for old in self.pending.warehouses if old.warehouse != row.warehouse] + [row]

    def store(self, row: Store) -> None:
        self.pending.stores = [old for old in self.pending.stores if old.store != row.store] + [row]

    def sells_item(
        self, item: str = "MILK", *, negative: bool = False, tracked: bool = True, policy: str = "fefo", wms: bool = False
    ) -> None:
        self.pending.items.append(Item(item, batch_tracked=tracked, negative_physical=negative, wms_enabled=wms, allocation_policy=policy))

    def has(
        self,
        batch: str,
        quantity: int | str,
        *,
        item: str = "MILK",
        warehouse: str = "W1",
        expires: date | None = None,
        made: date | None = None,
        received: datetime = LONG_AGO,
        disposition: str = "",
    ) -> None:
        """Goods that have been received."""
        self.steps += 1
        self.pending.receipts.append(
            Receipt(
                f"R{self.steps}",
                1,
                warehouse,
                item,
                batch,
                Decimal(quantity),
                received,
                manufactured_on=made,
                expires_on=expires,
                disposition=disposition,
            )
        )

    def disposition(self, code: str, *, blocks: bool) -> None:
        self.pending.dispositions.append(Disposition(code, blocks_sale=blocks))

    def converts(self, unit: str, factor: int | str, *, item: str = "") -> None:
        self.pending.conversions.append(UnitConversion(item, unit, "pcs", Decimal(factor)))

    def parameters(self, **values: str) -> None:
        """Set parameters; two underscores stand for the dot of the key."""
        self.pending.parameters |= {key.replace("__", "."): value for key, value in values.items()}

    def falls_back(self, default: str = DEFAULT, scope: str = "all") -> None:
        """The switch is on, the value is filled."""
        self.parameters(
            posting__use_default_batch_id="true",
            posting__default_batch_id=default,
            inventory__default_batch_scope=scope,
        )

    def orders_fall_back(self, default: str = "CO-DEF", scope: str = "all") -> None:
        """The switch of the Customer orders tab is on, its value filled."""
        self.parameters(
            customer_orders__use_default_batch_id="true",
            customer_orders__default_batch_id=default,
            inventory__default_batch_scope=scope,
        )

    # -- what happens ----------------------------------------------------------------------------------------------

    def rings(
        self,
        *lines: Line,
        customer: str | None = None,
        at: datetime | None = None,
        store: str = "S1",
        number: str = "",
        business_date: date | None = None,
    ) -> LineRef:
        """A POS transaction with these lines; the reference of its first line."""
        self.clock += timedelta(minutes=1)
        self.transactions_made += 1
        row = pos_transaction(
            store,
            number or str(self.transactions_made),
            at or self.clock,
            *lines,
            customer=customer,
            business_date=business_date,
        )
        return self.keeps(row)

    def keeps(self, row: Transaction) -> LineRef:
        self.pending.transactions.append(row)
        return LineRef(*row.key, 1)

    def sells(self, quantity: int | str, *, item: str = "MILK", batch: str | None = None, unit: str = "pcs", **how: object) -> LineRef:
        return self.rings(line(item, quantity, batch=batch, unit=unit), **how)  # type: ignore[arg-type]  # passed on as given

    def takes_back(self, sale: LineRef | None, quantity: int | str, *, item: str = "MILK", **how: object) -> LineRef:
        """A return: linked to a sale, or blind where none is known."""
        back = line(item, -Decimal(quantity), return_of=sale)
        return self.rings(back, **how)  # type: ignore[arg-type]  # passed on as given

    def till_event(self, kind: str, amount: str) -> LineRef:
        self.clock += timedelta(minutes=1)
        self.transactions_made += 1
        return self.keeps(cash_event("S1", str(self.transactions_made), self.clock, kind, amount))

    def is_ordered(
        self,
        *lines: Line,
        delivery: str = "pickup",
        store: str = "S1",
        customer: str | None = "C1",
        paid: str = "0",
        number: str = "",
        warehouse: str | None = None,
        back: OrderLineRef | None = None,
    ) -> OrderLineRef:
        """A customer order with these lines; the reference of its first line. `back` is the line that all of them return."""
        self.orders_made += 1
        order = number or f"CO{self.orders_made}"
        rows = [
            {
                **{"number": place, "item": row.item, "quantity": str(row.quantity), "unit": row.unit, "price": str(row.price)},
                **{"net": str(row.net), "tax": str(row.tax), "batch": row.batch},
                "return_of": None if back is None else {"order": back.order, "line": back.line},
            }
            for place, row in enumerate(lines, start=1)
        ]
        net, tax = sum((row.net for row in lines), Decimal(0)), sum((row.tax for row in lines), Decimal(0))
        payments = [{"number": 1, "method": "cash", "amount": paid}] if Decimal(paid) else []
        self.orders.append(
            {
                **{"store": store, "order": order, "customer": customer, "ordered_at": NOON.isoformat(), "delivery": delivery},
                **{"currency": "USD", "warehouse": warehouse, "lines": rows, "payments": payments},
                **{"net": str(net), "tax": str(tax), "total": str(net + tax)},
            }
        )
        return OrderLineRef(order, 1)

    # -- what headquarters does ------------------------------------------------------------------------------------

    def comes_in(self) -> list[Answer]:
        """Import what was said since the last time, and set the parameters."""
        self.steps += 1
        world, self.pending = self.pending, World()
        answers = [done("import_data", kind, str(path)) for kind, path in write_world(self.folder / f"in{self.steps}", world)]
        if world.parameters:
            set_parameters(world.parameters)
        if self.orders:
            path = self.folder / f"in{self.steps}" / "customer-orders.ndjson"
            path.write_text("".join(json.dumps(order) + "\n" for order in self.orders), encoding="utf-8")
            self.orders = []
            answers.append(done("import_data", "customer-orders", str(path)))
        return answers

    def invoices(self, *orders: str) -> Answer:
        """Everything up to and with the invoicing of customer orders, of all or of those named."""
        self.comes_in()
        return run("invoice_orders", "--inline", *(part for order in orders for part in ("--order", order)))

    def validates(self) -> set[str]:
        """Validate; the codes of all problems."""
        self.comes_in()
        assert run("validate_transactions").status in (DONE, PARTLY)
        return {row["code"] for row in self.exports("problems")}

    def calculates(self) -> Answer:
        self.comes_in()
        assert run("validate_transactions").status in (DONE, PARTLY)
        return run("calculate_statements")

    def posts(self) -> Answer:
        """Everything up to and with posting."""
        self.calculates()
        return run("post_statements", "--inline")

    # -- what came of it -------------------------------------------------------------------------------------------

    def exports(self, kind: str) -> list[dict[str, str]]:
        self.steps += 1
        return export(self.folder / f"out{self.steps}", kind)

    def shelf(self, warehouse: str = "W1", item: str = "MILK") -> dict[str, str]:
        """On-hand by batch, zeros left out."""
        return {
            row["batch"]: row["quantity"]
            for row in self.exports("on-hand")
            if (row["warehouse"], row["item"]) == (warehouse, item) and row["quantity"] != "0"
        }

    def allocated(self, ref: LineRef) -> list[tuple[str, str, str, str]]:
        """Batch, quantity, source and reason of a till line."""
        return [
            (row["batch"], row["quantity"], row["source"], row["reason"])
            for row in self.exports("allocations")
            if (row["store"], row["terminal"], row["transaction"], row["line"]) == (ref.store, ref.terminal, ref.number, str(ref.line))
        ]

    def order_allocated(self, ref: OrderLineRef) -> list[tuple[str, str, str, str]]:
        """Batch, quantity, source and reason of a customer order's line."""
        return [
            (row["batch"], row["quantity"], row["source"], row["reason"])
            for row in self.exports("order-allocations")
            if (row["order"], row["line"]) == (ref.order, str(ref.line))
        ]

    def batches_of(self, ref: LineRef) -> dict[str, str]:
        return {batch: quantity for batch, quantity, _, _ in self.allocated(ref)}

    def statement(self, store: str = "S1") -> dict[str, str]:
        """The only statement of the store."""
        rows = [row for row in self.exports("statements") if row["store"] == store]
        assert len(rows) == 1, rows
        return rows[0]

    def debts(self) -> list[tuple[str, str]]:
        """Quantity and open quantity of each batch debt, as (transaction, open quantity), paid ones left out."""
        return [(row["transaction"], row["open_quantity"]) for row in self.exports("batch-debt") if row["open_quantity"] != "0"]

    # -- what a scenario says of the end ---------------------------------------------------------------------------

    def must_be_posted(self) -> None:
        for row in self.exports("statements"):
            assert (row["calc_state"], row["post_state"], row["failed_state"], row["error_code"]) == ("Calculated", "Posted", "", ""), row
        self.must_be_sound()

    def must_stand_at_invoicing(self, code: str, store: str = "S1") -> None:
        """The error state of the scenarios: orders exist, invoicing failed, with this code."""
        row = self.statement(store)
        assert (row["post_state"], row["failed_state"], row["error_code"]) == (CREATED, INVOICED, code)
        self.must_be_sound()

    def must_be_sound(self) -> None:
        answer = run("check_integrity")
        assert answer.status == DONE, answer


def milk(quantity: int | str, **how: object) -> Line:
    return line("MILK", quantity, **how)  # type: ignore[arg-type]  # passed on as given
