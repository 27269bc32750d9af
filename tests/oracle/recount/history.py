"""What happened, step by step, as somebody outside could have written it down: files that came in, parameters, postings.

`Known` reads the files themselves and keeps what headquarters must know after each step. Nothing here comes from the product.
"""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tests.oracle.recount.steps import Costing, File, HandOver, LineKey, Parameters, Step, TakingBack
from tests.oracle.rows import Line, LineRef, Payment, Transaction

ZERO = Decimal(0)
# Smallest amounts by ISO 4217; every other currency has two decimals.
NO_DECIMALS = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"}
THREE_DECIMALS = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
# Dates that stand for none in other systems.
NO_DATES = {"", "1900-01-01", "2154-12-31", "9999-12-31"}


@dataclass
class History:
    """All steps; `not_followed` names what happened that the recount knows no rule for."""

    steps: list[Step] = field(default_factory=list)
    not_followed: list[str] = field(default_factory=list)


class Store(NamedTuple):
    """A row of the stores' file; what may be left out has its default."""

    warehouse: str
    currency: str
    zone: ZoneInfo
    end_of_day: time
    rounding_limit: Decimal
    count_rule: str
    method: str


class Item(NamedTuple):
    """A row of the items' file."""

    unit: str
    is_tracked: bool
    negative: bool
    standard_cost: Decimal
    kind: str


class Receipt(NamedTuple):
    """A row of the receipts' file: goods that came in."""

    key: tuple[str, str]
    warehouse: str
    item: str
    batch: str
    quantity: Decimal
    unit_cost: Decimal
    received_at: datetime
    expires_on: date | None
    disposition: str


class JournalLine(NamedTuple):
    """A row of the journals' file: what a count found, what a transfer takes along, else what stock changes by."""

    key: tuple[str, str]
    kind: str
    warehouse: str
    to_warehouse: str
    item: str
    batch: str
    quantity: Decimal
    day: date
    # Number and line of the receipt that it corrects.
    receipt: tuple[str, str] | None


class Order(NamedTuple):
    """A customer order; `key` is its number with its company, a line's `return_of` is a (key, line) pair. `carried` lines go at once."""

    key: str
    number: str
    store: str
    warehouse: str
    customer: str
    ordered_at: datetime
    lines: tuple[Line, ...]
    return_of: Mapping[int, tuple[str, int]]
    payments: tuple[Payment, ...]
    net: Decimal
    tax: Decimal
    total: Decimal
    carried: frozenset[int]


