"""Which transactions may go on a statement: the error rules of validation, written down one by one.

Warnings (B03 to B06) do not keep a transaction off a statement and are not computed here.
"""

from decimal import Decimal

from tests.oracle.rows import Item, Line, LineRef, Transaction, UnitConversion

ZERO = Decimal(0)


def to_stock_unit(conversions: list[UnitConversion], item: Item, line: Line) -> Decimal | None:
    """The line's quantity in the item's stock unit, or None where no conversion is known; the item's own wins."""
    if line.unit == item.unit:
        return line.quantity
    for wanted in (item.item, ""):
        for conversion in conversions:
            if conversion.item == wanted and (conversion.from_unit, conversion.to_unit) == (line.unit, item.unit):
                return line.quantity * conversion.factor
    return None


class Validity:
    """Error codes of transactions, given the master data and all transactions that headquarters knows."""

    def __init__(
        self,
        items: dict[str, Item],
        customers: set[str],
        batches: set[tuple[str, str]],
        conversions: list[UnitConversion],
        transactions: list[Transaction],
        stores_with_warehouse: set[str],
        rounding_limit: Decimal = Decimal("0.05"),
    ) -> None:
        self.items = items
        self.customers = customers
        self.batches = batches
        self.conversions = conversions
        self.transactions = transactions
        self.stores_with_warehouse = stores_with_warehouse
        self.rounding_limit = rounding_limit

    def find(self, ref: LineRef) -> tuple[Transaction, Line] | None:
        for transaction in self.transactions:
            if transaction.key == (ref.store, ref.terminal, ref.number):
                for line in transaction.lines:
                    if line.number == ref.line:
                        return transaction, line
        return None

    def errors(self, transaction: Transaction) -> set[str]:
        if transaction.kind != "sale":
            # The kind says whether money comes or goes; only a count may be below zero.
            signed = transaction.kind != "tender_declaration" and any(payment.amount < 0 for payment in transaction.payments)
            return {"H19"} if signed else set()
        found: set[str] = set()
        live = [line for line in transaction.lines if not line.voided]
        if transaction.customer is not None and transaction.customer not in self.customers:
            found.add("H03")
        net = sum((line.net for line in live), ZERO)
        tax = sum((line.tax for line in live), ZERO)
        if abs(transaction.total - net - tax) > self.rounding_limit:
            found.add("H06")
        if abs(transaction.net - net) > self.rounding_limit:
            found.add("H07")
        if transaction.total != transaction.net + transaction.tax:
            found.add("H08")
        if not transaction.lines:
            found.add("H13")
        paid = sum((payment.amount for payment in transaction.payments), ZERO)
        if abs(transaction.total - paid) > self.rounding_limit:
            found.add("H14")
        if transaction.store not in self.stores_with_warehouse:
            found.add("L14")
        for line in live:
            found |= self._line_errors(transaction, line)
        return found

    def _line_errors(self, transaction: Transaction, line: Line) -> set[str]:
        found: set[str] = set()
        item = self.items.get(line.item)
        if item is None:
            return {"L04"}
        if line.price < 0:
            found.add("L07")
        if line.quantity * line.net < 0:
            found.add("L10")
        if line.quantity:
            worth = abs(line.quantity) * abs(line.price) - abs(line.discount)
            slack = max(self.rounding_limit, Decimal("0.01")) + abs(line.quantity) * Decimal("0.005")
            if abs(worth - abs(line.net)) > slack and abs(worth - abs(line.net + line.tax)) > slack:
                found.add("L18")
        if abs(line.quantity) >= 1_000_000:
            found.add("L19")
        if to_stock_unit(self.conversions, item, line) is None:
            found.add("L13")
        if line.batch is not None:
            if not item.batch_tracked:
                found.add("B02")
            elif (line.item, line.batch) not in self.batches:
                found.add("B01")
        if line.return_of is not None:
            found |= self._return_errors(transaction, line, line.return_of)
        return found

    def _return_errors(self, transaction: Transaction, line: Line, ref: LineRef) -> set[str]:
        hit = self.find(ref)
        if hit is None:
            return {"L16"}
        original = hit[1]
        if original.item != line.item or original.quantity < 0 or original.return_of is not None:
            return {"L16"}
        item = self.items[line.item]
        sold = to_stock_unit(self.conversions, item, original)
        back = to_stock_unit(self.conversions, item, line)
        if sold is None or back is None:
            return set()
        for other in self.transactions:
            if (other.sold_at, other.key) < (transaction.sold_at, transaction.key):
                for earlier in other.lines:
                    if earlier.return_of == ref and not earlier.voided:
                        quantity = to_stock_unit(self.conversions, item, earlier)
                        back += quantity if quantity is not None else ZERO
        return {"L17"} if sold + back < 0 else set()
