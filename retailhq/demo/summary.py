"""The summary of the demo: what was loaded and posted, what was odd, and whether everything came out as announced.

Announced is: no row rejected, no transaction with a validation error, every statement posted except the one of the store whose fallback is
off, which stands at *Customer order invoiced* with NO_VALID_BATCH until somebody switches the fallback on or registers the missing
delivery, and a clean integrity check.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from retailhq.demo import queries
from retailhq.demo.customer_orders import ORDERS_DEFAULT_BATCH
from retailhq.demo.derive import Derivation
from retailhq.demo.output import STOP_RECEIPTS, TRANSACTIONS
from retailhq.demo.stores import DEFAULT_BATCH, STOP_ENTITY
from retailhq.demo.workspace import Workspace
from statements.rules.states import PostState

STOP_CODE = "NO_VALID_BATCH"


@dataclass
class Summary:
    """Everything that is printed; `surprises` says what did not come out as announced."""

    derivation: Derivation
    record: dict[str, Any]
    statements: list[dict[str, Any]]
    allocations: list[dict[str, Any]]
    reasons: list[dict[str, Any]]
    debt: dict[str, Any]
    problems: list[dict[str, Any]]
    failures: list[dict[str, Any]]
    open_transactions: int
    sizes: dict[str, Any]
    differences: dict[str, Any] | None
    orders: list[dict[str, Any]] = field(default_factory=list)
    refused_orders: list[dict[str, Any]] = field(default_factory=list)
    orders_on_default: dict[str, Any] = field(default_factory=dict)
    surprises: list[str] = field(default_factory=list)


def build_summary(workspace: Workspace, integrity: tuple[int, dict[str, Any]]) -> Summary:
    """Read the figures of the database and of the record, and compare them with what was announced."""
    derivation = workspace.derivation()
    record = workspace.record()
    if derivation is None or record is None:
        raise ValueError("the demo has not been loaded")
    status, differences = integrity
    summary = Summary(
        derivation=derivation,
        record=record,
        statements=queries.statements_by_state(),
        allocations=queries.allocations_by_source(),
        reasons=queries.default_batch_reasons(),
        debt=queries.default_batch_debt(),
        problems=queries.problems_by_code(),
        failures=queries.failed_lines(),
        open_transactions=queries.open_transactions(),
        sizes=queries.stored_sizes(),
        differences=differences if status else None,
        orders=queries.orders_by_state(),
        refused_orders=queries.refused_orders(),
        orders_on_default=queries.orders_on_default_batch(),
    )
    summary.surprises = list(find_surprises(summary))
    return summary


def find_surprises(summary: Summary) -> Iterable[str]:
    """Yield one sentence for each thing that did not come out as announced."""
    for name, counts in summary.record["imports"].items():
        if counts.get("rejected"):
            yield f"{name}: {counts['rejected']} rows were rejected"
    for row in summary.problems:
        if row["severity"] == "error":
            yield f"{row['problems']} transactions or lines have the validation error {row['code']}"
    if summary.open_transactions:
        yield f"{summary.open_transactions} transactions are on no statement"
    for row in summary.statements:
        if row["post_state"] != PostState.POSTED and not stands_as_announced(row):
            state = f"{row['failed_state']} {row['error_code']}" if row["failed_state"] else row["post_state"] or row["calc_state"]
            yield f"{row['statements']} statements of {row['legal_entity']} are not posted: {state}"
    stopped = sum(row["statements"] for row in summary.statements if row["legal_entity"] == STOP_ENTITY)
    if summary.derivation.stop_store and stopped != 1:
        yield f"{STOP_ENTITY} has {stopped} statements instead of one"
    for row in summary.orders:
        if row["error_code"] and (row["legal_entity"], row["orders"], row["error_code"]) != (STOP_ENTITY, 1, STOP_CODE):
            yield f"{row['orders']} customer orders of {row['legal_entity']} cannot be handed over: {row['error_code']}"
    taken = sum(row["orders"] for row in summary.orders)
    if taken < summary.derivation.customer_orders:
        yield f"{taken} of {summary.derivation.customer_orders} customer orders were taken"
    if summary.differences is not None:
        yield "check_integrity found differences"


def stands_as_announced(row: Mapping[str, Any]) -> bool:
    """Say whether these statements are the one of the store whose fallback is off, in the state that it is to show."""
    return bool(
        row["legal_entity"] == STOP_ENTITY
        and row["statements"] == 1
        and row["failed_state"] == PostState.ORDER_INVOICED
        and row["error_code"] == STOP_CODE
    )


def print_summary(summary: Summary, console: Console, workspace: Workspace, *, loaded_now: bool) -> None:
    derivation, record = summary.derivation, summary.record
    console.print()
    console.rule("Demo: real grocery tickets (Complete Journey, 84.51°)")
    rows = [
        (
            "Stores",
            f"{len(derivation.stores)} with the fallback on" + (f", {derivation.stop_store} with it off" if derivation.stop_store else ""),
        ),
        ("Transactions", counted(derivation.transactions)),
        ("Lines", f"{summary.sizes['lines']:,}, {share(derivation.tracked_lines, derivation.lines)} of them batch-tracked"),
        ("Items", f"{derivation.items:,}"),
        ("Rows rejected", rejects_text(record["imports"])),
        ("Tickets refused", counted(derivation.refused) or "none"),
        ("Oddities in the tickets", counted(derivation.dirt) or "none"),
        ("Receipts of goods", counted(derivation.deliveries)),
        ("Validation problems", ", ".join(f"{row['problems']} {row['code']} ({row['severity']})" for row in summary.problems) or "none"),
        ("Integrity", "clean" if summary.differences is None else "DIFFERENCES, see manage.py check_integrity"),
    ]
    print_rows(console, rows)
    print_statements(console, summary.statements)
    print_orders(console, summary)
    print_allocations(console, summary)
    print_seconds(console, record, loaded_now=loaded_now)
    print_stop(console, summary, workspace)


def print_rows(console: Console, rows: Iterable[tuple[str, str]]) -> None:
    """Print pairs of name and value."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in rows:
        table.add_row(f"[bold]{name}[/bold]", value)
    console.print(table)


