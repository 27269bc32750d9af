"""What can be exported: kinds, their columns in the order of the file, how each is written and sorted, and the filters that each takes.

Text stands in the file as it is stored, also where it starts with `=`, `+`, `-` or `@`: exports are read by machines, and a quote mark put
before such a text would be another text. Whoever opens an export in a spreadsheet imports its columns as text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from core.lib.problems import Code, Problem, register, register_texts

register(
    Code(
        "CANNOT_WRITE",
        "export",
        "The file cannot be written; no half of it is left behind.",
        "Check folder, permission and free space.",
        "{file} cannot be written: {reason}. Nothing was left there.",
    ),
    Code(
        "EXPORT_BROKEN_OFF",
        "export",
        "The database broke off while rows were read; no file was written.",
        "See whether the database runs, then export again; rows that went to standard output are not all.",
        "The database broke off while rows were read: {reason}.",
    ),
    Code(
        "OUTPUT_TAKEN",
        "export",
        "Rows and the JSON object cannot both go to standard output.",
        "Name a file, or leave out --json.",
        "Rows and the JSON object cannot both go to standard output; name a file, or leave out --json.",
    ),
    Code(
        "FILTER_NOT_POSSIBLE",
        "export",
        "The kind has nothing that this filter could compare.",
        "Leave the filter out.",
        {
            "": "The rows of {kind} belong to no statement; leave out {option}.",
            "batch": "The rows of {kind} are not of one batch; leave out --item, --batch, --from and --through.",
        },
    ),
    Code(
        "BATCH_NOT_NAMED",
        "export",
        "The export is about one batch, and none is named.",
        "Name it by --item and --batch.",
        "{kind} is about one batch; name it by --item and --batch.",
    ),
)

register_texts("UNKNOWN_STORE", {"export": "Store {name} is not known; nothing was exported."})
register_texts("UNKNOWN_LEGAL_ENTITY", {"export": "Legal entity {name} is not known; nothing was exported."})
register_texts("UNKNOWN_STATEMENT", {"export": "Statement {name} is not known; nothing was exported."})

STANDARD_OUTPUT = "-"


class ColumnType(Enum):
    """How a column is written and sorted: text by code point, the others by value; blank comes first."""

    TEXT = "text"
    COUNT = "count"
    DECIMAL = "decimal"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column of an export."""

    name: str
    type: ColumnType = ColumnType.TEXT


@dataclass(frozen=True, slots=True)
class ExportKind:
    """An export; `by_store` and `by_statement` say which filters it takes, `of_batch` that it is of one batch."""

    name: str
    columns: tuple[ExportColumn, ...]
    by_store: bool = True
    by_statement: bool = True
    of_batch: bool = False

    @property
    def header(self) -> tuple[str, ...]:
        """Names of the columns in order."""
        return tuple(column.name for column in self.columns)


def _columns(names: str) -> tuple[ExportColumn, ...]:
    """Columns from names; `quantity:decimal` names the type of a column that is not text."""
    parts = (name.partition(":") for name in names.split())
    return tuple(ExportColumn(name, ColumnType(kind or "text")) for name, _, kind in parts)


# A public interface (docs/formats.md#files-out): columns are only ever added at the end.
KINDS: tuple[ExportKind, ...] = (
    ExportKind(
        "allocations",
        _columns("store terminal transaction line:count item warehouse batch quantity:decimal source reason business_date:date"),
    ),
    ExportKind("order-allocations", _columns("order line:count item warehouse batch quantity:decimal source reason"), by_statement=False),
    ExportKind("on-hand", _columns("warehouse item batch quantity:decimal"), by_statement=False),
    ExportKind(
        "inventory-transactions", _columns("warehouse item batch quantity:decimal date:date source_kind source_id cost_amount:decimal")
    ),
    ExportKind(
        "statements",
        _columns(
            "statement store business_date:date calc_state post_state failed_state error_code transactions:count lines:count total:decimal "
            "kind terminal shift:count"
        ),
    ),
    ExportKind("aggregation", _columns("statement order status customer store terminal transaction date:date total:decimal")),
    ExportKind(
        "counts",
        _columns(
            "store terminal shift:count date:date method expected:decimal counted:decimal difference:decimal posted_difference:decimal"
        ),
        by_statement=False,
    ),
    ExportKind(
        "denominations",
        _columns("store terminal shift:count date:date transaction method value:decimal pieces:count amount:decimal"),
        by_statement=False,
    ),
    ExportKind("z-reports", _columns("store terminal shift:count date:date figure printed:decimal actor"), by_statement=False),
    ExportKind("corrections", _columns("store terminal transaction line:count field before after reason actor at"), by_statement=False),
    ExportKind("problems", _columns("store terminal transaction line:count code severity message")),
    ExportKind(
        "journals",
        _columns("journal line:count kind warehouse to_warehouse item batch quantity:decimal date:date receipt reason"),
        by_statement=False,
    ),
    ExportKind("vouchers", _columns("voucher date:date account debit:decimal credit:decimal source_kind source_id")),
    ExportKind(
        "general-journal",
        _columns("company date:date voucher line:count account account_name text debit:decimal credit:decimal currency"),
    ),
    ExportKind("invoices", _columns("invoice order store date:date net:decimal tax:decimal total:decimal")),
    ExportKind(
        "batch-debt",
        _columns(
            "warehouse item store terminal transaction line:count quantity:decimal open_quantity:decimal business_date:date age_days:count"
        ),
    ),
    ExportKind(
        "debt-settlements",
        _columns(
            "settlement warehouse item from_batch to_batch quantity:decimal store terminal transaction line:count date:date undone:text"
        ),
    ),
    ExportKind(
        "customer-accounts",
        _columns("legal_entity customer date:date document amount:decimal open_amount:decimal"),
        by_store=False,
        by_statement=False,
    ),
    ExportKind("gift-cards", _columns("legal_entity gift_card balance:decimal blocked"), by_store=False, by_statement=False),
    ExportKind(
        "recall",
        _columns("certainty reason store terminal transaction line:count customer item batch quantity:decimal business_date:date"),
        by_statement=False,
        of_batch=True,
    ),
)

BY_NAME = {kind.name: kind for kind in KINDS}


def check_request(
    kind: str, file: str, stores: Sequence[str], statements: Sequence[str], *, as_json: bool, batch: Sequence[str] = ()
) -> tuple[Problem, ...]:
    """What is wrong with the arguments of an export, before anything is looked up."""
    if kind not in BY_NAME:
        return (Problem("UNKNOWN_KIND", {"kind": repr(kind), "kinds": sorted(BY_NAME)}, variant="export"),)
    problems = []
    if as_json and file == STANDARD_OUTPUT:
        problems.append(Problem("OUTPUT_TAKEN"))
    for option, given, possible in (
        ("--store", stores, BY_NAME[kind].by_store),
        ("--statement", statements, BY_NAME[kind].by_statement),
    ):
        if given and not possible:
            problems.append(Problem("FILTER_NOT_POSSIBLE", {"kind": kind, "option": option}))
    given_batch = [text for text in batch if text]
    if given_batch and not BY_NAME[kind].of_batch:
        problems.append(Problem("FILTER_NOT_POSSIBLE", {"kind": kind}, variant="batch"))
    elif BY_NAME[kind].of_batch and len(given_batch) < 2:
        problems.append(Problem("BATCH_NOT_NAMED", {"kind": kind}))
    return tuple(problems)
