"""Runs the main job on the demo: derive, import, set the two parameters, calculate, post on a real worker, check.

Everything goes through the commands that a user has. Each phase can be repeated without doing anything twice, so a run that was
interrupted is taken up again by the next one.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import time as time_of_day
from io import StringIO
from typing import Any

from django.contrib.auth.models import User
from django.core.management import call_command
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from core.access.roles import BY_KEY, ROLES, Role
from core.access.services import store_password
from core.jobs.models import Job, Recurrence
from core.jobs.services.recurrences import Timing, pause_recurrence, save_recurrence
from orders.models import Store
from orders.services import delivery_queue
from orders.services.background import SYNCHRONIZE
from retailhq.demo import queries
from retailhq.demo.customer_orders import DEPOSIT_PERCENT, ORDERS_DEFAULT_BATCH
from retailhq.demo.derive import derive
from retailhq.demo.fulfilment import fulfil, planned_orders
from retailhq.demo.output import CUSTOMER_ORDERS, LATE_RECEIPTS, ORDER_RECEIPTS, RECEIPTS, TRANSACTIONS
from retailhq.demo.source import Source
from retailhq.demo.stores import DEFAULT_BATCH, MAIN_ENTITY, Slice
from retailhq.demo.workspace import USER, Workspace
from retailhq.embedded.supervise import Crew
from retailhq.integrity.job import INTEGRITY
from retailhq.users.services import UserRequest, change_user, create_user, wanted_as
from statements.services import posting
from statements.services.background import VALIDATE
from statements.services.posting import KIND, postable_statements, request_posting

MASTER_DATA = ("legal-entities", "warehouses", "stores", "customers", "items")
RECURRENCES = (
    (VALIDATE, "Validate new transactions", Timing(minutes=15), False),
    (SYNCHRONIZE, "Take the orders of tills that do not wait", Timing(minutes=2), False),
    (KIND, "Post in the evening", Timing(at=time_of_day(22, 0), zone="America/New_York"), True),
    (INTEGRITY, "Check integrity at night", Timing(at=time_of_day(3, 30), zone="America/New_York"), False),
)
WAIT_SECONDS = 0.2
WATCH_SECONDS = 5.0

# The tickets are real, and older every year.
TICKETS_OLD = 36_500


class DemoError(Exception):
    """The demo cannot go on; the message is one line that a person can act on."""


@dataclass
class Progressing:
    """Shows phases as they go and keeps how long they took."""

    console: Console
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str, *, spinner: bool = True) -> Iterator[list[str]]:
        """Time a phase; what the block puts into the list is printed behind its name."""
        started = time.monotonic()
        details: list[str] = []
        if spinner:
            with self.console.status(name):
                yield details
        else:
            yield details
        self.seconds[name] = round(time.monotonic() - started, 2)
        self.console.print(f"  {name:<24} {self.seconds[name]:>6.1f} s  {' '.join(details)}", highlight=False)


@dataclass
class DemoRecord:
    """What the first complete run did: the summary of later runs shows it again."""

    seconds: dict[str, float] = field(default_factory=dict)
    imports: dict[str, dict[str, Any]] = field(default_factory=dict)
    calculated: dict[str, Any] = field(default_factory=dict)
    posted_lines: int = 0


def run_command(name: str, *arguments: str, **options: Any) -> tuple[int, dict[str, Any]]:
    """Run one of our commands with --json and return its exit status (0 or 1) and what it printed.

    Raises DemoError with the command's own words when it refuses (status 2).
    """
    out, words = StringIO(), StringIO()
    status = 0
    try:
        call_command(name, *arguments, as_json=True, stdout=out, stderr=words, **options)
    except SystemExit as ending:
        status = int(ending.code or 0)
    if status > 1:
        raise DemoError(f"{name} {' '.join(arguments)}: {words.getvalue().strip()}")
    data: dict[str, Any] = json.loads(out.getvalue())
    return status, data


def prepare(progress: Progressing) -> None:
    """Bring the tables up to date."""
    with progress.phase("migrate"):
        call_command("migrate", verbosity=0, interactive=False)


def ensure_users(workspace: Workspace) -> None:
    """Make the demo's superuser and one person for each role on the first run.

    They share one password; it is random, because nothing stops anybody from opening the port to others.
    """
    if not User.objects.filter(username=USER).exists():
        User.objects.create_superuser(username=USER, password=workspace.password())
    for role in ROLES:
        name = person_of(role)
        if not User.objects.filter(username=name).exists():
            wanted = UserRequest(name, str(role.title), "", "", True, frozenset({role.key}), all_stores=True, stores=())
            person, _ = create_user(wanted, USER, None)
            store_password(person, workspace.password(), USER, due=False)


def limit_clerk() -> None:
    """The clerk works for two stores, so that a person with a limited view can be seen too."""
    clerk = User.objects.get(username=person_of(BY_KEY["clerk"]))
    two = tuple(Store.objects.order_by("code")[:2])
    change_user(clerk.pk, replace(wanted_as(clerk), all_stores=False, stores=two), USER, None)


def ensure_recurrences() -> None:
    """What a shop would have running: checks at night, and a posting that is paused, so that the demo stays as people leave it."""
    if Recurrence.objects.exists():
        return
    administrator = User.objects.get(username=USER)
    for kind, name, timing, paused in RECURRENCES:
        recurrence = save_recurrence(None, kind, name, timing, administrator)
        if paused:
            pause_recurrence(recurrence, administrator, paused=True)


def person_of(role: Role) -> str:
    """The user name of a role's person."""
    return role.key.replace("_", "-")