@dataclass
class News:
    """What a step brought that stock and cost follow."""

    receipts: list[Receipt] = field(default_factory=list)
    journals: list[JournalLine] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Known:
    """What the files say by now."""

    def __init__(self) -> None:
        self.currency: dict[str, str] = {}
        self.entity_of: dict[str, str] = {}
        self.negative_warehouses: set[str] = set()
        self.stores: dict[str, Store] = {}
        # All warehouses that a store ever had: a statement is posted from that of its calculation.
        self.homes: dict[str, set[str]] = {}
        self.items: dict[str, Item] = {}
        self.customers: set[str] = set()
        self.blocks_sale = {"available": False, "blocked": True, "inspect": True}
        self.ratios: dict[tuple[str, str, str], Fraction] = {}
        # By company, number and line: companies number by themselves.
        self.receipts: dict[tuple[str, str, str], Receipt] = {}
        self.received: set[tuple[str, str]] = set()
        self.journals: dict[tuple[str, str, str], JournalLine] = {}
        # What each journal line changed stock of its warehouse by, as far as the steps were followed.
        self.changes: dict[JournalLine, Decimal] = {}
        self.documents: dict[LineKey, Transaction] = {}
        self.days: dict[LineKey, date] = {}
        self.companies: dict[LineKey, str] = {}
        self.orders: dict[str, Order] = {}
        self.given_out: list[HandOver] = []
        self.parameters: dict[str | None, dict[str, str]] = {}
        self.default_batches: set[str] = set()
        self.moving_average = False
        # Items whose costing method a file said since a page set that of all.
        self.costing: dict[str, bool] = {}
        # Transactions that were reversed alone, as often as that happened.
        self.taken_back: list[LineKey] = []

    # -- steps -----------------------------------------------------------------------------------------------------

    def learn(self, step: Step) -> News:
        """Takes in a step; gives what is new of it."""
        news = News()
        if isinstance(step, Parameters):
            self.parameters.setdefault(step.legal_entity, {}).update(step.values)
            self.default_batches |= {value for key, value in step.values.items() if key.endswith(".default_batch_id") and value}
        elif isinstance(step, Costing):
            self.moving_average, self.costing = step.moving_average, {}
            news.items = list(self.items)
        elif isinstance(step, File):
            self._learn_file(step, news)
        elif isinstance(step, TakingBack):
            self.taken_back += step.transactions
        elif isinstance(step, HandOver):
            self.given_out.append(step)
        return news

    def parameter(self, key: str, store: str) -> str:
        """The value for the company of the store, blank where nobody set one."""
        entity = self.company_of(store)
        return self.parameters.get(entity, {}).get(key, "") or self.parameters.get(None, {}).get(key, "")

    def _learn_file(self, file: File, news: News) -> None:
        match file.kind:
            case "transactions":
                for row in _objects(file):
                    self._learn_document(_document(row))
            case "customer-orders":
                for row in _objects(file):
                    self._learn_order(row)
            case _:
                for cells in _cells(file):
                    self._learn_row(file.kind, cells, news)

    def _learn_row(self, kind: str, row: Mapping[str, str], news: News) -> None:
        match kind:
            case "legal-entities":
                self.currency[row["legal_entity"]] = row["currency"]
            case "warehouses":
                self.entity_of[row["warehouse"]] = row["legal_entity"]
                negative = {row["warehouse"]} if row["store_negative_physical"] == "true" else set()
                self.negative_warehouses = self.negative_warehouses - {row["warehouse"]} | negative
            case "stores":
                self._learn_store(row)
            case "customers":
                self.customers.add(row["customer"])
            case "items":
                self._learn_item(row, news)
            case "dispositions":
                self.blocks_sale[row["disposition"]] = row["blocks_sale"] == "true"
            case "batches":
                # What may be sold from now on; which batch serves a line is read from the exports.
                pass
            case "unit-conversions":
                ratio = Fraction(row["factor"]) / Fraction(row.get("denominator") or "1")
                self.ratios[row.get("item", ""), row["from_unit"], row["to_unit"]] = ratio
            case "receipts":
                receipt = _receipt(row)
                key = (self.entity_of[receipt.warehouse], *receipt.key)
                if key not in self.receipts:
                    self.receipts[key] = receipt
                    self.received.add((receipt.item, receipt.batch))
                    news.receipts.append(receipt)

            case "journals":
                journal = _journal_line(row)
                key = (self.entity_of[journal.warehouse], *journal.key)
                if key not in self.journals:
                    self.journals[key] = self._with_batch(journal)
                    news.journals.append(self.journals[key])

    def _with_batch(self, line: JournalLine) -> JournalLine:
        """A correction that names no batch means that of its receipt."""
        if line.receipt is None:
            return line
        return line._replace(batch=self.receipts[self.entity_of[line.warehouse], *line.receipt].batch)

    def _learn_store(self, row: Mapping[str, str]) -> None:
        old = self.stores.get(row["store"])
        self.homes.setdefault(row["store"], set()).add(row["warehouse"])
        hour, minute = map(int, (row.get("end_of_business_day") or "00:00").split(":")[:2])
        self.stores[row["store"]] = Store(
            row["warehouse"],
            row["currency"],
            ZoneInfo(row["time_zone"]),
            time(hour, minute),
            Decimal(row.get("rounding_limit") or (old.rounding_limit if old else "0.05")),
            row.get("count") or (old.count_rule if old else "last"),
            row.get("statement_method") or (old.method if old else "total"),
        )

    def _learn_item(self, row: Mapping[str, str], news: News) -> None:
        code, old = row["item"], self.items.get(row["item"])
        kind = row.get("kind") or (old.kind if old else "stocked")
        item = Item(row["unit"], row["batch_tracked"] == "true", row["negative_physical"] == "true", Decimal(row["standard_cost"]), kind)
        if old and (old.unit, old.is_tracked) != (item.unit, item.is_tracked) and self._is_used(code):
            now = f"{item.unit}, batch-tracked {item.is_tracked}"
            news.wrong.append(f"item {code}: documents rely on {old.unit}, batch-tracked {old.is_tracked}; the file made it {now}")
        self.items[code] = item
        method = self.is_averaged(code)
        if row.get("costing"):
            self.costing[code] = row["costing"] == "moving_average"
        if old and (old.standard_cost != item.standard_cost or method != self.is_averaged(code)):
            news.items.append(code)

    def is_averaged(self, item: str) -> bool:
        """Stock of the item is valued at moving average."""
        return self.costing.get(item, self.moving_average)

    def _is_used(self, item: str) -> bool:
        lines = (line for source in (self.documents, self.orders) for document in source.values() for line in document.lines)
        return any(row.item == item for row in self.receipts.values()) or any(line.item == item and not line.voided for line in lines)

    def _learn_document(self, document: Transaction) -> None:
        """Day and company of a document are those of its arrival, wherever its store belongs later."""
        if document.key not in self.documents:
            self.documents[document.key] = document
            store = self.stores.get(document.store)
            if store is not None:
                self.days[document.key] = _business_date(store, document)
                self.companies[document.key] = self.entity_of.get(store.warehouse, "")

    def _learn_order(self, row: Mapping[str, Any]) -> None:
        lines = tuple(_line(part) for part in row["lines"])
        back = {int(part["number"]): part["return_of"] for part in row["lines"] if part.get("return_of")}
        number, store = row["order"], row["store"]
        warehouse = row.get("warehouse") or self.stores[store].warehouse
        order = Order(
            self.order_key(warehouse, number),
            number,
            store,
            warehouse,
            row.get("customer") or "",
            datetime.fromisoformat(row["ordered_at"]),
            lines,
            {line: (self.order_key(warehouse, of["order"]), int(of["line"])) for line, of in back.items()},
            _payments(row),
            Decimal(str(row["net"])),
            Decimal(str(row["tax"])),
            Decimal(str(row["total"])),
            frozenset(int(part["number"]) for part in row["lines"] if (part.get("delivery") or row["delivery"]) == "carry_out"),
        )
        self.orders.setdefault(order.key, order)

    # -- what follows from it --------------------------------------------------------------------------------------

    def order_key(self, warehouse: str, number: str) -> str:
        """What tells an order from one of the same number that another company has."""
        return f"{self.entity_of[warehouse]} {number}"

    def company_of(self, store: str) -> str:
        """The legal entity that a store's goods and money belong to."""
        return self.entity_of[self.stores[store].warehouse]

    def smallest_amount(self, warehouse: str) -> Decimal:
        """What amounts of the warehouse's company are rounded to."""
        currency = self.currency[self.entity_of[warehouse]]
        return Decimal(1).scaleb(-3 if currency in THREE_DECIMALS else 0 if currency in NO_DECIMALS else -2)

    def business_date(self, document: Transaction) -> date:
        """The trading day that it belongs to since it arrived."""
        return self.days[document.key]

    def sold_line(self, ref: LineRef) -> tuple[Transaction, Line] | None:
        """The line that a return names."""
        document = self.documents.get((ref.store, ref.terminal, ref.number))
        lines = [line for line in document.lines if line.number == ref.line] if document else []
        return (document, lines[0]) if document and lines else None

    def is_default(self, item: str, batch: str) -> bool:
        """The batch stands in for real ones: a parameter names it, and no goods of the item ever came in under that number."""
        return batch in self.default_batches and (item, batch) not in self.received

    def ratio(self, item: str, unit: str) -> Fraction | None:
        """What one `unit` is in the item's own unit; the item's conversion before that of all, as written before its reverse."""
        own = self.items[item].unit
        if unit == own:
            return Fraction(1)
        for of in (item, ""):
            if (of, unit, own) in self.ratios:
                return self.ratios[of, unit, own]
            if (of, own, unit) in self.ratios:
                return 1 / self.ratios[of, own, unit]
        return None

    def journal_changes(self) -> Iterable[tuple[JournalLine, str, Decimal]]:
        """What journal lines changed, by warehouse: a transfer changes two."""
        for line, change in self.changes.items():
            yield line, line.warehouse, change
            if line.to_warehouse:
                yield line, line.to_warehouse, -change

    def first_received(self) -> dict[tuple[str, str, str], tuple[date, datetime]]:
        """When each batch expires and first came to a warehouse, by (warehouse, item, batch): with a receipt, or a transfer."""
        expires: dict[tuple[str, str], date] = {}
        moments: dict[tuple[str, str, str], datetime] = {}
        for row in self.receipts.values():
            batch, place = (row.item, row.batch), (row.warehouse, row.item, row.batch)
            expires[batch] = min(expires.get(batch, date.max), row.expires_on or date.max)
            moments[place] = min(moments.get(place, row.received_at), row.received_at)
        for line in self.journals.values():
            if line.to_warehouse:
                moments.setdefault((line.to_warehouse, line.item, line.batch), datetime.combine(line.day, time(), UTC))
        return {place: (expires.get(place[1:], date.max), moment) for place, moment in moments.items()}

    def order_of_data(self, document: Transaction) -> tuple[date, datetime, LineKey]:
        """The order in which goods are given out."""
        return (self.business_date(document), document.sold_at, document.key)


