"""The whole demo on made-up tickets: real database, real worker, the commands that a user has."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from rich.console import Console

from core.access.roles import ROLES
from core.jobs.models import Recurrence
from orders.models import Delivery, SalesOrder, StoreScope
from retailhq.demo import run
from retailhq.demo.queries import stored_sizes
from retailhq.demo.stores import Slice
from retailhq.demo.summary import Summary, build_summary
from retailhq.demo.workspace import Workspace
from retailhq.embedded.supervise import Crew
from statements.models import Statement
from tests.retailhq.demo.made_up import WEEK, market

RECORDED: dict[str, str] = json.loads((Path(__file__).parent / "exports.json").read_text(encoding="utf-8"))
A_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
EXPORTS = ("allocations", "on-hand", "inventory-transactions", "statements", "vouchers", "invoices", "batch-debt", "order-allocations")


def load(workspace: Workspace, wanted: Slice, crew: Crew) -> None:
    """Load the demo from made-up tickets."""
    workspace.open(wanted)
    run.ensure_users(workspace)
    progress = run.Progressing(Console(file=StringIO()))
    run.load_and_post(workspace, wanted, lambda: market(baskets=20), progress, crew)


def check(workspace: Workspace) -> Summary:
    """Build the summary with a fresh integrity check."""
    return build_summary(workspace, run.run_command("check_integrity"))


def exports(folder: Path) -> dict[str, str]:
    """Export everything that posting writes."""
    texts = {}
    for kind in EXPORTS:
        run.run_command("export_data", kind, str(folder / kind))
        texts[kind] = (folder / kind).read_text(encoding="utf-8")
    return texts


def digests(texts: Mapping[str, str], began: date) -> dict[str, str]:
    """A digest of each export; the days of the run itself, and ages that count up to it, are alike on every day."""
    found = {}
    for kind, text in texts.items():
        lines = [line.rpartition(",")[0] for line in text.splitlines()] if kind == "batch-debt" else text.splitlines()
        lasting = [A_DATE.sub(lambda match: "TODAY" if match[0] >= began.isoformat() else match[0], line) for line in lines]
        found[kind] = sha256("\n".join(sorted(lasting)).encode()).hexdigest()
    return found


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_demo_comes_out_as_announced_and_twice_is_once(tmp_path: Path, start_worker: Callable[..., Crew]) -> None:
    # A day before: in the time zones of stores it may still be yesterday.
    began = timezone.now().date() - timedelta(days=1)
    workspace, crew = Workspace(tmp_path / "demo"), start_worker()
    load(workspace, WEEK, crew)
    assert run.is_complete(workspace)
    assert {(user.username, tuple(user.groups.values_list("name", flat=True))) for user in User.objects.exclude(is_superuser=True)} == {
        (run.person_of(role), (role.key,)) for role in ROLES
    }
    assert list(Recurrence.objects.order_by("pk").values_list("kind", flat=True)) == [kind for kind, *_ in run.RECURRENCES]
    assert StoreScope.objects.filter(user__username="clerk", store__isnull=False).count() == 2
    summary = check(workspace)
    assert summary.surprises == []
    assert {row["source"] for row in summary.allocations} >= {"allocated", "default", "returned", "untracked"}
    (failed,) = Statement.objects.exclude(failed_state="")
    assert (failed.failed_state, failed.error_code) == ("Customer order invoiced", "NO_VALID_BATCH")

    assert summary.derivation.customer_orders == SalesOrder.objects.filter(origin="customer").count() > 10
    states = {(row["legal_entity"], row["state"], row["error_code"]) for row in summary.orders}
    assert states == {("CJ", state, "") for state in ("taken", "picked", "packed", "partly invoiced", "invoiced", "cancelled")} | {
        ("CJX", "taken", "NO_VALID_BATCH")
    }
    assert summary.orders_on_default["batch"] == "NOBATCH-CO"
    assert {row["legal_entity"] for row in summary.refused_orders} == {"CJX"}
    assert {row.verb for row in Delivery.objects.all()} == {"carry_out", "pick_up", "ship"}

    before, sizes = exports(tmp_path), stored_sizes()
    # Whatever is changed inside, what comes out stays: a change that is meant is recorded with its reason.
    assert digests(before, began) == RECORDED, json.dumps(digests(before, began), indent=2)
    load(workspace, WEEK, crew)
    assert stored_sizes() == sizes
    assert exports(tmp_path) == before
    assert check(workspace).surprises == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_registering_the_forgotten_delivery_lets_the_statement_post(tmp_path: Path, start_worker: Callable[..., Crew]) -> None:
    workspace = Workspace(tmp_path / "demo")
    load(workspace, WEEK, start_worker())
    run.run_command("import_data", "receipts", str(workspace.files / "receipts-fallback-off.csv"))
    status, posted = run.run_command("post_statements", inline=True)
    assert (status, posted["posted"]) == (0, 1)
    assert not Statement.objects.exclude(post_state="Posted").exists()
    assert check(workspace).surprises == []


@pytest.mark.django_db
def test_a_command_that_refuses_ends_the_demo_in_words(tmp_path: Path) -> None:
    with pytest.raises(run.DemoError, match="import_data items"):
        run.run_command("import_data", "items", str(tmp_path / "missing.csv"))
