"""What a stored file looks like before anything is checked: its columns and first rows, and how they would be read by a profile."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

from core.files.models import StoredFile
from core.files.source import Content, DamagedFileError, Source, open_stream
from core.files.storage import StoredStream
from core.files.table import TableRow
from core.files.tables import read_rows, table_of
from core.lib.cells import OF_THE_STORE
from core.lib.imports import Reject
from core.lib.messages import Message
from core.lib.problems import BusinessError
from core.lib.reading_profiles import OURS, ColumnSource, ReadingProfile, header_key
from retailhq.exchange.rules.tables import TABLES
from retailhq.exchange.services.files import TRANSACTIONS

SHOWN_ROWS = 5
SIGNS = (",", ";", "\t", "|")
# What other programs call our columns.
CALLED = {
    "item": "sku item_number item_no article artikel artikelnummer variant_sku product_code barcode ean",
    "name": "title description product_name bezeichnung designation item_name",
    "item_group": "category type product_group warengruppe group",
    "unit": "uom unit_of_measure einheit unite inventory_unit_symbol",
    "standard_cost": "cost cost_per_item unit_cost einstandspreis einstand purchase_price",
    "quantity": "qty menge quantite lineitem_quantity amount_of_goods",
    "store": "location outlet shop filiale magasin",
    "terminal": "register device_name till kasse caisse",
    "number": "transaction_id receipt_number receipt_no belegnummer ticket order_number",
    "price": "unit_price lineitem_price preis prix",
    "batch": "lot lot_number batch_number charge",
    "expires_on": "expiry expiry_date expiration_date best_before mhd",
    "customer": "customer_number customer_code kundennummer",
}


class Look(NamedTuple):
    """The names of the columns of a file, and its first rows as they stand in it."""

    header: list[str]
    rows: list[list[str]]


class Preview(NamedTuple):
    """The first rows as they would be read: our columns that are filled, cells by row, and what is wrong with the file or a row."""

    columns: list[str]
    rows: list[tuple[int, list[str], Message | None]]
    problems: list[Message]


def _opened_rows(source: Source, profile: ReadingProfile) -> list[TableRow]:
    rows = table_of(source, profile.kind, profile)
    return list(islice((row for row in rows if not row.is_blank and row.number >= profile.header_row), SHOWN_ROWS + 1))


def look_at(file: StoredFile, profile: ReadingProfile) -> Look:
    """The names and first rows. Raises BusinessError, DamagedFileError for a file that is no table."""
    with open_stream(file.name, StoredStream(file.pk)) as source:
        rows = _opened_rows(source, profile)
    cells = [row.cells for row in rows if row.problem is None]
    return Look([name.strip() for name in cells[0]], cells[1:]) if cells else Look([], [])


def guess_format(file: StoredFile) -> ReadingProfile:
    """Encoding and delimiter that the first row speaks for; OURS for a workbook, and for what cannot be read."""
    try:
        with open_stream(file.name, StoredStream(file.pk)) as source:
            if source.content != Content.TEXT:
                return OURS
            encoding = source.marked_encoding
            first = next((line.data for line in source.lines(encoding) if line.data.strip()), b"")
    except (BusinessError, DamagedFileError):
        return OURS
    text = first.decode("utf-8", "replace")
    return replace(OURS, encoding=encoding, delimiter=max(SIGNS, key=text.count).replace(",", ""))


def guess_columns(kind: str, header: Sequence[str]) -> dict[str, ColumnSource]:
    """Columns of ours whose name, or what other programs call it, stands in the header."""
    names = {header_key(name): name for name in header if name.strip()}
    found: dict[str, ColumnSource] = {}
    for column in TABLES[kind].columns:
        known = (column.name, *CALLED.get(column.name, "").split())
        if name := next((names[key] for key in known if key in names), ""):
            found[column.name] = ColumnSource((name,))
    return found


def preview(file: StoredFile, kind: str, profile: ReadingProfile) -> Preview:
    """The first rows by the profile; nothing is written and nothing but the file is asked."""
    columns = [column.name for column in TABLES[kind].columns]
    if profile.is_mapped:
        columns = [name for name in columns if name in profile.columns]
    if kind == TRANSACTIONS and not profile.style.time_zone:
        profile = replace(profile, style=replace(profile.style, time_zone=OF_THE_STORE))
    places = [place for place, column in enumerate(TABLES[kind].columns) if column.name in columns]
    try:
        with open_stream(file.name, StoredStream(file.pk)) as source:
            rows = list(islice(read_rows(source, TABLES[kind], profile), SHOWN_ROWS))
    except BusinessError as error:
        return Preview(columns, [], [problem.message for problem in error.problems])
    except DamagedFileError as error:
        return Preview(columns, [], [Message("Reading broke off: {reason}.", {"reason": error.reason})])
    shown: list[tuple[int, list[str], Message | None]] = []
    for row in rows:
        if isinstance(row, Reject):
            shown.append((row.row, [], row.message))
        else:
            values: Sequence[Any] = tuple(row.value)
            shown.append((row.number, [_shown(values[place]) for place in places], None))
    return Preview(columns, shown, [])


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