def print_statements(console: Console, statements: Iterable[Mapping[str, Any]]) -> None:
    """Print the statements by state."""
    table = Table(title="Statements by state", title_justify="left")
    table.add_column("Legal entity")
    table.add_column("State", overflow="fold")
    for name in ("Statements", "Transactions", "Lines", "Total"):
        table.add_column(name, justify="right")
    for row in statements:
        failed = f"error at {row['failed_state']}: {row['error_code']}" if row["failed_state"] else ""
        state = failed or row["post_state"] or row["calc_state"]
        sums = (row["statements"], row["transactions"], row["lines"], row["total"])
        table.add_row(row["legal_entity"], state, *(f"{value:,}" for value in sums))
    console.print(table)


def print_orders(console: Console, summary: Summary) -> None:
    """Print the customer orders by state, what went to their default batch, and the one that is refused on purpose."""
    table = Table(title="Customer orders by state", title_justify="left")
    table.add_column("Legal entity")
    table.add_column("State", overflow="fold")
    for name in ("Orders", "Lines", "Total"):
        table.add_column(name, justify="right")
    for row in summary.orders:
        state = f"{row['state']}, refused: {row['error_code']}" if row["error_code"] else row["state"]
        table.add_row(row["legal_entity"], state, *(f"{row[name]:,}" for name in ("orders", "lines", "total")))
    console.print(table)
    if summary.orders_on_default.get("lines"):
        found = summary.orders_on_default
        text = f"{found['lines']} lines on {found['batch']}, the default batch of customer orders; the first is of order {found['number']}"
        print_rows(console, [("Orders on the default batch", text)])
    for text in dict.fromkeys(
        f"Order {row['number']} is not handed over: {row['code']}. {row['message']}" for row in summary.refused_orders
    ):
        console.print(text, highlight=False, soft_wrap=True)
    if any(row["legal_entity"] == STOP_ENTITY for row in summary.refused_orders):
        console.print(
            f"That is meant: customer orders of {STOP_ENTITY} have no default batch. To hand it over: "
            f"manage.py set_parameters --legal-entity {STOP_ENTITY} "
            f"customer_orders.default_batch_id={ORDERS_DEFAULT_BATCH} customer_orders.use_default_batch_id=true, then invoice_orders",
            highlight=False,
            soft_wrap=True,
        )


