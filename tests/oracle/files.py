"""Writes a world's rows as the public import files: CSV for master data and receipts, NDJSON for transactions.

With a `Random`, everything whose order must not matter is shuffled: rows, columns and the lines of a POS transaction; and
transactions write their instants in any offset.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from tests.oracle.rows import (
    Customer,
    Disposition,
    Item,
    LegalEntity,
    Receipt,
    Store,
    Transaction,
    UnitConversion,
    Warehouse,
    World,
)

Row = LegalEntity | Warehouse | Store | Customer | Item | Disposition | UnitConversion | Receipt
KINDS: tuple[tuple[str, str, type[Row]], ...] = (
    ("legal-entities", "legal_entities", LegalEntity),
    ("warehouses", "warehouses", Warehouse),
    ("stores", "stores", Store),
    ("customers", "customers", Customer),
    ("items", "items", Item),
    ("dispositions", "dispositions", Disposition),
    ("unit-conversions", "conversions", UnitConversion),
    ("receipts", "receipts", Receipt),
)


def text(value: Any) -> str:
    """A value as the files write it: booleans small, decimals without exponent, instants with their offset."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def write_csv(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows([text(row[column]) for column in columns] for row in rows)
    return path


def write_rows(path: Path, kind: type[Row], rows: Sequence[Row], random: Random | None = None) -> Path:
    columns = [field.name for field in fields(kind)]
    dicts = [asdict(row) for row in rows]
    if random is not None:
        random.shuffle(columns)
        random.shuffle(dicts)
    return write_csv(path, columns, dicts)


def in_some_offset(instant: datetime, random: Random) -> datetime:
    return instant.astimezone(timezone(timedelta(minutes=random.choice((-300, 0, 60, 330)))))


def as_json(row: Transaction, random: Random | None = None) -> dict[str, Any]:
    """The transaction as one object of the NDJSON file; decimals are strings, now and then numbers."""
    sold_at = row.sold_at if random is None else in_some_offset(row.sold_at, random)
    lines = [
        {
            "number": line.number,
            "item": line.item,
            "quantity": text(line.quantity),
            "unit": line.unit,
            "price": text(line.price),
            "discount": text(line.discount),
            "net": text(line.net),
            "tax": text(line.tax),
            "batch": line.batch,
            "voided": line.voided,
            "return_of": None if line.return_of is None else asdict(line.return_of),
            **({"gift_card": line.gift_card} if line.gift_card else {}),
        }
        for line in row.lines
    ]
    payments: list[dict[str, Any]] = [
        {
            **{"number": payment.number, "method": payment.method, "amount": text(payment.amount)},
            **({"gift_card": payment.gift_card} if payment.gift_card else {}),
        }
        for payment in row.payments
    ]
    if random is not None:
        random.shuffle(lines)
        random.shuffle(payments)
    found: dict[str, Any] = {
        "store": row.store,
        "terminal": row.terminal,
        "number": row.number,
        "kind": row.kind,
        "sold_at": sold_at.isoformat(),
        "currency": row.currency,
        "customer": row.customer,
        "staff": row.staff,
        "lines": lines,
        "payments": payments,
        "net": text(row.net),
        "tax": text(row.tax),
        "total": text(row.total),
    }
    if row.business_date is not None:
        found["business_date"] = text(row.business_date)
    if row.shift is not None:
        found["shift"] = row.shift
    return found


def write_transactions(path: Path, rows: Sequence[Transaction], random: Random | None = None) -> Path:
    objects = [as_json(row, random) for row in rows]
    if random is not None:
        random.shuffle(objects)
    # The JSON of one row is one line; no row, no line.
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in objects), encoding="utf-8")
    return path


def write_world(folder: Path, world: World, random: Random | None = None) -> list[tuple[str, Path]]:
    """All files of a world in an order in which they can be imported, as (kind, path); kinds without rows are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    files: list[tuple[str, Path]] = []
    for kind, name, row_type in KINDS:
        rows = getattr(world, name)
        if rows:
            files.append((kind, write_rows(folder / f"{kind}.csv", row_type, rows, random)))
    if world.transactions:
        files.append(("transactions", write_transactions(folder / "transactions.ndjson", world.transactions, random)))
    return files
