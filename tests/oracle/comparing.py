"""Compares the exports with what the oracle expects; every difference is a line that names the row."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from tests.oracle.commands import export
from tests.oracle.oracle import Oracle

ZERO = Decimal(0)
CENT = Decimal("0.01")
COLUMNS = {
    "allocations": "store,terminal,transaction,line,item,warehouse,batch,quantity,source,reason,business_date",
    "on-hand": "warehouse,item,batch,quantity",
    "inventory-transactions": "warehouse,item,batch,quantity,date,source_kind,source_id,cost_amount",
    "statements": "statement,store,business_date,calc_state,post_state,failed_state,error_code,transactions,lines,total,"
    "kind,terminal,shift",
    "problems": "store,terminal,transaction,line,code,severity,message",
    "vouchers": "voucher,date,account,debit,credit,source_kind,source_id",
    "invoices": "invoice,order,store,date,net,tax,total",
    "batch-debt": "warehouse,item,store,terminal,transaction,line,quantity,open_quantity,business_date,age_days",
}
AMOUNTS = ("quantity", "open_quantity", "cost_amount", "total", "net", "tax", "debit", "credit")
NUMBERS = (*AMOUNTS, "transactions", "lines", "age_days")
Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Exports:
    """All exports of one moment."""

    rows: dict[str, Rows]

    def of(self, kind: str) -> Rows:
        return self.rows[kind]


def take_exports(folder: Path, *arguments: str) -> Exports:
    """Export everything that the arguments, such as `--store S`, let through."""
    return Exports({kind: export(folder, kind, *arguments) for kind in COLUMNS})


def differences(oracle: Oracle, exports: Exports) -> list[str]:
    """Everything in which the exports are not what the oracle expects."""
    return [
        *allocation_differences(oracle, exports.of("allocations")),
        *on_hand_differences(oracle, exports.of("on-hand")),
        *movement_differences(oracle, exports.of("inventory-transactions")),
        *statement_differences(oracle, exports.of("statements")),
        *debt_differences(oracle, exports.of("batch-debt")),
        *invoice_differences(oracle, exports.of("invoices")),
        *voucher_differences(oracle, exports),
        *format_differences(exports),
    ]


def unequal(what: str, expected: Iterable[Any], found: Iterable[Any]) -> list[str]:
    """Rows that one side has more often than the other."""
    left, right = Counter(expected), Counter(found)
    return [f"{what}: missing {row}" for row in (left - right).elements()] + [
        f"{what}: unexpected {row}" for row in (right - left).elements()
    ]


def allocation_differences(oracle: Oracle, rows: Rows) -> list[str]:
    expected = [
        (
            (row.store, row.terminal, row.transaction, str(row.line)),
            (row.item, row.warehouse, row.batch, row.quantity, row.source, row.business_date.isoformat()),
            row.reasons,
        )
        for row in oracle.allocations()
    ]
    found = [
        (
            (row["store"], row["terminal"], row["transaction"], row["line"]),
            (row["item"], row["warehouse"], row["batch"], Decimal(row["quantity"]), row["source"], row["business_date"]),
            row["reason"],
        )
        for row in rows
    ]
    wrong = unequal("allocations", [row[:2] for row in expected], [row[:2] for row in found])
    if wrong:
        return wrong
    allowed = {row[:2]: row[2] for row in expected}
    return [
        f"allocations: reason {row[2]} instead of {sorted(allowed[row[:2]])} at {row[:2]}"
        for row in found
        if row[2] not in allowed[row[:2]]
    ]


def on_hand_differences(oracle: Oracle, rows: Rows) -> list[str]:
    expected = [(*key, amount) for key, amount in oracle.on_hand().items()]
    found = [(row["warehouse"], row["item"], row["batch"], Decimal(row["quantity"])) for row in rows]
    return unequal("on-hand", expected, [row for row in found if row[3] != 0])


def movement_differences(oracle: Oracle, rows: Rows) -> list[str]:
    sold: dict[tuple[str, str, str, str], Decimal] = {}
    received: dict[tuple[str, str, str], Decimal] = {}
    wrong: list[str] = []
    for row in rows:
        place = (row["warehouse"], row["item"], row["batch"])
        quantity = Decimal(row["quantity"])
        if row["source_kind"] == "receipt":
            received[place] = received.get(place, ZERO) + quantity
        elif row["source_kind"] == "sales_order_line":
            sold[(*place, row["date"])] = sold.get((*place, row["date"]), ZERO) + quantity
            wrong += _cost_differences(oracle, row)
        elif row["source_kind"] == "cost_adjustment":
            if Decimal(row["quantity"]) != 0:
                wrong.append(f"inventory-transactions: an adjustment moves stock {row}")
        else:
            wrong.append(f"inventory-transactions: unknown source {row}")
    expected_sold = [(*key[:3], key[3].isoformat(), amount) for key, amount in oracle.movements().items()]
    expected_received = [(*key, amount) for key, amount in oracle.received().items()]
    return [
        *wrong,
        *_value_differences(oracle, rows),
        *unequal("issues", expected_sold, [(*key, amount) for key, amount in sold.items() if amount != 0]),
        *unequal("receipts", expected_received, [(*key, amount) for key, amount in received.items() if amount != 0]),
    ]


def _cost_differences(oracle: Oracle, row: dict[str, str]) -> list[str]:
    """Cost of one issue at standard cost: quantity times unit cost, but for the cents that keep the value of stock exact."""
    expected = Decimal(row["quantity"]) * oracle.items[row["item"]].standard_cost
    near = abs(Decimal(row["cost_amount"]) - expected) <= 5 * CENT
    return [] if near else [f"cost {row['cost_amount']} instead of {expected}: {row}"]


def _value_differences(oracle: Oracle, rows: Rows) -> list[str]:
    """What movements of an item in a warehouse cost adds up to its stock at standard cost, to the cent."""
    quantities: dict[tuple[str, str], Decimal] = {}
    values: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        pool = (row["warehouse"], row["item"])
        quantities[pool] = quantities.get(pool, ZERO) + Decimal(row["quantity"])
        values[pool] = values.get(pool, ZERO) + Decimal(row["cost_amount"])
    wrong = []
    for pool, quantity in quantities.items():
        expected = (abs(quantity) * oracle.items[pool[1]].standard_cost).quantize(CENT, ROUND_HALF_UP).copy_sign(quantity)
        if values[pool] != expected:
            wrong.append(f"inventory-transactions: {pool} is worth {values[pool]} instead of {expected}")
    return wrong


def statement_differences(oracle: Oracle, rows: Rows) -> list[str]:
    expected = oracle.statement_rows()
    left = [
        (
            row.store,
            row.business_date.isoformat(),
            row.calc_state,
            row.post_state,
            row.failed_state,
            row.transactions,
            row.lines,
            row.total,
        )
        for row in expected
    ]
    right = [
        (
            row["store"],
            row["business_date"],
            row["calc_state"],
            row["post_state"],
            row["failed_state"],
            int(row["transactions"]),
            int(row["lines"]),
            Decimal(row["total"]),
        )
        for row in rows
    ]
    wrong = unequal("statements", left, right)
    if wrong:
        return wrong
    # Two statements of one store and day can look alike; their codes are then compared as sets.
    codes: dict[Any, set[str]] = {}
    for key, expected_row in zip(left, expected, strict=True):
        codes.setdefault(key, set()).update(expected_row.codes or {"" if not expected_row.failed_state else "?"})
    for key, row in zip(right, rows, strict=True):
        if row["error_code"] not in codes[key] and not ("?" in codes[key] and row["error_code"]):
            wrong.append(f"statements: error {row['error_code']} instead of {sorted(codes[key])}: {row['statement']}")
    return wrong


def debt_differences(oracle: Oracle, rows: Rows) -> list[str]:
    """Open debts must be there with their quantities; whether a paid one is still listed is left open."""
    expected = [
        (
            (row.warehouse, row.item, row.store, row.terminal, row.transaction, str(row.line)),
            row.quantity,
            row.open_quantity,
            row.business_date.isoformat(),
        )
        for row in oracle.debts()
    ]
    found = [
        (
            (row["warehouse"], row["item"], row["store"], row["terminal"], row["transaction"], row["line"]),
            Decimal(row["quantity"]),
            Decimal(row["open_quantity"]),
            row["business_date"],
        )
        for row in rows
    ]
    paid = [row for row in expected if row[2] == 0 and row not in found]
    return unequal("batch-debt", [row for row in expected if row not in paid], found)


def invoice_differences(oracle: Oracle, rows: Rows) -> list[str]:
    found: dict[tuple[str, date], tuple[Decimal, Decimal, Decimal]] = {}
    for row in rows:
        key = (row["store"], date.fromisoformat(row["date"]))
        before = found.get(key, (ZERO, ZERO, ZERO))
        found[key] = (
            before[0] + Decimal(row["net"]),
            before[1] + Decimal(row["tax"]),
            before[2] + Decimal(row["total"]),
        )
    return unequal("invoices", oracle.invoices().items(), found.items())


# Of the chart of accounts that exists from the start.
CLEARING, CASH = "1200", "1010"


def voucher_differences(oracle: Oracle, exports: Exports) -> list[str]:
    """Each voucher balances; invoices book net, tax and cost; what was invoiced was paid; the till holds what was counted."""
    balance: dict[str, Decimal] = {}
    amounts: dict[str, Counter[Decimal]] = {}
    wrong: list[str] = []
    for row in exports.of("vouchers"):
        debit, credit = Decimal(row["debit"]), Decimal(row["credit"])
        balance[row["voucher"]] = balance.get(row["voucher"], ZERO) + debit - credit
        if row["source_kind"] == "invoice":
            amounts.setdefault(row["source_id"], Counter())[debit - credit] += 1
        if debit < 0 or credit < 0 or (debit and credit):
            wrong.append(f"vouchers: both sides or a negative one: {row}")
    wrong += [f"vouchers: {voucher} does not balance by {amount}" for voucher, amount in balance.items() if amount]
    return [*wrong, *_invoice_voucher_differences(exports, amounts), *_statement_voucher_differences(oracle, exports)]


def _invoice_voucher_differences(exports: Exports, amounts: dict[str, Counter[Decimal]]) -> list[str]:
    costs: dict[str, Decimal] = {}
    for row in exports.of("inventory-transactions"):
        if row["source_kind"] == "sales_order_line":
            order = row["source_id"].rpartition("/")[0]
            costs[order] = costs.get(order, ZERO) - Decimal(row["cost_amount"])
    wrong: list[str] = []
    for row in exports.of("invoices"):
        cost = costs.get(row["order"], ZERO)
        booked = (Decimal(row["total"]), -Decimal(row["net"]), -Decimal(row["tax"]), cost, -cost)
        found = amounts.pop(row["invoice"], Counter())
        if found != Counter(amount for amount in booked if amount):
            wrong.append(f"vouchers: invoice {row} books {sorted(found.elements())}, cost {cost}")
    return wrong + [f"vouchers: {invoice} is no invoice" for invoice in amounts]


def _statement_voucher_differences(oracle: Oracle, exports: Exports) -> list[str]:
    """By store and day, since statements of one day share no number with the oracle; only days that are posted as a whole."""
    cash: dict[tuple[str, str], Decimal] = {}
    for statement in oracle.statements:
        key = (statement.store, statement.business_date.isoformat())
        held = oracle.expected_tenders(statement).get("cash", ZERO) + oracle.tender_differences(statement).get("cash", ZERO)
        cash[key] = cash.get(key, ZERO) + held
    day = {row["statement"]: (row["store"], row["business_date"]) for row in exports.of("statements")}
    unposted = {day[row["statement"]] for row in exports.of("statements") if row["post_state"] != "Posted"}
    sums: dict[tuple[tuple[str, str], str], Decimal] = {}
    for row in exports.of("vouchers"):
        number = next(number for number in day if row["voucher"].startswith(f"{number}-"))
        key_of_account = (day[number], row["account"])
        sums[key_of_account] = sums.get(key_of_account, ZERO) + Decimal(row["debit"]) - Decimal(row["credit"])
    wrong: list[str] = []
    for key in sorted(set(day.values()) - unposted):
        if sums.get((key, CLEARING), ZERO) != 0:
            wrong.append(f"vouchers: {key} leaves {sums[key, CLEARING]} on clearing")
        if sums.get((key, CASH), ZERO) != cash[key]:
            wrong.append(f"vouchers: {key} books {sums.get((key, CASH), ZERO)} into the till instead of {cash[key]}")
    return wrong


def format_differences(exports: Exports) -> list[str]:
    """The columns are those of docs/formats.md, rows are sorted by them (text by code point), decimals stand plain."""
    wrong: list[str] = []
    for kind, rows in exports.rows.items():
        columns = COLUMNS[kind].split(",")
        wrong += [f"{kind}: columns {list(row)}" for row in rows[:1] if list(row) != columns]
        if [_sort_key(row, columns) for row in rows] != sorted(_sort_key(row, columns) for row in rows):
            wrong.append(f"{kind}: not sorted by its columns")
        for row in rows:
            wrong += [
                f"{kind}: {column} written as {row[column]}"
                for column in AMOUNTS
                if column in row and row[column] != plain(Decimal(row[column]))
            ]
    return wrong


def _sort_key(row: dict[str, str], columns: list[str]) -> list[tuple[Decimal, str]]:
    """Numbers by value, everything else as text; the line of a problem may be blank."""
    return [(Decimal(row[column] or 0), "") if column in NUMBERS or column == "line" else (ZERO, row[column]) for column in columns]


def plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
