"""Writes down what the commands of a test did, so that the recount can follow it: files, parameters, postings, in order."""

import csv
import gzip
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from django.utils import timezone
from psycopg import sql

from core.db.bulk import cursor
from retailhq.exchange.queries.export_sources import SOURCES
from retailhq.exchange.queries.exports import Selection, company_ids, rows_query, stream_rows, today_by_zone
from retailhq.exchange.rules.exports import BY_NAME
from tests.oracle import commands
from tests.oracle.recount import KINDS, Books, Costing, File, HandOver, History, Parameters, Posting, Settlements, TakingBack, recount
from tests.oracle.rows import Payment

POSTING = ("post_statements", "invoice_orders")
# Journals that want to know what counters give out.
counters: list["Journal"] = []
SETTLING = ("settle_batch_debt", "undo_settlement", "move_credit")
# Commands that book nothing, or whose work a posting shows.
SILENT = (
    *("export_data", "validate_transactions", "calculate_statements", "preview_posting", "show_parameters", "check_integrity"),
    *("approve_fallback", "fallback_budget", "explain_allocation", "export_evidence", "recall"),
)


class Journal:
    """The history of a test whose world consists of files and commands alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.history = History()

    def note(self, name: str, arguments: tuple[str, ...]) -> None:
        """Writes down a command that ran."""
        if name == "import_data" and "--dry-run" not in arguments:
            kind, path, *options = arguments
            if options:
                self.not_followed(f"import_data {' '.join(options)}")
            self.history.steps.append(File(kind, read_text(Path(path)), refused_lines(Path(path))))
            if kind == "receipts" and self.pays_on_receipt():
                self.note("settle_batch_debt", ())
        elif name == "set_parameters":
            of = arguments.index("--legal-entity") if "--legal-entity" in arguments else len(arguments)
            values = dict(argument.split("=", 1) for argument in arguments[:of] if "=" in argument)
            self.history.steps.append(Parameters(values, arguments[of + 1] if of < len(arguments) else None))
        elif name in POSTING:
            self.history.steps.append(Posting(exported("allocations"), exported("order-allocations")))
        elif name in SETTLING:
            self.history.steps.append(Settlements(exported("debt-settlements")))
        elif name == "reverse":
            keys = [tuple(arguments[at + 1].split("/", 2)) for at, word in enumerate(arguments) if word == "--transaction"]
            self.history.steps.append(TakingBack(tuple(keys), exported("allocations"), exported("order-allocations")))
        elif name not in SILENT:
            self.not_followed(name)

    def pays_on_receipt(self) -> bool:
        """Goods that come in may settle batch debt."""
        steps = (step for step in self.history.steps if isinstance(step, Parameters))
        return any(step.values.get("inventory.pay_debt_on_receipt") == "true" for step in steps)

    def values_at(self, moving_average: bool) -> None:
        """A page set the costing method of all items."""
        self.history.steps.append(Costing(moving_average))

    def gave_out(self, order: str, quantities: Mapping[int, Decimal] | None, payments: Sequence[Payment]) -> None:
        """A counter was asked to give out an order's goods: what it was asked for, not what came of it."""
        self.history.steps.append(HandOver(order, quantities, tuple(payments)))
        self.note("invoice_orders", ())

    def not_followed(self, what: str) -> None:
        """Something happened that the recount has no rule for; from here on it is silent."""
        self.history.not_followed.append(what)

    def books(self) -> Books:
        """Everything that headquarters exports by now."""
        vouchers = [{**row, "legal_entity": company} for company in self.companies() for row in exported("vouchers", company)]
        return Books({kind: vouchers if kind == "vouchers" else exported(kind) for kind in KINDS})

    def companies(self) -> list[str]:
        """Codes of the companies that the files name."""
        files = (step.text for step in self.history.steps if isinstance(step, File) and step.kind == "legal-entities")
        return sorted({row["legal_entity"] for text in files for row in csv.DictReader(text.splitlines())})

    def must_be_right(self) -> None:
        """The recount finds no difference."""
        if not self.history.not_followed:
            found = recount(self.history, self.books())
            assert not found, "\n".join(found) + "\nwhere a test changes something by hand, it says so: shop.journal.not_followed(WHAT)"

    @contextmanager
    def listening(self) -> Iterator["Journal"]:
        """Writes down the commands that run meanwhile."""
        commands.listeners.append(self.note)
        counters.append(self)
        try:
            yield self
        finally:
            commands.listeners.remove(self.note)
            counters.remove(self)


def exported(name: str, company: str | None = None) -> list[dict[str, str]]:
    """What an export has, or has of a company: its query, without a command and a file for each of a dozen at the end of a test."""
    kind = BY_NAME[name]
    selection = Selection(companies=None if company is None else list(company_ids([company]).values()))
    if SOURCES[name].ends_in_problem:
        text = b"".join(stream_rows(kind, selection, timezone.now())).decode()
        return list(csv.DictReader(io.StringIO(text, newline="")))
    today = today_by_zone(timezone.now()) if name == "batch-debt" else {}
    columns = [column.name for column in kind.columns]
    with cursor() as c:
        # Every column as it is written into a file.
        texts = sql.SQL(", ").join(sql.SQL("r.{}::text").format(sql.Identifier(column)) for column in columns)
        c.execute(sql.SQL("SELECT {} FROM ({}) r").format(texts, rows_query(kind, selection, today)))
        return [{name: value or "" for name, value in zip(columns, row, strict=True)} for row in c]


def read_text(path: Path) -> str:
    """A file as headquarters reads it; lines with bytes that are no text are refused by it."""
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig", errors="replace")


def refused_lines(path: Path) -> frozenset[int]:
    """Numbers of the lines of a file that headquarters refused."""
    return frozenset(int(row["row"]) for row in commands.rejected(path))