# -- rows of files -----------------------------------------------------------------------------------------------------


def _business_date(store: Store, document: Transaction) -> date:
    """As given, else by the clock of the store; what is sold before the end of a day belongs to the day before."""
    if document.business_date is not None:
        return document.business_date
    local = document.sold_at.astimezone(store.zone)
    return local.date() - timedelta(days=1) if local.time() < store.end_of_day else local.date()


def _cells(file: File) -> Iterable[dict[str, str]]:
    reader = csv.DictReader(StringIO(file.text, newline=""))
    for row in reader:
        if reader.line_num not in file.refused:
            yield {name: (value or "").strip() for name, value in row.items()}


def _objects(file: File) -> Iterable[dict[str, Any]]:
    for number, text in enumerate(file.text.splitlines(), start=1):
        if text.strip() and number not in file.refused:
            yield json.loads(text, parse_float=Decimal)


def _amount(row: Mapping[str, Any], name: str) -> Decimal:
    return Decimal(str(row.get(name) or "0"))


def _payments(row: Mapping[str, Any]) -> tuple[Payment, ...]:
    return tuple(
        Payment(int(part["number"]), part["method"], Decimal(str(part["amount"])), part.get("gift_card") or None)
        for part in row.get("payments") or ()
    )


def _line(row: Mapping[str, Any]) -> Line:
    back = row.get("return_of")
    linked = LineRef(back["store"], back["terminal"], str(back["number"]), int(back["line"])) if back and "terminal" in back else None
    return Line(
        int(row["number"]),
        row["item"],
        _amount(row, "quantity"),
        row["unit"],
        _amount(row, "price"),
        _amount(row, "discount"),
        _amount(row, "net"),
        _amount(row, "tax"),
        row.get("batch") or None,
        bool(row.get("voided")),
        linked,
        row.get("gift_card") or None,
    )