def print_allocations(console: Console, summary: Summary) -> None:
    """Print the posted lines by where their batch came from, and what went to the default batch."""
    table = Table(title="Posted lines by allocation source", title_justify="left")
    table.add_column("Source")
    for name in ("Lines", "Share", "Allocations"):
        table.add_column(name, justify="right")
    total = sum(row["lines"] for row in summary.allocations)
    for row in summary.allocations:
        table.add_row(row["source"], f"{row['lines']:,}", share(row["lines"], total), f"{row['allocations']:,}")
    console.print(table)
    tracked = sum(row["lines"] for row in summary.allocations if row["source"] in ("captured", "allocated", "default"))
    on_default = sum(row["lines"] for row in summary.allocations if row["source"] == "default")
    why = ", ".join(f"{row['allocations']} {row['reason']}" for row in summary.reasons)
    print_rows(
        console,
        [
            ("On the default batch", f"{on_default:,} lines, {share(on_default, tracked)} of the tracked ones; why: {why or '-'}"),
            ("Value on the default batch", f"{summary.debt['value']:,} at cost, {summary.debt['rows']} open debts"),
        ],
    )


def print_seconds(console: Console, record: Mapping[str, Any], *, loaded_now: bool) -> None:
    """Print the seconds per phase of the run that loaded the demo, and its lines per second."""
    table = Table(title="Seconds per phase" + ("" if loaded_now else " (of the run that loaded the demo)"), title_justify="left")
    for name in ("Phase", "Seconds", "Lines per second"):
        table.add_column(name, justify="left" if name == "Phase" else "right")
    lines = {"import transactions": record["imports"].get(TRANSACTIONS, {}).get("lines", 0), "post statements": record["posted_lines"]}
    for phase, seconds in record["seconds"].items():
        speed = f"{lines[phase] / seconds:,.0f}" if lines.get(phase) and seconds else ""
        table.add_row(phase, f"{seconds:.1f}", speed)
    console.print(table)


def print_stop(console: Console, summary: Summary, workspace: Workspace) -> None:
    """Print the statement that stands in its error state on purpose, and the two ways out; then whatever was not announced."""
    for text in dict.fromkeys(
        f"{row['statement']} stands at {row['failed_state']}: {row['code']}. {row['message']}" for row in summary.failures
    ):
        console.print(text, highlight=False, soft_wrap=True)
    if summary.failures and summary.derivation.stop_store:
        store, file = summary.derivation.stop_store, workspace.files / STOP_RECEIPTS
        console.print(
            f"That is meant: the fallback of {STOP_ENTITY} is off. Two ways on: switch it on\n"
            f"  manage.py set_parameters --legal-entity {STOP_ENTITY} "
            f"posting.default_batch_id={DEFAULT_BATCH} posting.use_default_batch_id=true\n"
            f"or register the delivery that was forgotten\n"
            f"  manage.py import_data receipts {file}\n"
            f"then press Post, or: manage.py post_statements --store {store} --wait",
            highlight=False,
            soft_wrap=True,
        )
    for surprise in summary.surprises:
        console.print(f"[bold red]Not as announced:[/bold red] {surprise}")


def rejects_text(imports: Mapping[str, Mapping[str, Any]]) -> str:
    """Write how many rows of the files were rejected, by file."""
    rejected = {name: counts.get("rejected", 0) for name, counts in imports.items()}
    rows = sum(counts.get("rows", 0) for counts in imports.values())
    return f"{sum(rejected.values())} of {rows:,}" + "".join(f", {name} {count}" for name, count in rejected.items() if count)


def counted(counts: Mapping[str, int]) -> str:
    """Write counts by kind, most frequent first."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in ordered if count)


def share(part: int, whole: int) -> str:
    """Write a part as a percentage."""
    return f"{100 * part / whole:.1f} %" if whole else "-"
