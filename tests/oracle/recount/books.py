"""What headquarters exported: rows by kind, and the few ways of looking at them that several recounts share."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from tests.oracle.recount.history import ZERO, Known
from tests.oracle.recount.steps import LineKey, Rows

KINDS = (
    *("vouchers", "on-hand", "inventory-transactions", "allocations", "order-allocations", "batch-debt", "invoices", "statements"),
    *("debt-settlements", "problems", "counts", "gift-cards", "customer-accounts"),
)
Key = tuple[str, ...]
Part = tuple[str, str, str, Decimal]
# What was posted of sales, and what of it was taken back since: exports of allocations leave that out.
SOLD = ("sales_order_line", "delivery_line", "reversed_pos_line", "reversal")
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
RECEIVED, ADJUSTED, JOURNAL, SETTLED = "receipt", "cost_adjustment", "journal_line", "settlement_line"


@dataclass(frozen=True)
class Books:
    """The exports of one moment; vouchers say besides in `legal_entity` whose they are, as they are exported by company."""

    rows: Mapping[str, Rows]

    def of(self, kind: str) -> Rows:
        return self.rows[kind]

    def settlements(self) -> Rows:
        """What was settled and not undone: so much that the default batch got of the real one."""
        return [row for row in self.of("debt-settlements") if row["undone"] == "false"]

    def movements(self, *kinds: str) -> Rows:
        """Inventory transactions of these kinds of sources."""
        return [row for row in self.of("inventory-transactions") if row["source_kind"] in kinds]


def parts_of_lines(rows: Rows, known: Known) -> dict[LineKey, list[Part]]:
    """Warehouse, item, batch and quantity of each allocation, by line: (store, terminal, transaction, line) or (key of order, line).

    The batches of a line stand as the item's policy takes them, the default batch last: exports have them by number.
    """
    found: dict[LineKey, list[Part]] = defaultdict(list)
    received = known.first_received()
    for row in sorted(rows, key=lambda row: order_of_choice(row, received)):
        document = (
            (known.order_key(row["warehouse"], row["order"]),) if "order" in row else (row["store"], row["terminal"], row["transaction"])
        )
        found[*document, row["line"]].append((row["warehouse"], row["item"], row["batch"], Decimal(row["quantity"])))
    return found


def order_of_choice(row: Mapping[str, str], received: Mapping[tuple[str, str, str], tuple[date, datetime]]) -> tuple[int, date, float, str]:
    """Where an allocation stands among those of its line (docs/domain.md); it says itself which policy chose it."""
    expires, first = received.get((row["warehouse"], row["item"], row["batch"]), (date.max, NEVER))
    match row["reason"]:
        case "FEFO":
            return (1, expires, first.timestamp(), row["batch"])
        case "FIFO":
            return (1, date.max, first.timestamp(), row["batch"])
        case "LIFO":
            return (1, date.max, -first.timestamp(), row["batch"])
        case "BATCH_NUMBER":
            return (1, date.max, 0, row["batch"])
    return (2 if row["source"] == "default" else 0, date.max, 0, row["batch"])


def line_of(row: Mapping[str, str], known: Known) -> LineKey:
    """The line that a row of debts or settlements names: (store, terminal, transaction, line) or (key of order, line)."""
    order = known.order_key(row["warehouse"], row["transaction"])
    return (row["store"], row["terminal"], row["transaction"], row["line"]) if row["terminal"] else (order, row["line"])


def sums(rows: Rows, column: str, *keys: str) -> dict[Key, Decimal]:
    """A column added up by other columns, zeros left out."""
    found: dict[Key, Decimal] = defaultdict(Decimal)
    for row in rows:
        found[tuple(row[key] for key in keys)] += Decimal(row[column])
    return {key: amount for key, amount in found.items() if amount}


def unlike(what: str, expected: Mapping[Key, Decimal], found: Mapping[Key, Decimal]) -> list[str]:
    """A sentence for each key whose amounts differ; a key that is not there counts as zero."""
    return [
        f"{what} {' '.join(key)}: {found.get(key, ZERO)} instead of {expected.get(key, ZERO)}"
        for key in sorted({*expected, *found})
        if expected.get(key, ZERO) != found.get(key, ZERO)
    ]
