"""What headquarters must export, computed from the rows of the import files alone.

An `Oracle` lives through the same story as the system: rows are imported, transactions validated, statements calculated and
posted, then perhaps something is fixed and it goes on. Every answer is recomputed from all rows each time it is asked.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tests.oracle.answers import AllocationRow, DebtRow, Order, Statement, StatementRow
from tests.oracle.deciding import BatchFacts, DecisionLine, Posted, Settings, Shelf, Taking, decide_warehouse
from tests.oracle.rows import (
    Customer,
    Disposition,
    Item,
    Line,
    LineRef,
    Receipt,
    Store,
    Transaction,
    UnitConversion,
    Warehouse,
    World,
)
from tests.oracle.validity import Validity, to_stock_unit

ZERO = Decimal(0)
BUILT_IN_DISPOSITIONS = (
    Disposition("available", blocks_sale=False),
    Disposition("blocked", blocks_sale=True),
    Disposition("inspect", blocks_sale=True),
)
DEFAULT_PARAMETERS = {
    "posting.use_default_batch_id": "false",
    "posting.default_batch_id": "",
    "inventory.default_batch_scope": "all",
    "inventory.sellable_on_expiration_date": "true",
    "inventory.use_batches_received_after_sale": "false",
    "posting.aggregate_lines": "true",
    "posting.max_lines_per_order": "1000",
    "statements.max_difference": "10.00",
    "statements.disable_counting": "false",
}
CASH_IN = ("sale", "income", "float")
CASH_OUT = ("expense", "removal", "bank_drop", "safe_drop")


class Oracle:
    """The expected state of headquarters after each step of a story."""

    def __init__(self, world: World) -> None:
        self.warehouses: dict[str, Warehouse] = {row.warehouse: row for row in world.warehouses}
        self.stores: dict[str, Store] = {row.store: row for row in world.stores}
        self.customers: dict[str, Customer] = {row.customer: row for row in world.customers}
        self.items: dict[str, Item] = {row.item: row for row in world.items}
        self.dispositions = {row.disposition: row for row in (*BUILT_IN_DISPOSITIONS, *world.dispositions)}
        self.conversions: list[UnitConversion] = list(world.conversions)
        self.receipts: list[Receipt] = list(world.receipts)
        self.transactions: list[Transaction] = list(world.transactions)
        self.parameters = DEFAULT_PARAMETERS | world.parameters
        self.statements: list[Statement] = []
        self.takes: dict[LineRef, list[Taking]] = {}
        self.default_batches_of: set[tuple[str, str]] = set()
        # When a batch that a warehouse had never received first came there by a return: (warehouse, item, batch).
        self.came_back: dict[tuple[str, str, str], datetime] = {}
        self.order_count = 0

    # -- what comes in ---------------------------------------------------------------------------------------------

    def import_more(
        self,
        items: list[Item] | None = None,
        warehouses: list[Warehouse] | None = None,
        receipts: list[Receipt] | None = None,
        transactions: list[Transaction] | None = None,
        parameters: dict[str, str] | None = None,
    ) -> None:
        self.items |= {row.item: row for row in items or ()}
        self.warehouses |= {row.warehouse: row for row in warehouses or ()}
        self.receipts += receipts or []
        self.transactions += transactions or []
        self.parameters = self.parameters | (parameters or {})

    def business_date(self, transaction: Transaction) -> date:
        if transaction.business_date is not None:
            return transaction.business_date
        store = self.stores[transaction.store]
        local = transaction.sold_at.astimezone(ZoneInfo(store.time_zone))
        if local.time() < store.end_of_business_day:
            return local.date() - timedelta(days=1)
        return local.date()

    def validity(self) -> Validity:
        return Validity(
            self.items,
            set(self.customers),
            {(row.item, row.batch) for row in self.receipts if row.batch},
            self.conversions,
            self.transactions,
            {row.store for row in self.stores.values() if row.warehouse},
        )

    def errors(self, transaction: Transaction) -> set[str]:
        return self.validity().errors(transaction)

    def order_of_data(self, transaction: Transaction) -> tuple[date, datetime, str, str, str]:
        return (self.business_date(transaction), transaction.sold_at, *transaction.key)

    # -- calculate -------------------------------------------------------------------------------------------------

    def calculate(self, through: date | None = None) -> int:
        """Put all valid transactions up to the date on statements; the number of transactions that must wait."""
        on_statement = {row.key for statement in self.statements for row in statement.transactions}
        validity = self.validity()
        chosen = [
            row
            for row in self.transactions
            if row.key not in on_statement and not validity.errors(row) and (through is None or self.business_date(row) <= through)
        ]
        candidates = len(chosen)
        while True:
            waiting = [row for row in chosen if self._must_wait(row, chosen)]
            if not waiting:
                break
            chosen = [row for row in chosen if row not in waiting]
        for store in sorted({row.store for row in chosen}):
            for day in sorted({self.business_date(row) for row in chosen if row.store == store}):
                rows = [row for row in chosen if row.store == store and self.business_date(row) == day]
                self.statements.append(Statement(store, day, sorted(rows, key=self.order_of_data)))
        return candidates - len(chosen)

    def _must_wait(self, transaction: Transaction, chosen: list[Transaction]) -> bool:
        for line in transaction.lines:
            if line.return_of is None or line.voided or line.quantity == 0 or line.return_of in self.takes:
                continue
            ref = line.return_of
            same_run = [row for row in chosen if row.key == (ref.store, ref.terminal, ref.number)]
            standing = [
                row for statement in self.statements for row in statement.transactions if row.key == (ref.store, ref.terminal, ref.number)
            ]
            if not any(self._in_time(original, transaction) for original in (*same_run, *standing)):
                return True
        return False

    def _in_time(self, original: Transaction, back: Transaction) -> bool:
        return self.stores[original.store].warehouse == self.stores[back.store].warehouse and self.business_date(
            original
        ) <= self.business_date(back)

    # -- post ------------------------------------------------------------------------------------------------------

    def post(self, stores: set[str] | None = None) -> None:
        run = [row for row in self.statements if row.post_state != "Posted" and (stores is None or row.store in stores)]
        for statement in run:
            self._check(statement)
        ready = [row for row in run if row.failed_state != "Checked"]
        for statement in ready:
            if statement.orders is None:
                statement.orders = self._orders(statement)
        for warehouse in sorted({self.stores[row.store].warehouse for row in ready}):
            self._invoice(warehouse, [row for row in ready if self.stores[row.store].warehouse == warehouse])
        for statement in ready:
            done = all(order.invoiced for order in statement.orders or ())
            statement.post_state = "Posted" if done else "Customer order created"
            statement.failed_state = "" if done else "Customer order invoiced"

    def _check(self, statement: Statement) -> None:
        limit = Decimal(self.parameters["statements.max_difference"])
        differences = self.tender_differences(statement)
        too_much = sum(map(abs, differences.values()), ZERO) > limit
        if too_much and self.parameters["statements.disable_counting"] != "true":
            statement.failed_state = "Checked"
            return
        statement.booked = differences
        if statement.failed_state == "Checked":
            statement.failed_state = ""

    def expected_tenders(self, statement: Statement) -> dict[str, Decimal]:
        """What should be in the tills by payment method: sales, income, expense and float in, the rest out."""
        return self._expected(statement.transactions)

    def _expected(self, transactions: list[Transaction]) -> dict[str, Decimal]:
        sums: dict[str, Decimal] = {}
        for row in transactions:
            sign = 1 if row.kind in CASH_IN else -1 if row.kind in CASH_OUT else 0
            for payment in row.payments:
                sums[payment.method] = sums.get(payment.method, ZERO) + sign * payment.amount
        return sums

    def tender_differences(self, statement: Statement) -> dict[str, Decimal]:
        """What the statement books of its day: counted less expected, for the methods that were counted, less what others booked.

        The last count of each till holds; the day's transactions count on whichever statement they are, valid ones on none as well.
        """
        if statement.booked is not None:
            return statement.booked
        on_statement = {row.key: (other.store, other.business_date) for other in self.statements for row in other.transactions}
        place = (statement.store, statement.business_date)
        validity = self.validity()
        day = [
            row
            for row in self.transactions
            if (row.store, self.business_date(row)) == place and (on_statement.get(row.key) == place or not validity.errors(row))
        ]
        last: dict[tuple[str, str], Decimal] = {}
        for row in sorted(day, key=self.order_of_data):
            if row.kind == "tender_declaration":
                for payment in row.payments:
                    last[row.terminal, payment.method] = payment.amount
        counted: dict[str, Decimal] = {}
        for (_, method), amount in last.items():
            counted[method] = counted.get(method, ZERO) + amount
        expected = self._expected(day)
        differences = {method: amount - expected.get(method, ZERO) for method, amount in counted.items()}
        for other in self.statements:
            if other is not statement and (other.store, other.business_date) == place:
                for method, amount in (other.booked or {}).items():
                    differences[method] = differences.get(method, ZERO) - amount
        return differences

    def _orders(self, statement: Statement) -> list[Order]:
        sales = [row for row in statement.transactions if row.kind == "sale" and any(not line.voided for line in row.lines)]
        orders: list[Order] = []
        if self.parameters["posting.aggregate_lines"] != "true":
            return [self._order([row]) for row in sales]
        limit = int(self.parameters["posting.max_lines_per_order"])
        for customer in sorted({row.customer or "" for row in sales}):
            group: list[Transaction] = []
            count = 0
            for row in [row for row in sales if (row.customer or "") == customer]:
                lines = len([line for line in row.lines if not line.voided])
                if group and count + lines > limit:
                    orders.append(self._order(group))
                    group, count = [], 0
                group.append(row)
                count += lines
            orders.append(self._order(group))
        return orders

    def _order(self, transactions: list[Transaction]) -> Order:
        self.order_count += 1
        return Order(self.order_count, list(transactions))

    def _invoice(self, warehouse: str, statements: list[Statement]) -> None:
        open_orders = [order for row in statements for order in row.orders or () if not order.invoiced]
        lines = [line for order in open_orders for line in self._decision_lines(order)]
        decision = decide_warehouse(self.shelf(warehouse), self.settings(), self._posted(), lines)
        self.takes |= decision.takes
        assert decision.shelf is not None
        self.default_batches_of |= decision.shelf.default_batches_of
        for (item, batch), at in decision.shelf.first_received.items():
            self.came_back.setdefault((warehouse, item, batch), at)
        for order in open_orders:
            order.failures = decision.failed_orders.get(order.ident, {})
            order.invoiced = order.ident not in decision.failed_orders

    def _decision_lines(self, order: Order) -> list[DecisionLine]:
        found: list[DecisionLine] = []
        for row in order.transactions:
            for line in row.lines:
                quantity = self._stock_quantity(line)
                if not line.voided and quantity != 0:
                    ref = LineRef(*row.key, line.number)
                    day = self.business_date(row)
                    found.append(DecisionLine(ref, order.ident, line.item, quantity, line.batch, line.return_of, row.sold_at, day))
        return found

    def _stock_quantity(self, line: Line) -> Decimal:
        quantity = to_stock_unit(self.conversions, self.items[line.item], line)
        assert quantity is not None
        return quantity

    def settings(self) -> Settings:
        on = self.parameters
        return Settings(
            use_default=on["posting.use_default_batch_id"] == "true",
            default_batch=on["posting.default_batch_id"],
            scope=on["inventory.default_batch_scope"],
            sellable_on_expiration_date=on["inventory.sellable_on_expiration_date"] == "true",
            use_received_after_sale=on["inventory.use_batches_received_after_sale"] == "true",
        )

    def _posted(self) -> Posted:
        links = {
            LineRef(*row.key, line.number): line.return_of for row in self.transactions for line in row.lines if line.return_of is not None
        }
        return Posted(dict(self.takes), links)

    def shelf(self, warehouse: str) -> Shelf:
        first = {(item, batch): at for (here, item, batch), at in self.came_back.items() if here == warehouse}
        for row in self.receipts:
            if row.warehouse == warehouse and row.batch:
                key = (row.item, row.batch)
                first[key] = min(first.get(key, row.received_at), row.received_at)
        facts: dict[tuple[str, str], BatchFacts] = {}
        for row in self.receipts:
            if row.batch:
                blocked = self.dispositions[row.disposition or "available"].blocks_sale
                facts[(row.item, row.batch)] = BatchFacts(row.item, row.batch, row.expires_on, blocked)
        stock = {(item, batch): amount for (at, item, batch), amount in self.on_hand().items() if at == warehouse}
        return Shelf(self.warehouses[warehouse], self.items, list(facts.values()), first, set(self.default_batches_of), stock)

    # -- what goes out ---------------------------------------------------------------------------------------------

    def on_hand(self) -> dict[tuple[str, str, str], Decimal]:
        """Everything received less everything issued, by warehouse, item and batch; zeros left out."""
        sums: dict[tuple[str, str, str], Decimal] = {}
        for row in self.receipts:
            key = (row.warehouse, row.item, row.batch)
            sums[key] = sums.get(key, ZERO) + row.quantity
        for alloc in self.allocations():
            key = (alloc.warehouse, alloc.item, alloc.batch)
            sums[key] = sums.get(key, ZERO) - alloc.quantity
        return {key: amount for key, amount in sums.items() if amount != 0}

    def allocations(self) -> list[AllocationRow]:
        rows: list[AllocationRow] = []
        for transaction in self.transactions:
            for line in transaction.lines:
                for take in self.takes.get(LineRef(*transaction.key, line.number), []):
                    rows.append(
                        AllocationRow(
                            *transaction.key,
                            line.number,
                            line.item,
                            self.stores[transaction.store].warehouse,
                            take.batch,
                            take.quantity,
                            take.source,
                            self.business_date(transaction),
                            take.reasons,
                        )
                    )
        return rows

    def movements(self) -> dict[tuple[str, str, str, date], Decimal]:
        """Sales and returns of goods by warehouse, item, batch and date, issues negative; zeros left out."""
        sums: dict[tuple[str, str, str, date], Decimal] = {}
        for row in self.allocations():
            key = (row.warehouse, row.item, row.batch, row.business_date)
            sums[key] = sums.get(key, ZERO) - row.quantity
        return {key: amount for key, amount in sums.items() if amount != 0}

    def received(self) -> dict[tuple[str, str, str], Decimal]:
        sums: dict[tuple[str, str, str], Decimal] = {}
        for row in self.receipts:
            key = (row.warehouse, row.item, row.batch)
            sums[key] = sums.get(key, ZERO) + row.quantity
        return {key: amount for key, amount in sums.items() if amount != 0}

    def statement_rows(self) -> list[StatementRow]:
        return [
            StatementRow(
                row.store,
                row.business_date,
                "Calculated",
                row.post_state,
                row.failed_state,
                self._codes(row),
                len(row.transactions),
                sum(len(transaction.lines) for transaction in row.transactions),
                sum((transaction.total for transaction in row.transactions if transaction.kind == "sale"), ZERO),
            )
            for row in self.statements
        ]

    def _codes(self, statement: Statement) -> frozenset[str]:
        failures = [failure for order in statement.orders or () for failure in order.failures.values()]
        return frozenset().union(*(failure.codes for failure in failures))

    def invoices(self) -> dict[tuple[str, date], tuple[Decimal, Decimal, Decimal]]:
        """Net, tax and total of all invoices by store and date."""
        sums: dict[tuple[str, date], tuple[Decimal, Decimal, Decimal]] = {}
        for statement in self.statements:
            for order in statement.orders or ():
                if order.invoiced:
                    live = [line for row in order.transactions for line in row.lines if not line.voided]
                    net = sum((line.net for line in live), ZERO)
                    tax = sum((line.tax for line in live), ZERO)
                    key = (statement.store, statement.business_date)
                    before = sums.get(key, (ZERO, ZERO, ZERO))
                    sums[key] = (before[0] + net, before[1] + tax, before[2] + net + tax)
        return sums

    def debts(self) -> list[DebtRow]:
        """What sale lines owe a default batch, told event by event in the order in which they were posted.

        A sale owes what it takes beyond what lies there. A return pays its own line first where that stands in this place, then the oldest.
        """
        links = self._posted().return_of
        where = {LineRef(row.store, row.terminal, row.transaction, row.line): row for row in self.allocations()}
        owed: dict[tuple[str, str, str], list[DebtRow]] = {}
        lying: dict[tuple[str, str, str], Decimal] = {}
        for ref, takes in self.takes.items():
            for take in takes:
                row = where.get(ref)
                if row is None or (row.item, take.batch) not in self.default_batches_of:
                    continue
                place = (row.warehouse, row.item, take.batch)
                debts = owed.setdefault(place, [])
                there = lying.get(place, ZERO)
                if take.quantity > 0:
                    used = min(there, take.quantity)
                    lying[place] = there - used
                    debt = take.quantity - used
                    if debt:
                        key = (row.warehouse, row.item, row.store, row.terminal, row.transaction, row.line)
                        debts.append(DebtRow(*key, debt, debt, row.business_date))
                        debts.sort(key=lambda debt: debt.business_date)
                    continue
                back = -take.quantity
                own = links.get(ref)
                first = [debt for debt in debts if own == LineRef(debt.store, debt.terminal, debt.transaction, debt.line)]
                for debt_row in [*first, *(debt for debt in debts if debt not in first)]:
                    paid = min(back, debt_row.open_quantity)
                    debts[debts.index(debt_row)] = replace(debt_row, open_quantity=debt_row.open_quantity - paid)
                    back -= paid
                lying[place] = there + back
        return [debt for debts in owed.values() for debt in debts]

    def payments_of_posted(self) -> dict[str, Decimal]:
        """Payments of sales on posted statements by method."""
        sums: dict[str, Decimal] = {}
        for statement in self.statements:
            if statement.post_state == "Posted":
                for row in statement.transactions:
                    if row.kind == "sale":
                        for payment in row.payments:
                            sums[payment.method] = sums.get(payment.method, ZERO) + payment.amount
        return sums
