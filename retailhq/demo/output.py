"""Writes the import files while they are derived; nothing is kept but the line numbers of the receipts of one week."""

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import msgspec

from retailhq.demo.customer_orders import CustomerOrder, order_document, receipt_rows
from retailhq.demo.deliveries import RECEIPT_COLUMNS, Delivery, Fate, receipt_key, receipt_row
from retailhq.demo.tickets import Refusal, Ticket, document

RECEIPTS, LATE_RECEIPTS, STOP_RECEIPTS = "receipts.csv", "receipts-late.csv", "receipts-fallback-off.csv"
CUSTOMER_ORDERS, ORDER_RECEIPTS = "customer-orders.ndjson", "receipts-orders.csv"
TRANSACTIONS, REFUSED = "transactions.ndjson", "refused.csv"
FILE_OF_FATE = {Fate.LATE: LATE_RECEIPTS, Fate.DROPPED: STOP_RECEIPTS}


class ImportFiles:
    """The files of one derivation, open for writing as long as the block lasts."""

    def __init__(self, folder: Path) -> None:
        """Prepare to write into `folder`, which exists."""
        self.folder = folder
        self.stack = ExitStack()
        self.receipt_lines: Counter[str] = Counter()
        self.encoder = msgspec.json.Encoder()

    def __enter__(self) -> Self:
        """Open the files and write their header rows."""
        with ExitStack() as opening:
            self.receipts = {name: self._table(opening, name, RECEIPT_COLUMNS) for name in (RECEIPTS, LATE_RECEIPTS, STOP_RECEIPTS)}
            self.refused = self._table(opening, REFUSED, ("transaction", "item", "reason"))
            self.transactions: IO[bytes] = opening.enter_context((self.folder / TRANSACTIONS).open("wb"))
            self.stack = opening.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stack.close()

    def _table(self, stack: ExitStack, name: str, columns: Sequence[str]) -> Any:
        file = stack.enter_context((self.folder / name).open("w", encoding="utf-8", newline=""))
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        return writer

    def write_table(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Write a whole table of master data."""
        with ExitStack() as stack:
            self._table(stack, name, columns).writerows(rows)

    def start_week(self) -> None:
        """Forget the line numbers of earlier weeks: a receipt never goes on in another week."""
        self.receipt_lines.clear()

    def write_delivery(self, delivery: Delivery) -> None:
        """Write a delivery to the file that its fate asks for; one that was never registered goes nowhere."""
        if delivery.fate is Fate.NEVER or delivery.quantity <= 0:
            return
        key = receipt_key(delivery)
        self.receipt_lines[key] += 1
        name = FILE_OF_FATE.get(delivery.fate, RECEIPTS)
        self.receipts[name].writerow(receipt_row(delivery, key, self.receipt_lines[key]))

    def write_ticket(self, ticket: Ticket) -> None:
        """Write a transaction as one line."""
        self.transactions.write(self.encoder.encode(document(ticket)) + b"\n")

    def write_refusals(self, refusals: Iterable[Refusal]) -> None:
        """Write the source rows that were left out, with their reasons."""
        self.refused.writerows((refusal.basket, refusal.product, refusal.reason) for refusal in refusals)

    def write_orders(self, orders: Iterable[CustomerOrder]) -> int:
        """Write customer orders and the receipts of their goods; say how many there are."""
        written = list(orders)
        with ExitStack() as stack:
            file = stack.enter_context((self.folder / CUSTOMER_ORDERS).open("wb"))
            receipts = self._table(stack, ORDER_RECEIPTS, RECEIPT_COLUMNS)
            for order in written:
                file.write(self.encoder.encode(order_document(order)) + b"\n")
                receipts.writerows(receipt_rows(order))
        return len(written)
