"""What a receipt line may do to its batch, and what receipts post to the ledger."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from core.lib.document_kinds import SourceKind
from core.lib.imports import joined_content, text_digest
from core.lib.messages import Params
from core.lib.problems import Code, Problem, Severity, register, register_texts
from inventory.rules.costing import ReceiptCost
from inventory.rules.file_columns import ReceiptRow, expiry_of
from ledger.rules.vouchers import Entry, VoucherPlan, merged

AVAILABLE = "available"

register_texts(
    "CONFLICT",
    {
        "receipt_line": "Receipt {receipt} line {line} came in before with other values; correct it by a journal, or give it a new number.",
        "default_batch": "Batch {batch} of item {item} is the default batch; give the goods a batch number of their own.",
        "batch_differs": "Batch {batch} of item {item} has {column} {stored}, the receipt says {given}; correct the receipt or the batch.",
        "batch_dates": "Batch {batch} of item {item} would expire on {expires_on} and be made on {manufactured_on}; correct the dates.",
    },
)

register(
    Code(
        "DUPLICATE_RECEIPT",
        "import",
        "Another receipt brought the same quantity of the same item and batch to the same warehouse, at the same moment and cost.",
        "See whether one delivery was registered under two numbers; if so, take one of them back by a journal (receipt_correction).",
        "Receipt {receipt} line {line} says the same as receipt {other}: {quantity} of item {item} for warehouse {warehouse}; it is kept, "
        "see whether one delivery was registered twice; if so, take one of them back by a journal.",
        severity=Severity.WARNING,
    ),
)


def delivery_text(row: ReceiptRow, moment: str) -> str:
    """What the line brings, whatever its number: lines that look like one delivery have the same text. `moment` is its instant in UTC."""
    return joined_content((row.warehouse, row.item, row.batch, row.quantity, row.unit_cost, moment))


def receipt_digest(row: ReceiptRow, delivered: str) -> str:
    """Digest of everything but the key; the offset in which the moment is written does not matter. `delivered` is its delivery text."""
    return text_digest(joined_content((delivered, row.manufactured_on, row.expires_on, row.disposition)))


def duplicate_receipt(row: ReceiptRow, other: str) -> Problem:
    """A warning: the receipt of that other number brought the very same."""
    said: Params = {"receipt": row.receipt, "line": row.line, "other": other, "quantity": row.quantity}
    return Problem("DUPLICATE_RECEIPT", {**said, "item": row.item, "warehouse": row.warehouse}, severity=Severity.WARNING)


@dataclass(slots=True)
class BatchCard:
    """A batch as receipts see it; `id` is None while it is to be made. `filled` says that empty dates were filled in."""

    id: int | None
    manufactured_on: date | None
    expires_on: date | None
    disposition: str
    is_default_batch: bool = False
    filled: bool = False


@dataclass(slots=True)
class BatchCards:
    """The batches that the lines of one run name, by (item, number); lines are taken in the order of the file."""

    cards: dict[tuple[str, str], BatchCard] = field(default_factory=dict)

    def receive(self, row: ReceiptRow, shelf_life_days: int | None) -> Problem | None:
        """Makes the batch of the line, or fills in dates that it lacks; a problem, and no change, when the line contradicts the batch."""
        key = (row.item, row.batch)
        expires_on = expiry_of(row.expires_on, row.manufactured_on, shelf_life_days)
        card = self.cards.get(key)
        if card is None:
            self.cards[key] = BatchCard(None, row.manufactured_on, expires_on, row.disposition or AVAILABLE)
            return None
        if card.is_default_batch:
            return Problem("CONFLICT", {"batch": row.batch, "item": row.item}, variant="default_batch")
        if (row.manufactured_on, expires_on) == (card.manufactured_on, card.expires_on) and row.disposition in ("", card.disposition):
            return None
        given = (
            ("manufactured_on", row.manufactured_on, card.manufactured_on),
            ("expires_on", row.expires_on, card.expires_on),
            ("disposition", row.disposition or None, card.disposition),
        )
        for name, new, old in given:
            if new is not None and old is not None and new != old:
                said: Params = {"batch": row.batch, "item": row.item, "column": name, "stored": old, "given": new}
                return Problem("CONFLICT", said, variant="batch_differs")
        new_dates = (card.manufactured_on or row.manufactured_on, card.expires_on or expires_on)
        if new_dates[0] and new_dates[1] and new_dates[1] < new_dates[0]:
            said = {"batch": row.batch, "item": row.item, "expires_on": new_dates[1], "manufactured_on": new_dates[0]}
            return Problem("CONFLICT", said, variant="batch_dates")
        if new_dates != (card.manufactured_on, card.expires_on):
            card.manufactured_on, card.expires_on = new_dates
            card.filled = True
        return None


# What goods received post to.
NEEDED_POSTINGS = ("inventory", "goods_received", "price_variance", "cost_adjustment")


class ReceivedLines(NamedTuple):
    """Lines of a receipt that came in together on a day: the first of them, what all of them cost and what they did to stock."""

    receipt: str
    line: int
    line_id: int
    legal_entity_id: int
    date: date
    cost: ReceiptCost


@dataclass(slots=True)
class ReceivedDocuments:
    """The documents that lines of one run make, a voucher each, in the order in which their first goods came in."""

    numbers: dict[tuple[str, int, date], int] = field(default_factory=dict)
    firsts: list[tuple[int, int]] = field(default_factory=list)

    def number_of(self, receipt: str, legal_entity_id: int, day: date, line: int, line_id: int) -> int:
        """The place of the document among them; the line is noted where its number is the lowest so far."""
        key = (receipt, legal_entity_id, day)
        number = self.numbers.get(key)
        if number is None:
            number = self.numbers[key] = len(self.firsts)
            self.firsts.append((line, line_id))
        elif line < self.firsts[number][0]:
            self.firsts[number] = (line, line_id)
        return number

    def received(self, costs: Mapping[int, ReceiptCost]) -> list[ReceivedLines]:
        """What vouchers say of them, from what the lines of each cost together, by its place."""
        return [
            ReceivedLines(receipt, *self.firsts[number], entity, day, costs[number])
            for (receipt, entity, day), number in self.numbers.items()
        ]


def receipt_vouchers(received: Iterable[ReceivedLines], accounts: Mapping[tuple[int, str, str], int]) -> list[VoucherPlan]:
    """A voucher per receipt, legal entity and date: debit inventory, price variance and cost adjustment; credit goods received.

    It is named after the first of its lines: lines of a receipt that come in later make a voucher of their own.
    """
    vouchers = []
    for receipt, line, line_id, entity, day, (amount, value, variance, adjustment) in received:
        entries = merged(
            (
                Entry(accounts[entity, "inventory", ""], value + adjustment),
                Entry(accounts[entity, "price_variance", ""], variance),
                Entry(accounts[entity, "cost_adjustment", ""], -adjustment),
                Entry(accounts[entity, "goods_received", ""], -amount),
            )
        )
        vouchers.append(VoucherPlan(entity, f"GR-{receipt}-{line}", day, SourceKind.RECEIPT_LINE, line_id, "receipt", entries))
    return vouchers