def is_complete(workspace: Workspace) -> bool:
    """Say whether an earlier run came to its end and its transactions are in this database."""
    derivation = workspace.derivation()
    if workspace.record() is None or derivation is None:
        return False
    return bool(queries.stored_sizes()["transactions"] >= sum(derivation.transactions.values()))


def load_and_post(workspace: Workspace, wanted: Slice, source: Callable[[], Source], progress: Progressing, crew: Crew) -> None:
    """Do everything that a first run does, and keep the record of it. Raises DemoError."""
    record = DemoRecord(seconds=progress.seconds)
    ensure_files(workspace, wanted, source, progress)
    for kind in MASTER_DATA:
        import_file(kind, f"{kind}.csv", workspace, progress, record)
    limit_clerk()
    ensure_recurrences()
    with progress.phase("set parameters") as details:
        pairs = (f"posting.default_batch_id={DEFAULT_BATCH}", "posting.use_default_batch_id=true", f"validation.days_back={TICKETS_OLD}")
        of_orders = (
            f"customer_orders.default_batch_id={ORDERS_DEFAULT_BATCH}",
            "customer_orders.use_default_batch_id=true",
            f"customer_orders.default_deposit_percent={DEPOSIT_PERCENT}",
        )
        run_command("set_parameters", *pairs, *of_orders, legal_entity=MAIN_ENTITY)
        details += [MAIN_ENTITY, *pairs]
    import_file("receipts", RECEIPTS, workspace, progress, record)
    import_file("transactions", TRANSACTIONS, workspace, progress, record)
    with progress.phase("calculate statements") as details:
        record.calculated = run_command("calculate_statements")[1]
        details.append(f"{record.calculated['statements']} statements")
    with progress.phase("post statements", spinner=False) as details:
        record.posted_lines = post(progress.console, crew)
        details.append(f"{record.posted_lines:,} lines")
    import_file("receipts", LATE_RECEIPTS, workspace, progress, record)
    take_orders(workspace, progress, crew, record)
    workspace.save_record(asdict(record))


def take_orders(workspace: Workspace, progress: Progressing, crew: Crew, record: DemoRecord) -> None:
    """Take the customer orders, and do with each what is planned for it. Raises DemoError when the worker keeps ending."""
    import_file("receipts", ORDER_RECEIPTS, workspace, progress, record)
    import_file("customer-orders", CUSTOMER_ORDERS, workspace, progress, record)
    derivation = workspace.derivation()
    assert derivation is not None
    with progress.phase("hand over orders", spinner=False) as details:
        # What is taken along is invoiced first: an order has one delivery at a time.
        await_jobs(progress.console, crew, delivery_queue.DELIVERIES.kind, delivery_queue.rescue_interrupted)
        fulfil(planned_orders(workspace.files / CUSTOMER_ORDERS, derivation.stop_store))
        await_jobs(progress.console, crew, delivery_queue.DELIVERIES.kind, delivery_queue.rescue_interrupted)
        details.append(f"{derivation.customer_orders} orders")


def ensure_files(workspace: Workspace, wanted: Slice, source: Callable[[], Source], progress: Progressing) -> None:
    """Derive the import files unless an earlier run did."""
    if workspace.derivation() is not None:
        return
    with progress.phase("derive import files") as details:
        with workspace.deriving() as folder:
            derivation = derive(source(), wanted, folder)
        workspace.save_derivation(derivation)
        details.append(f"{len(derivation.stores)} stores, {wanted.days} days, {derivation.lines:,} lines")


def import_file(kind: str, name: str, workspace: Workspace, progress: Progressing, record: DemoRecord) -> None:
    """Import one file with the command that a user would use."""
    with progress.phase(f"import {name.partition('.')[0]}") as details:
        _, counts = run_command("import_data", kind, str(workspace.files / name))
        record.imports[name] = counts
        details.append(f"{counts.get('rows', 0):,} rows, {counts.get('rejected', 0)} rejected")


def post(console: Console, crew: Crew) -> int:
    """Post whatever can be posted on the worker, showing how many lines are done; return how many there were.

    Also waits for what an interrupted run had asked for. Raises DemoError when the worker keeps ending.
    """
    ids = postable_statements()
    if ids:
        user = User.objects.get(username=USER)
        request_posting(ids, user.pk, USER)
    jobs = await_jobs(console, crew, KIND, posting.rescue_interrupted)
    return sum(Job.objects.filter(pk__in=jobs).values_list("total", flat=True))


def await_jobs(console: Console, crew: Crew, kind: str, rescue: Callable[[], object]) -> list[int]:
    """Wait until the worker has done what is asked for of a kind, showing how far it is; return the jobs. Raises DemoError."""
    open_jobs = Job.objects.filter(kind=kind, finished_at=None)
    jobs = list(open_jobs.values_list("pk", flat=True))
    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("lines"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        bar = bars.add_task("waiting for the worker")
        watched_at = time.monotonic()
        while open_jobs.exists():
            time.sleep(WAIT_SECONDS)
            if not crew.look_after():
                raise DemoError("the worker keeps ending; its messages are in the worker's log")
            if time.monotonic() - watched_at > WATCH_SECONDS:
                # Beat, which does this in a running installation, starts with the web pages only.
                watched_at = time.monotonic()
                rescue()
            show_progress(bars, bar, jobs)
    return jobs


def show_progress(bars: Progress, bar: TaskID, jobs: Sequence[int]) -> None:
    """Bring the bar up to date."""
    rows = list(Job.objects.filter(pk__in=jobs).values_list("done", "total", "phase", "started_at"))
    phase = next((row[2] for row in rows if row[2]), "posting")
    if any(row[3] for row in rows):
        bars.update(bar, description=phase, completed=sum(row[0] for row in rows), total=sum(row[1] for row in rows))
