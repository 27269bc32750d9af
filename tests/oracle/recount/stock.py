"""Quantities: every posted line is what was sold, every batch may be it, stock is what came in less what went out, debt is what lacks."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from tests.oracle.recount.books import JOURNAL, RECEIVED, SETTLED, SOLD, Books, Key, Part, line_of, parts_of_lines, sums, unlike
from tests.oracle.recount.documents import SCALE, Judge, rounded
from tests.oracle.recount.history import ZERO, Known
from tests.oracle.recount.orders import Settlement, settlements
from tests.oracle.recount.steps import LineKey
from tests.oracle.rows import Line, LineRef, Transaction

Lines = dict[LineKey, list[Part]]


def stock_differences(known: Known, judge: Judge, books: Books) -> list[str]:
    """Everything in which lines, movements, stock and debt are not what the files give."""
    lines = parts_of_lines(books.of("allocations"), known)
    orders = parts_of_lines(books.of("order-allocations"), known)
    return [
        *_document_differences(known, judge, lines, {line_of(row, known) for row in books.of("debt-settlements")}),
        *_order_differences(known, judge, orders, settlements(known, books)),
        *_movement_differences(known, books),
        *_debt_differences(known, books),
        *_settlement_differences(known, books),
    ]


# -- lines of tills ----------------------------------------------------------------------------------------------------


def _document_differences(known: Known, judge: Judge, lines: Lines, settled: set[LineKey]) -> list[str]:
    wrong: list[str] = []
    for key in sorted({line[:3] for line in lines}):
        document = known.documents.get(key)
        if document is None:
            wrong.append(f"{'/'.join(key)} is posted, and in no file")
            continue
        wrong += [f"{'/'.join(key)} is posted, but {error}" for error in judge.errors(document)]
        stocked = judge.stocked(document)
        posted = {int(line[3]) for line in lines if line[:3] == key}
        wrong += [f"{'/'.join(key)}: line {number} moves stock, and may not" for number in sorted(posted - stocked.keys())]
        for number, line in sorted(stocked.items()):
            parts = lines.get((*key, str(number)), [])
            wrong += [
                f"{'/'.join(key)}/{number}: {words}" for words in _line_differences(known, judge, document, line, parts, lines, settled)
            ]
    return wrong


def _line_differences(
    known: Known, judge: Judge, document: Transaction, line: Line, parts: list[Part], lines: Lines, settled: set[LineKey]
) -> list[str]:
    entered = judge.entered(line)
    if entered is None:
        return []
    wrong: list[str] = []
    homes = known.homes[document.store]
    quantity = sum((part[3] for part in parts), ZERO)
    # The parts of a sold line that come back are rounded so that they add up; each may be one step off.
    off = abs(Fraction(quantity) - entered)
    if off > (Fraction(SCALE) if line.return_of else Fraction(SCALE) / 2):
        wrong.append(f"{quantity} posted, {rounded(entered)} {'sold' if entered > 0 else 'came back'}")
    wrong += [f"{part[1]} from {part[0]} instead of {line.item}" for part in parts if part[1] != line.item or part[0] not in homes]
    batches = {part[2] for part in parts}
    if not known.items[line.item].is_tracked:
        return wrong + [f"batch {batch} of an item without batches" for batch in sorted(batches) if batch]
    if line.return_of is not None:
        return wrong + _return_differences(judge, line.return_of, lines, settled)
    if line.batch is not None:
        return wrong + [f"batch {batch} instead of the captured {line.batch}" for batch in sorted(batches) if batch != line.batch]
    for batch in sorted(batches):
        if not known.is_default(line.item, batch):
            wrong += _choice_differences(known, document, line, parts[0][0], batch)
    return wrong


def _return_differences(judge: Judge, ref: LineRef, lines: Lines, settled: set[LineKey]) -> list[str]:
    """What came back of a sold line: to the batches that it took, never more than it took, all of it when all is back.

    Of a line that was ever settled only the sum can be said: it came back to the batch that it was of at that moment.
    """
    taken: dict[str, Decimal] = defaultdict(Decimal)
    for part in lines.get((ref.store, ref.terminal, ref.number, str(ref.line)), []):
        taken[part[2]] += part[3]
    back: dict[str, Decimal] = defaultdict(Decimal)
    entered = Fraction(0)
    for document, line in judge.returns[ref]:
        parts = lines.get((*document.key, str(line.number)), [])
        entered -= (judge.entered(line) or 0) if parts else 0
        for part in parts:
            back[part[2]] -= part[3]
    wrong = [f"{back[batch]} of batch {batch} came back, {taken[batch]} were sold" for batch in sorted(back) if back[batch] > taken[batch]]
    if (ref.store, ref.terminal, ref.number, str(ref.line)) in settled:
        too_much = sum(back.values()) > sum(taken.values())
        wrong = [f"{sum(back.values())} came back, {sum(taken.values())} were sold"] if too_much else []
    sold = judge.known.sold_line(ref)
    whole = judge.entered(sold[1]) if sold else None
    if whole and not wrong and abs(entered - whole) <= Fraction(SCALE) / 2 and sum(back.values()) != sum(taken.values()):
        wrong.append(f"all of it is back, but {sum(back.values())} of {sum(taken.values())}")
    return wrong


def _choice_differences(known: Known, document: Transaction, line: Line, home: str, batch: str) -> list[str]:
    """A batch that headquarters chose freely: of this item, in this warehouse by then, not expired, not blocked when it came in."""
    received = [row for row in known.receipts.values() if (row.item, row.batch) == (line.item, batch)]
    if not received:
        return [f"batch {batch} never came in"]
    if line.quantity < 0:
        return []
    wrong: list[str] = []
    arrivals = [row.received_at for row in received if row.warehouse == home]
    late = known.parameter("inventory.use_batches_received_after_sale", document.store) == "true"
    if arrivals and min(arrivals) > document.sold_at and not late and not _came_back(known, home, line.item):
        wrong.append(f"batch {batch} came in after the sale")
    expires = min((row.expires_on for row in received if row.expires_on), default=None)
    if expires is not None and expires < known.business_date(document):
        wrong.append(f"batch {batch} had expired on {expires}")
    if all(known.blocks_sale[row.disposition] for row in received):
        wrong.append(f"batch {batch} was blocked")
    return wrong


def _came_back(known: Known, warehouse: str, item: str) -> bool:
    """Something of the item came back to the warehouse, or a journal brought it, perhaps before it was received there."""
    if any(line.item == item and place == warehouse and change > 0 for line, place, change in known.journal_changes()):
        return True
    return any(
        line.item == item and line.quantity < 0
        for document in known.documents.values()
        if warehouse in known.homes.get(document.store, ())
        for line in document.lines
    )


# -- customer orders ---------------------------------------------------------------------------------------------------


def _order_differences(known: Known, judge: Judge, lines: Lines, settled: Mapping[str, Settlement]) -> list[str]:
    wrong: list[str] = []
    for key, parts in sorted(lines.items()):
        order = known.orders.get(key[0])
        of = [line for line in order.lines if str(line.number) == key[1]] if order else []
        if order is None or not of:
            wrong.append(f"order {'/'.join(key)} is posted, and in no file")
            continue
        quantity, ordered = sum((part[3] for part in parts), ZERO), judge.stock_quantity(of[0])
        invoiced = settled[key[0]].done.get(of[0].number, ZERO) if key[0] in settled and not settled[key[0]].wrong else None
        share = None if invoiced is None else rounded(Fraction(ordered) * Fraction(invoiced) / Fraction(abs(of[0].quantity)))
        if share is not None and quantity != share:
            wrong.append(f"order {'/'.join(key)}: {quantity} posted, {share} invoiced")
        if abs(quantity) > abs(ordered) or quantity * ordered < 0:
            wrong.append(f"order {'/'.join(key)}: {quantity} posted, {ordered} ordered")
        wrong += [f"order {'/'.join(key)}: {part[1]} from {part[0]}" for part in parts if part[:2] != (order.warehouse, of[0].item)]
    return wrong


# -- movements, stock, debt --------------------------------------------------------------------------------------------


def _movement_differences(known: Known, books: Books) -> list[str]:
    """What came in is what the receipts say, what went out is what was allocated, and stock is the one less the other."""
    place = ("warehouse", "item", "batch")
    received: dict[Key, Decimal] = defaultdict(Decimal)
    stock: dict[Key, Decimal] = defaultdict(Decimal)
    for row in known.receipts.values():
        received[row.warehouse, row.item, row.batch, "/".join(row.key)] += row.quantity
        stock[row.warehouse, row.item, row.batch] += row.quantity
    journals: dict[Key, Decimal] = defaultdict(Decimal)
    for line, warehouse, change in known.journal_changes():
        journals[warehouse, line.item, line.batch, "/".join(line.key)] += change
        stock[warehouse, line.item, line.batch] += change
    issued: dict[Key, Decimal] = defaultdict(Decimal)
    for kind in ("allocations", "order-allocations"):
        for key, amount in sums(books.of(kind), "quantity", *place).items():
            issued[key] -= amount
            stock[key] -= amount
    settled = _settled(books)
    for key, amount in settled.items():
        stock[key] += amount
    return [
        *unlike("settled", settled, sums(books.movements(SETTLED), "quantity", *place)),
        *unlike("received", received, sums(books.movements(RECEIVED), "quantity", *place, "source_id")),
        *unlike("moved by journals", journals, sums(books.movements(JOURNAL), "quantity", *place, "source_id")),
        *unlike("issued", issued, sums(books.movements(*SOLD), "quantity", *place)),
        *unlike("on hand", stock, sums(books.of("on-hand"), "quantity", *place)),
        *_below_zero(known, books),
    ]


def _settled(books: Books) -> dict[Key, Decimal]:
    """What settlements added to batches."""
    found: dict[Key, Decimal] = defaultdict(Decimal)
    for row in books.settlements():
        found[row["warehouse"], row["item"], row["from_batch"]] += Decimal(row["quantity"])
        found[row["warehouse"], row["item"], row["to_batch"]] -= Decimal(row["quantity"])
    return found


def _settlement_differences(known: Known, books: Books) -> list[str]:
    """A debt is paid by a batch that could have been sold then, once, and no more than what its line owed."""
    wrong: list[str] = []
    owed = {line_of(row, known): Decimal(row["quantity"]) - Decimal(row["open_quantity"]) for row in books.of("batch-debt")}
    paid: dict[LineKey, Decimal] = defaultdict(Decimal)
    for row in books.settlements():
        quantity, key = Decimal(row["quantity"]), line_of(row, known)
        if not known.is_default(row["item"], row["from_batch"]) or known.is_default(row["item"], row["to_batch"]):
            wrong.append(f"settlement {row['settlement']}: {row['to_batch']} for {row['from_batch']}")
        if quantity <= 0:
            continue
        paid[key] += quantity
        document = known.documents.get(key[:3])
        for line in document.lines if document else ():
            if str(line.number) == key[3]:
                found = _choice_differences(known, document, line, row["warehouse"], row["to_batch"])  # type: ignore[arg-type]
                wrong += [f"settlement {row['settlement']} of {'/'.join(key)}: {words}" for words in found]
    wrong += [
        f"settled of {'/'.join(key)}: {paid[key]} of {owed.get(key, ZERO)}" for key in sorted(paid) if paid[key] > owed.get(key, ZERO)
    ]
    return wrong


def _below_zero(known: Known, books: Books) -> list[str]:
    """Only a default batch, one that a till captured or a journal took from, and what has no batches may be short, if allowed."""
    captured = {(line.item, line.batch) for document in known.documents.values() for line in document.lines if line.batch}
    captured |= {(line.item, line.batch) for order in known.orders.values() for line in order.lines if line.batch}
    captured |= {(line.item, line.batch) for line, change in known.changes.items() if change < 0}
    wrong = []
    for row in books.of("on-hand"):
        warehouse, item, batch = row["warehouse"], row["item"], row["batch"]
        if Decimal(row["quantity"]) < 0 and batch and not known.is_default(item, batch) and (item, batch) not in captured:
            wrong.append(f"on hand {warehouse} {item} {batch}: {row['quantity']} of a real batch")
    return wrong


def _debt_differences(known: Known, books: Books) -> list[str]:
    """Per place, stock of a default batch is open credit less open debt, and never are both open: so open debt is what is below zero."""
    owed: dict[Key, Decimal] = defaultdict(Decimal)
    moved: dict[Key, Decimal] = defaultdict(Decimal)
    for kind in ("allocations", "order-allocations"):
        for (warehouse, item, batch), amount in sums(books.of(kind), "quantity", "warehouse", "item", "batch").items():
            if known.is_default(item, batch):
                moved[warehouse, item, batch] -= amount
    for line, warehouse, change in known.journal_changes():
        if known.is_default(line.item, line.batch):
            moved[warehouse, line.item, line.batch] += change
    for (warehouse, item, batch), amount in _settled(books).items():
        if known.is_default(item, batch):
            moved[warehouse, item, batch] += amount
    for (warehouse, item, _), amount in moved.items():
        owed[warehouse, item] += max(-amount, ZERO)
    wrong = unlike("open debt", owed, sums(books.of("batch-debt"), "open_quantity", "warehouse", "item"))
    lines = {**parts_of_lines(books.of("allocations"), known), **parts_of_lines(books.of("order-allocations"), known)}
    for line, warehouse, change in known.journal_changes():
        journal = (known.order_key(line.warehouse, line.key[0]), line.key[1])
        lines.setdefault(journal, []).append((warehouse, line.item, line.batch, -change))
    for row in books.of("batch-debt"):
        key = line_of(row, known)
        took = sum((part[3] for part in lines.get(key, []) if known.is_default(part[1], part[2]) and part[0] == row["warehouse"]), ZERO)
        if not 0 <= Decimal(row["open_quantity"]) <= Decimal(row["quantity"]) <= took:
            wrong.append(f"debt of {'/'.join(key)}: {row['open_quantity']} of {row['quantity']} open, the line took {took}")
    return wrong
