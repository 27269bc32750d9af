"""The ledger: what each store day, each customer order and all goods must have left on the accounts of the standard chart."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tests.oracle.recount.accounts import CustomerAccounts, card_differences, count_differences
from tests.oracle.recount.books import ADJUSTED, JOURNAL, RECEIVED, Books, Key, parts_of_lines, sums, unlike
from tests.oracle.recount.documents import JUDGED_CODES, Judge
from tests.oracle.recount.history import ZERO, Known, Order
from tests.oracle.recount.orders import Settlement, settlements
from tests.oracle.recount.steps import LineKey, Rows
from tests.oracle.recount.tills import INTO_DRAWER, over_and_short
from tests.oracle.rows import Transaction

NAMES = {
    **{"1010": "cash", "1020": "card", "1030": "gift_card", "1040": "voucher", "1050": "on_account", "1060": "safe", "1070": "bank"},
    **{"1080": "float", "1200": "clearing", "1300": "inventory", "2100": "tax", "2200": "gift card liability", "2300": "prepayment"},
    **{"2400": "goods received", "4000": "revenue", "4100": "discounts", "4900": "income", "5000": "cost of goods"},
    **{"5300": "inventory adjustments", "5400": "goods written off"},
    **{"5100": "price variance", "5200": "cost adjustments", "6100": "expense", "6200": "over/short", "6300": "rounding"},
}
GOODS = {
    *("inventory", "goods received", "price variance", "cost of goods", "cost adjustments"),
    *("inventory adjustments", "goods written off"),
}
METHODS = {"cash", "card", "gift_card", "voucher", "on_account"}
OTHER_SIDE = {"float": "float", "removal": "float", "bank_drop": "bank", "safe_drop": "safe"}
Day = tuple[str, date]
Sums = dict[str, Decimal]


@dataclass
class Ledger:
    """Balances (debits less credits) by account, of each store day, of each customer order, and of everything."""

    days: dict[Day, Sums] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Decimal)))
    orders: dict[str, Sums] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Decimal)))
    whole: Sums = field(default_factory=lambda: defaultdict(Decimal))
    wrong: list[str] = field(default_factory=list)


def read_ledger(known: Known, books: Books) -> Ledger:
    """Puts each voucher where its source belongs; each must balance."""
    found = Ledger()
    invoice = {(known.company_of(row["store"]), row["invoice"]): row for row in books.of("invoices")}
    statement = {row["statement"]: (row["store"], date.fromisoformat(row["business_date"])) for row in books.of("statements")}
    sources = {row["voucher"]: (row["source_kind"], row["source_id"]) for row in books.of("vouchers")}
    balance: Sums = defaultdict(Decimal)
    for row in books.of("vouchers"):
        debit, credit = Decimal(row["debit"]), Decimal(row["credit"])
        if min(debit, credit) != 0 or max(debit, credit) < 0:
            found.wrong.append(f"voucher {row['voucher']}: debit {debit}, credit {credit} in one line")
        account, amount = NAMES.get(row["account"], row["account"]), debit - credit
        company = row.get("legal_entity", "")
        balance[f"{company} {row['voucher']}"] += amount
        found.whole[account] += amount
        kind, source = row["source_kind"], row["source_id"]
        while kind == "reversal":
            # A reversal belongs where the voucher that it takes back does.
            kind, source = sources[source]
        document = known.documents.get(tuple(source.split("/", 2))) if kind == "pos_transaction" else None
        if document is not None:
            found.days[document.store, known.business_date(document)][account] += amount
        elif kind in (RECEIVED, ADJUSTED, JOURNAL):
            if account not in GOODS:
                found.wrong.append(f"voucher {row['voucher']} books {amount} on {account}")
        elif source in statement:
            found.days[statement[source]][account] += amount
        elif (order := f"{company} {invoice[company, source]['order'] if (company, source) in invoice else source}") in known.orders:
            found.orders[order][account] += amount
        elif (company, source) in invoice:
            row = invoice[company, source]
            found.days[row["store"], date.fromisoformat(row["date"])][account] += amount
        else:
            found.wrong.append(f"voucher {row['voucher']}: {row['source_kind']} {source} is in no file")
    found.wrong += [f"voucher {number} does not balance by {amount}" for number, amount in sorted(balance.items()) if amount]
    return found


def money_differences(known: Known, judge: Judge, books: Books, goods: Mapping[str, Decimal]) -> tuple[list[str], list[str]]:
    """Differences, and the store days that cannot be recounted because part of them waits."""
    ledger = read_ledger(known, books)
    lines = parts_of_lines(books.of("allocations"), known)
    wrong = list(ledger.wrong)
    unchecked: list[str] = []
    errors = {key: judge.errors(document) for key, document in known.documents.items()}
    for row in books.of("problems"):
        key = (row["store"], row["terminal"], row["transaction"])
        if (
            row["severity"] == "error"
            and row["code"] in JUDGED_CODES
            and key in errors
            and not judge.errors(known.documents[key], with_refused=True)
        ):
            wrong.append(f"{'/'.join(key)} is refused by {row['code']}, and nothing is wrong with it")
    refused = {(row["store"], row["terminal"], row["transaction"]) for row in books.of("problems") if row["severity"] == "error"}
    accounts = CustomerAccounts(known)
    by_day: dict[Day, list[Transaction]] = defaultdict(list)
    for document in known.documents.values():
        if document.key not in known.days:
            continue
        by_day[document.store, known.business_date(document)].append(document)
    for day in sorted({*ledger.days, *by_day}):
        of_day = by_day.get(day, [])
        standing = _Standing(
            known,
            [row for row in books.of("statements") if (row["store"], row["business_date"]) == (day[0], day[1].isoformat())],
            [known.documents[key] for key in known.taken_back if known.documents[key] in of_day],
            [row for row in of_day if not errors[row.key]],
            [row for row in of_day if not errors[row.key] and row.key not in refused],
            {line[:3] for line in lines},
        )
        found = ledger.days.get(day, {})
        words, expected, booked = standing.expect(judge, has_vouchers=bool(found))
        wrong += [f"{day[0]} {day[1]}: {sentence}" for sentence in words]
        if expected is None:
            unchecked.append(f"{day[0]} {day[1]}")
        elif not words:
            wrong += _compare(f"{day[0]} {day[1]}", expected, found)
        if booked is None:
            accounts.leave_out(of_day)
        else:
            accounts.book(booked)
            # A drawer also paid and took what waits, such as a return of a sale that is not posted; such a day is not at its end.
            waits = {row.key for row in standing.passed} - {row.key for row in booked} - set(known.taken_back)
            wrong += count_differences(known, day, booked, books) if booked and not waits else []
    settled = settlements(known, books)
    for number, order_row in known.orders.items():
        accounts.book_order(order_row, ledger.orders.get(number, {}), settled.get(number))
    valid = [row for row in known.documents.values() if row.key in known.days and not errors[row.key] and row.key not in refused]
    wrong += accounts.differences(books) + card_differences(known, valid, books, settled)
    for order in sorted(ledger.orders):
        if order in settled:
            wrong += settled[order].wrong or _compare(
                f"order {known.orders[order].number}", _settled(known.orders[order], settled[order]), ledger.orders[order]
            )
        else:
            wrong += _returned_money(known, books, known.orders[order], ledger.orders[order], ledger)
    wrong += unlike("all companies", {(name,): amount for name, amount in goods.items()}, {(n,): ledger.whole.get(n, ZERO) for n in GOODS})
    return wrong, unchecked


# -- store days --------------------------------------------------------------------------------------------------------


@dataclass
class _Standing:
    """A store day: its statements, the documents that were reversed `alone`, those that may be booked, those of them that headquarters
    let through, and what moved stock.
    """

    known: Known
    all_statements: Rows
    alone: list[Transaction]
    may: list[Transaction]
    passed: list[Transaction]
    moved: set[LineKey]

    @property
    def statements(self) -> Rows:
        """Those that were not taken back."""
        return [row for row in self.all_statements if row["post_state"] != "Reversed"]

    def expect(self, judge: Judge, *, has_vouchers: bool) -> tuple[list[str], Sums | None, list[Transaction] | None]:
        """What is wrong with the statements, the balances that the day must have, and the documents that are booked to the end; None:
        nobody can see which these are.
        """
        held = sum(int(row["transactions"]) for row in self.statements) - len(self.alone)
        if self.alone and (held != len(self.may) or len(self.statements) != len(self.all_statements)):
            # What the rest of the day is over or short is booked with its next statement.
            return [], None, None
        if held > len(self.may) and has_vouchers:
            return [f"{held} documents are on statements, {len(self.may)} of the files may be"], {}, None
        posted = [row["post_state"] == "Posted" for row in self.statements]
        if not any(posted) and held:
            return [], self._invoiced(judge), []
        if not all(posted):
            return [], self._sales_alone(), None
        settled = [row for row in self.passed if not self._waits(row)]
        for documents, in_drawers in ((self.may, self.may), (self.passed, self.passed), (settled, self.passed), ([], [])):
            if len(documents) == held:
                total = sum((row.total for row in documents if row.kind == "sale"), ZERO)
                stated = sum((Decimal(row["total"]) for row in self.statements), ZERO)
                stated -= sum((row.total for row in self.alone if row.kind == "sale"), ZERO)
                words = [] if total == stated else [f"sales of {stated} on statements, {total} in the files"]
                return words, _expected_day(self.known, documents, in_drawers), None if words else documents
        return [], None, None

    def _sales_alone(self) -> Sums | None:
        """Sales are posted, and the money of the day, on a statement of its own, is not."""
        sales = [row for row in self.statements if row.get("kind") == "transactional"]
        money = [row for row in self.statements if row.get("kind") == "financial"]
        if len(sales) + len(money) != len(self.statements) or self.alone:
            return None
        if any(row["post_state"] != "Posted" for row in sales) or any(row["post_state"] for row in money):
            return None
        held = sum(int(row["transactions"]) for row in sales)
        for candidates in (self.may, self.passed, [row for row in self.passed if not self._waits(row)]):
            documents = [row for row in candidates if row.kind in ("sale", "income", "expense", "payment")]
            if len(documents) == held:
                return _expected_day(self.known, documents, documents)
        return None

    def _waits(self, document: Transaction) -> bool:
        """Something in it comes back whose sale is not posted."""
        back = [line.return_of for line in document.lines if line.return_of and not line.voided and line.quantity]
        return any((ref.store, ref.terminal, ref.number) not in self.moved for ref in back)

    def _invoiced(self, judge: Judge) -> Sums | None:
        """No statement of the day is posted to its end: what could be covered is invoiced, nothing is paid; or nothing is booked."""
        if any(row["failed_state"] not in ("", "Checked", "Customer order invoiced") for row in self.statements):
            return None
        sales = [row for row in self.may if row.kind == "sale"]
        invoiced = [row for row in sales if row.key in self.moved]
        if not invoiced:
            return {} if all(row["failed_state"] == "Checked" or not row["post_state"] for row in self.statements) else None
        if any(not judge.stocked(row) for row in sales):
            return None
        found: Sums = defaultdict(Decimal)
        for document in invoiced:
            found["clearing"] += _sell(self.known, document, found)
        # Discounts are shown beside revenue by a later state.
        found["revenue"] += found.pop("discounts", ZERO)
        return found


def _expected_day(known: Known, documents: list[Transaction], in_drawers: list[Transaction]) -> Sums:
    """What the documents of a store day leave on the accounts, goods apart.

    A count is compared with all that went through the drawers, with what waits for a statement, too.
    """
    found: Sums = defaultdict(Decimal)
    for document in documents:
        direction = INTO_DRAWER.get(document.kind, 0)
        paid = sum((payment.amount for payment in document.payments), ZERO)
        for payment in document.payments:
            account = (
                "gift card liability" if payment.method == "gift_card" and document.kind in ("sale", "income", "expense", "payment") else ""
            )
            found[account or payment.method] += direction * payment.amount
        if document.kind == "sale":
            found["rounding"] += _sell(known, document, found) - paid
        elif document.kind in ("income", "expense"):
            found[document.kind] -= direction * document.total
            found["rounding"] += direction * (document.total - paid)
        elif document.kind == "payment":
            found["on_account"] -= paid
        elif document.kind in OTHER_SIDE:
            found[OTHER_SIDE[document.kind]] -= direction * paid
    if documents:
        for method, amount in over_and_short(known.stores[documents[0].store], in_drawers).items():
            found[method] += amount
            found["over/short"] -= amount
    return found


def _sell(known: Known, document: Transaction, found: Sums) -> Decimal:
    """Books the lines of a sale; gives what they come to."""
    whole = ZERO
    for line in document.lines:
        if line.voided:
            continue
        is_card = known.items[line.item].kind == "gift_card"
        found["gift card liability" if is_card else "revenue"] -= line.net
        found["tax"] -= line.tax
        # Of a return tills write it with either sign.
        discount = abs(line.discount).copy_sign(line.quantity)
        found["revenue"] -= discount
        found["discounts"] += discount
        whole += line.net + line.tax
    return whole


def _compare(what: str, expected: Sums, found: Mapping[str, Decimal]) -> list[str]:
    """Accounts other than those of goods, whose balances differ."""
    return unlike(what, _named(expected), _named(found))


def _named(amounts: Mapping[str, Decimal]) -> dict[Key, Decimal]:
    return {(name,): amount for name, amount in amounts.items() if name not in GOODS and amount}


# -- customer orders ---------------------------------------------------------------------------------------------------


def _settled(order: Order, settled: Settlement) -> Sums:
    """What a sale left: its deposit, the revenue of what is invoiced, and how that was settled."""
    expected: Sums = defaultdict(Decimal)
    for payment in (*order.payments, *settled.paid):
        expected["gift card liability" if payment.method == "gift_card" else payment.method] += payment.amount
    cards = sum(settled.cards.values(), ZERO)
    expected["prepayment"] -= sum((payment.amount for payment in order.payments), ZERO) - settled.used
    expected["gift card liability"] -= cards
    expected["revenue"] -= settled.net - cards
    expected["tax"] -= settled.tax
    expected["on_account"] += settled.owed
    expected["rounding"] += settled.rounding
    return expected


def _returned_money(known: Known, books: Books, order: Order, found: Sums, ledger: Ledger) -> list[str]:
    """What an order left whose goods come back, or whose invoice was: its revenue, and how that was settled."""
    company = known.entity_of[order.warehouse]
    own = [row for row in books.of("invoices") if row["order"] == order.number and known.company_of(row["store"]) == company]
    invoiced = sums(own, "total", "order").get((order.number,), ZERO)
    deposits: Sums = defaultdict(Decimal)
    for payment in order.payments:
        deposits["gift card liability" if payment.method == "gift_card" else payment.method] += payment.amount
    expected: Sums = defaultdict(Decimal, deposits)
    if invoiced == 0 and found.get("revenue", ZERO) == 0:
        expected["prepayment"] -= sum(deposits.values(), ZERO)
        return _compare(f"order {order.number}", expected, found)
    if invoiced != order.total:
        return [] if 0 < abs(invoiced) < abs(order.total) else [f"order {order.number}: {invoiced} of {order.total} are invoiced"]
    cards = sum((line.net for line in order.lines if not line.voided and known.items[line.item].kind == "gift_card"), ZERO)
    expected["gift card liability"] -= cards
    expected["revenue"] -= order.net - cards
    expected["tax"] -= order.tax
    if order.total > 0:
        expected["on_account"] += order.total - sum(deposits.values(), ZERO)
        return _compare(f"order {order.number}", expected, found)
    return _refund_differences(known, order, expected, found, ledger)


def _refund_differences(known: Known, order: Order, expected: Sums, found: Sums, ledger: Ledger) -> list[str]:
    """A return follows how its sale was settled: what is owed first, then at most what was paid, by its methods."""
    sold = {key for key, _ in order.return_of.values()}
    if len(sold) != 1 or len(order.return_of) != len(order.lines):
        return []
    (sale,) = sold
    settled = ledger.orders.get(sale, {})
    others = [one for one in known.orders.values() if one is not order and sale in {back[0] for back in one.return_of.values()}]
    if others:
        # Which of several returns came first is not in the files; together they may not pay out more than was paid.
        together = sum(
            (ledger.orders.get(one.key, {}).get(name, ZERO) for one in (*others, order) for name in METHODS - {"on_account"}), ZERO
        )
        paid = sum((settled.get(name, ZERO) for name in METHODS - {"on_account"}), ZERO)
        return [f"order {sale}: {-together} paid back, {paid} were paid"] if -together > paid else []
    back = -order.total
    refund = max(back - settled.get("on_account", ZERO), ZERO)
    for method in sorted(METHODS - {"on_account"}):
        part = min(refund, max(settled.get(method, ZERO), ZERO))
        expected[method] -= part
        refund -= part
    expected["on_account"] -= back + sum((expected[method] for method in METHODS - {"on_account"}), ZERO)
    return _compare(f"order {order.number}", expected, found)
