"""Which POS transactions may be on the books at all, and what a line is in the item's unit: the rules that posting relies on."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from tests.oracle.recount.history import ZERO, Known
from tests.oracle.rows import Line, LineRef, Transaction

SCALE = Decimal("0.0001")
ON_ACCOUNT = "on_account"
# What headquarters refuses by these codes is refused by a rule of this module too.
JUDGED_CODES = {"CURRENCY_MISMATCH", "OTHER_COMPANY", "H19", "L13", "L17"}


def rounded(value: Fraction, unit: Decimal = SCALE) -> Decimal:
    """Half up to the unit, away from zero."""
    steps = abs(value) / Fraction(unit)
    whole = (steps + Fraction(1, 2)).__floor__()
    return (Decimal(whole) * unit).copy_sign(-1 if value < 0 else 1)


class Judge:
    """Says why a document may not be booked; everything is looked up in what the files say."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.returns: dict[LineRef, list[tuple[Transaction, Line]]] = defaultdict(list)
        for document in known.documents.values():
            for line in document.lines:
                if line.return_of is not None and not line.voided:
                    self.returns[line.return_of].append((document, line))
        for rows in self.returns.values():
            rows.sort(key=lambda row: (row[0].sold_at, row[0].key, row[1].number))

    def entered(self, line: Line) -> Fraction | None:
        """The line's quantity in the item's unit, not rounded; None where no conversion is known."""
        ratio = self.known.ratio(line.item, line.unit)
        return None if ratio is None else Fraction(line.quantity) * ratio

    def stock_quantity(self, line: Line) -> Decimal:
        """The line's quantity in the item's unit, as a line by itself."""
        entered = self.entered(line)
        assert entered is not None
        return rounded(entered)

    def errors(self, document: Transaction, *, with_refused: bool = False) -> list[str]:
        """Why the document may not be booked; empty: it may. What came back counts `with_refused` returns or without."""
        known = self.known
        store = known.stores.get(document.store)
        if store is None or not known.companies.get(document.key):
            return ["its store has no warehouse"]
        found: list[str] = []
        company = known.companies[document.key]
        currencies = {document.currency, store.currency, known.currency[company]}
        if len(currencies) > 1:
            found.append(f"its currencies are {', '.join(sorted(currencies))}")
        if document.kind != "sale":
            return found + self._event_errors(document)
        live = [line for line in document.lines if not line.voided]
        # One about nothing at all books nothing, whether the rule against it is on or off.
        if not document.lines and (document.total or document.payments):
            found.append("it has no line")
        whole = sum((line.net + line.tax for line in live), ZERO)
        paid = sum((payment.amount for payment in document.payments), ZERO)
        if abs(document.total - whole) > store.rounding_limit:
            found.append(f"its total is {document.total}, its lines are {whole}")
        if abs(document.total - paid) > store.rounding_limit:
            found.append(f"its total is {document.total}, {paid} is paid")
        if any(payment.method == ON_ACCOUNT for payment in document.payments) and document.customer not in known.customers:
            found.append("nobody known buys on account")
        return found + [error for line in live for error in self._line_errors(document, line, with_refused)]

    def _event_errors(self, document: Transaction) -> list[str]:
        found = []
        if document.kind != "tender_declaration" and any(payment.amount < 0 for payment in document.payments):
            found.append("its kind says which way money goes, its amount has a sign")
        if document.kind == "payment" and document.customer not in self.known.customers:
            found.append("nobody known pays on account")
        return found

    def _line_errors(self, document: Transaction, line: Line, with_refused: bool) -> list[str]:
        item = self.known.items.get(line.item)
        if item is None:
            return [f"item {line.item} is not known"]
        if self.entered(line) is None:
            return [f"line {line.number}: no conversion from {line.unit} to {item.unit}"]
        if line.batch and item.is_tracked and item.kind == "stocked" and (line.item, line.batch) not in self.known.received:
            return [f"line {line.number}: captured batch {line.batch} is not known"]
        return self._return_errors(document, line, line.return_of, with_refused) if line.return_of else []

    def _return_errors(self, document: Transaction, line: Line, ref: LineRef, with_refused: bool) -> list[str]:
        sold = self.known.sold_line(ref)
        if sold is None or sold[1].item != line.item or sold[1].quantity <= 0 or sold[1].voided or sold[1].return_of:
            return [f"line {line.number}: returns nothing that was sold"]
        if self.known.companies.get(sold[0].key) != self.known.companies[document.key]:
            return [f"line {line.number}: another company sold it"]
        whole, back = self.entered(sold[1]), Fraction(0)
        for of, part in self.returns[ref]:
            if with_refused or of.key == document.key or not self.errors(of):
                back -= self.entered(part) or 0
            if (of.key, part.number) == (document.key, line.number):
                break
        # Quantities have four decimals: a ratio that is not exact may miss by as much.
        return [f"line {line.number}: more comes back than was sold"] if whole is not None and back > whole + Fraction(SCALE) / 2 else []

    def stocked(self, document: Transaction) -> dict[int, Line]:
        """The lines that move stock."""
        if document.kind != "sale":
            return {}
        return {line.number: line for line in document.lines if not line.voided and line.quantity != 0 and self._is_stocked(line)}

    def _is_stocked(self, line: Line) -> bool:
        item = self.known.items.get(line.item)
        return item is not None and item.kind == "stocked"
