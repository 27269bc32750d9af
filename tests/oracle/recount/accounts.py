"""What customers owe, what gift cards hold, and what drawers were counted at: by name and number, from the files alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tests.oracle.recount.books import Books, Key, sums, unlike
from tests.oracle.recount.history import ZERO, Known, Order
from tests.oracle.recount.orders import Settlement
from tests.oracle.recount.tills import count_drawers
from tests.oracle.rows import Transaction

ON_ACCOUNT, GIFT_CARD = "on_account", "gift_card"
# What a payment by gift card does to the card, by kind of transaction.
CARD_DIRECTION = {"sale": -1, "income": -1, "payment": -1, "expense": 1}


@dataclass
class CustomerAccounts:
    """Open amounts by company and customer; those of `unknown` customers hang on documents that wait, or on what only a till said."""

    known: Known
    owed: dict[Key, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    unknown: set[Key] = field(default_factory=set)

    def book(self, documents: Iterable[Transaction]) -> None:
        """Sales on account are owed, payments take from it."""
        for document in documents:
            if document.kind == "payment":
                self.owed[self._key(document)] -= sum((payment.amount for payment in document.payments), ZERO)
            elif document.kind == "sale":
                bought = sum((payment.amount for payment in document.payments if payment.method == ON_ACCOUNT), ZERO)
                if bought:
                    self.owed[self._key(document)] += bought

    def leave_out(self, documents: Iterable[Transaction]) -> None:
        """Nobody can see which of these are booked."""
        self.unknown |= {self._key(document) for document in documents if document.customer}

    def book_order(self, order: Order, posted: Mapping[str, Decimal], settled: Settlement | None) -> None:
        """What an order left owed, delivery by delivery; of one that came back the files do not say how it was settled."""
        key = (self.known.entity_of[order.warehouse], order.customer)
        if settled is not None and order.customer and not settled.wrong:
            self.owed[key] += settled.owed
        elif order.customer and (posted.get(ON_ACCOUNT, ZERO) or order.return_of):
            self.unknown.add(key)

    def differences(self, books: Books) -> list[str]:
        """Customers whose open amount is another."""
        found = sums(books.of("customer-accounts"), "amount", "legal_entity", "customer")
        expected, seen = ({key: amount for key, amount in of.items() if key not in self.unknown} for of in (self.owed, found))
        return unlike("account of", expected, seen)

    def _key(self, document: Transaction) -> Key:
        return (self.known.companies[document.key], document.customer or "")


def card_differences(known: Known, valid: Iterable[Transaction], books: Books, settled: Mapping[str, Settlement]) -> list[str]:
    """Gift cards that hold another amount than the `valid` documents of tills and the orders left on them, or less than nothing."""
    held: dict[Key, Decimal] = defaultdict(Decimal)
    unknown: set[Key] = set()
    for document in valid:
        company = known.companies[document.key]
        for line in document.lines:
            if line.gift_card and not line.voided:
                held[company, line.gift_card] += line.net
        for payment in document.payments:
            if payment.gift_card and document.kind in CARD_DIRECTION:
                held[company, payment.gift_card] += CARD_DIRECTION[document.kind] * payment.amount
    invoiced = sums(books.of("invoices"), "total", "order")
    for order in known.orders.values():
        company = known.entity_of[order.warehouse]
        for payment in order.payments:
            if payment.gift_card:
                held[company, payment.gift_card] -= payment.amount
        if order.key in settled:
            for payment in settled[order.key].paid:
                if payment.gift_card:
                    held[company, payment.gift_card] -= payment.amount
            for card, amount in settled[order.key].cards.items():
                if card:
                    held[company, card] += amount
            continue
        for line in order.lines:
            if line.gift_card and not line.voided:
                done = invoiced.get((order.number,), ZERO)
                held[company, line.gift_card] += line.net if done == order.total else ZERO
                unknown |= {(company, line.gift_card)} if done not in (ZERO, order.total) else set()
    found = {(row["legal_entity"], row["gift_card"]): Decimal(row["balance"]) for row in books.of("gift-cards")}
    wrong = [f"gift card {' '.join(key)} holds {amount}" for key, amount in sorted(found.items()) if amount < 0]
    expected, seen = ({key: amount for key, amount in of.items() if key not in unknown} for of in (held, found))
    return wrong + unlike("gift card", expected, seen)


def count_differences(known: Known, day: tuple[str, date], documents: list[Transaction], books: Books) -> list[str]:
    """Drawers of a store day that is booked to its end, whose expected, counted or booked amount is another."""
    rows = [row for row in books.of("counts") if (row["store"], row["date"]) == (day[0], day[1].isoformat())]
    if not rows and not documents:
        return []
    drawers = count_drawers(known.stores[day[0]], documents)
    wrong: list[str] = []
    for name, place in (("expected", 0), ("counted", 1)):
        expected = {key: amounts[place] for key, amounts in drawers.items()}
        wrong += unlike(f"{name} in {day[0]} on {day[1]}, drawer", expected, sums(rows, name, "terminal", "shift", "method"))
    booked = {key: counted - should for key, (should, counted) in drawers.items()}
    wrong += unlike(
        f"difference booked in {day[0]} on {day[1]}, drawer", booked, sums(rows, "posted_difference", "terminal", "shift", "method")
    )
    return wrong
