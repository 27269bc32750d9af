"""The ledger: what each store day, each customer order and all goods must have left on the accounts of the standard chart."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tests.oracle.recount.books import ADJUSTED, RECEIVED, Books, Key, sums, unlike
from tests.oracle.recount.documents import JUDGED_CODES, Judge
from tests.oracle.recount.history import ZERO, Known, LineKey, Order
from tests.oracle.recount.tills import INTO_DRAWER, over_and_short
from tests.oracle.rows import Transaction

NAMES = {
    **{"1010": "cash", "1020": "card", "1030": "gift_card", "1040": "voucher", "1050": "on_account", "1060": "safe", "1070": "bank"},
    **{"1080": "float", "1200": "clearing", "1300": "inventory", "2100": "tax", "2200": "gift card liability", "2300": "prepayment"},
    **{"2400": "goods received", "4000": "revenue", "4100": "discounts", "4900": "income", "5000": "cost of goods"},
    **{"5100": "price variance", "5200": "cost adjustments", "6100": "expense", "6200": "over/short", "6300": "rounding"},
}
GOODS = {"inventory", "goods received", "price variance", "cost of goods", "cost adjustments"}
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
    invoice = {row["invoice"]: row for row in books.of("invoices")}
    statement = {row["statement"]: (row["store"], date.fromisoformat(row["business_date"])) for row in books.of("statements")}
    balance: Sums = defaultdict(Decimal)
    for row in books.of("vouchers"):
        debit, credit = Decimal(row["debit"]), Decimal(row["credit"])
        if min(debit, credit) != 0 or max(debit, credit) < 0:
            found.wrong.append(f"voucher {row['voucher']}: debit {debit}, credit {credit} in one line")
        account, amount = NAMES.get(row["account"], row["account"]), debit - credit
        balance[row["voucher"]] += amount
        found.whole[account] += amount
        source = row["source_id"]
        if row["source_kind"] in (RECEIVED, ADJUSTED):
            if account not in GOODS:
                found.wrong.append(f"voucher {row['voucher']} books {amount} on {account}")
        elif source in statement:
            found.days[statement[source]][account] += amount
        elif source in invoice and invoice[source]["order"] not in known.orders:
            found.days[invoice[source]["store"], date.fromisoformat(invoice[source]["date"])][account] += amount
        elif source in invoice or source in known.orders:
            found.orders[invoice[source]["order"] if source in invoice else source][account] += amount
        else:
            found.wrong.append(f"voucher {row['voucher']}: {row['source_kind']} {source} is in no file")
    found.wrong += [f"voucher {number} does not balance by {amount}" for number, amount in sorted(balance.items()) if amount]
    return found


def money_differences(known: Known, judge: Judge, books: Books, goods: Mapping[str, Decimal]) -> tuple[list[str], list[str]]:
    """Differences, and the store days that cannot be recounted because part of them waits."""
    ledger = read_ledger(known, books)
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
    by_day: dict[Day, list[Transaction]] = defaultdict(list)
    for document in known.documents.values():
        if document.key not in known.days:
            continue
        by_day[document.store, known.business_date(document)].append(document)
    for day in sorted({*ledger.days, *by_day}):
        may = [row for row in by_day.get(day, []) if not errors[row.key]]
        words, is_whole = _standing(known, books, day, may, {key for key in refused if not errors.get(key)}, day in ledger.days)
        wrong += words
        if is_whole is None:
            unchecked.append(f"{day[0]} {day[1]}")
        elif not words:
            wrong += _compare(f"{day[0]} {day[1]}", _expected_day(known, is_whole), ledger.days.get(day, {}))
    for order in sorted(ledger.orders):
        wrong += _order_money(known, books, known.orders[order], ledger.orders[order], ledger)
    wrong += unlike("all companies", {(name,): amount for name, amount in goods.items()}, {(n,): ledger.whole.get(n, ZERO) for n in GOODS})
    return wrong, unchecked


# -- store days --------------------------------------------------------------------------------------------------------


def _standing(
    known: Known, books: Books, day: Day, may: list[Transaction], refused: set[LineKey], has_vouchers: bool
) -> tuple[list[str], list[Transaction] | None]:
    """Which documents of the day are posted: all that may be, or all that headquarters let through; None: some of them wait."""
    rows = [row for row in books.of("statements") if (row["store"], row["business_date"]) == (day[0], day[1].isoformat())]
    held = sum(int(row["transactions"]) for row in rows)
    if held > len(may) and has_vouchers:
        return [f"{day[0]} {day[1]}: {held} documents are on statements, {len(may)} of the files may be"], may
    if any(row["post_state"] != "Posted" for row in rows):
        return [], None
    passed = [row for row in may if row.key not in refused]
    for documents in (may, passed):
        if len(documents) == held:
            total = sum((row.total for row in documents if row.kind == "sale"), ZERO)
            stated = sum((Decimal(row["total"]) for row in rows), ZERO)
            words = [] if total == stated else [f"{day[0]} {day[1]}: sales of {stated} on statements, {total} in the files"]
            return words, documents
    return [], None


def _expected_day(known: Known, documents: list[Transaction]) -> Sums:
    """What the documents of a store day leave on the accounts, goods apart."""
    found: Sums = defaultdict(Decimal)
    for document in documents:
        direction = INTO_DRAWER.get(document.kind, 0)
        paid = sum((payment.amount for payment in document.payments), ZERO)
        for payment in document.payments:
            account = "gift card liability" if payment.method == "gift_card" and document.kind in ("sale", "income", "expense") else ""
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
        for method, amount in over_and_short(known.stores[documents[0].store], documents).items():
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
        found["revenue"] -= line.discount
        found["discounts"] += line.discount
        whole += line.net + line.tax
    return whole


def _compare(what: str, expected: Sums, found: Mapping[str, Decimal]) -> list[str]:
    """Accounts other than those of goods, whose balances differ."""
    return unlike(what, _named(expected), _named(found))


def _named(amounts: Mapping[str, Decimal]) -> dict[Key, Decimal]:
    return {(name,): amount for name, amount in amounts.items() if name not in GOODS and amount}


# -- customer orders ---------------------------------------------------------------------------------------------------


def _order_money(known: Known, books: Books, order: Order, found: Sums, ledger: Ledger) -> list[str]:
    """What a customer order left: its deposit, and once it is invoiced as a whole its revenue and how that was settled."""
    invoiced = sums([row for row in books.of("invoices") if row["order"] == order.number], "total", "order").get((order.number,), ZERO)
    deposits: Sums = defaultdict(Decimal)
    for payment in order.payments:
        deposits[payment.method] += payment.amount
    expected: Sums = defaultdict(Decimal, deposits)
    if invoiced == 0 and found.get("revenue", ZERO) == 0:
        expected["prepayment"] -= sum(deposits.values(), ZERO)
        return _compare(f"order {order.number}", expected, found)
    if invoiced != order.total:
        return [] if 0 < abs(invoiced) < abs(order.total) else [f"order {order.number}: {invoiced} of {order.total} are invoiced"]
    expected["revenue"] -= order.net
    expected["tax"] -= order.tax
    if order.total > 0:
        expected["on_account"] += order.total - sum(deposits.values(), ZERO)
        return _compare(f"order {order.number}", expected, found)
    return _refund_differences(known, order, expected, found, ledger)


def _refund_differences(known: Known, order: Order, expected: Sums, found: Sums, ledger: Ledger) -> list[str]:
    """A return follows how its sale was settled: what is owed first, then at most what was paid, by its methods."""
    sold = {number for number, _ in order.return_of.values()}
    if len(sold) != 1 or len(order.return_of) != len(order.lines):
        return []
    (number,) = sold
    settled = ledger.orders.get(number, {})
    others = [one for one in known.orders.values() if one is not order and number in {back[0] for back in one.return_of.values()}]
    if others:
        # Which of several returns came first is not in the files; together they may not pay out more than was paid.
        together = sum(
            (ledger.orders.get(one.number, {}).get(name, ZERO) for one in (*others, order) for name in METHODS - {"on_account"}), ZERO
        )
        paid = sum((settled.get(name, ZERO) for name in METHODS - {"on_account"}), ZERO)
        return [f"order {number}: {-together} paid back, {paid} were paid"] if -together > paid else []
    back = -order.total
    refund = max(back - settled.get("on_account", ZERO), ZERO)
    for method in sorted(METHODS - {"on_account"}):
        part = min(refund, max(settled.get(method, ZERO), ZERO))
        expected[method] -= part
        refund -= part
    expected["on_account"] -= back + sum((expected[method] for method in METHODS - {"on_account"}), ZERO)
    return _compare(f"order {order.number}", expected, found)