def _document(row: Mapping[str, Any]) -> Transaction:
    return Transaction(
        row["store"],
        row["terminal"],
        str(row["number"]),
        datetime.fromisoformat(row["sold_at"]).astimezone(UTC),
        row["kind"],
        row["currency"],
        row.get("customer") or None,
        row.get("staff") or "",
        tuple(_line(part) for part in row.get("lines") or ()),
        _payments(row),
        _amount(row, "net"),
        _amount(row, "tax"),
        _amount(row, "total"),
        date.fromisoformat(row["business_date"]) if row.get("business_date") else None,
        int(row["shift"]) if row.get("shift") is not None else None,
    )


def _journal_line(row: Mapping[str, str]) -> JournalLine:
    quantity = Decimal(row["quantity"])
    if row["kind"] in ("write_off", "supplier_return"):
        quantity = -abs(quantity)
    number, _, line = row.get("receipt", "").rpartition("/")
    return JournalLine(
        (row["journal"], row["line"]),
        row["kind"],
        row["warehouse"],
        row.get("to_warehouse", ""),
        row["item"],
        row.get("batch", ""),
        abs(quantity) if row["kind"] == "transfer" else quantity,
        date.fromisoformat(row["date"]),
        (number, line.lstrip("0")) if number else None,
    )


def _receipt(row: Mapping[str, str]) -> Receipt:
    expires = row.get("expires_on", "")
    return Receipt(
        (row["receipt"], row["line"]),
        row["warehouse"],
        row["item"],
        row.get("batch", ""),
        Decimal(row["quantity"]),
        Decimal(row["unit_cost"]),
        datetime.fromisoformat(row["received_at"]).astimezone(UTC),
        None if expires in NO_DATES else date.fromisoformat(expires),
        row.get("disposition") or "available",
    )
