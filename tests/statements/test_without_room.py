"""A full disk blames no document and shows no traceback: what is queued waits, and goes on when there is room."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client

from core.db.availability import database_is_away, is_fault_of_server
from core.jobs.models import Job
from core.jobs.queue.services.enqueue import run_task
from orders.models import SalesOrder
from statements.models import PosTransaction, Statement, StatementEvent
from statements.services.posting import postable_statements, request_posting
from statements.services.runner import WORK
from tests.cases.world import PricedShop
from tests.core.access.people import make_person
from tests.oracle.commands import run
from tests.oracle.files import write_world
from tests.oracle.rows import World
from tests.statements.retail_chain import RetailChain

ROOT = Path(__file__).parents[2]
FULL = 'could not extend file "base/16384/1": No space left on device'


def fill_disk(table: str) -> None:
    """PostgreSQL says of every row of a table that its disk is full, as it does when it is."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE OR REPLACE FUNCTION test_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION '{FULL}' USING ERRCODE = 'disk_full';
            END $$;
            CREATE OR REPLACE TRIGGER test_full BEFORE INSERT OR UPDATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION test_full();
            """
        )


def make_room() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION IF EXISTS test_full() CASCADE")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.INFO):
        yield caplog


def shows_traceback(log: pytest.LogCaptureFixture) -> bool:
    return any(record.exc_info for record in log.records) or "Traceback" in log.text


@pytest.fixture
def two(chain: RetailChain) -> RetailChain:
    for store in ("S1", "S2"):
        chain.stock(5, store=store)
        chain.sells(2, store=store)
    chain.calculates()
    return chain


def test_posting_waits_and_goes_on(two: RetailChain, log: pytest.LogCaptureFixture) -> None:
    job = request_posting(postable_statements(), None, "test", to_workers=False)
    warehouses = sorted(Statement.objects.values_list("warehouse", flat=True))
    fill_disk("inventory_inventorytransaction")
    run_task(WORK, job.pk, warehouses)
    assert {(row.work_state, row.failed_state, row.error_code) for row in two.statements()} == {("queued", "", "")}
    assert not StatementEvent.objects.filter(event="failed").exists()
    assert not SalesOrder.objects.exists(), "the chunk went in one transaction"
    job.refresh_from_db()
    assert job.status != Job.Status.FAILED
    assert "No space left on device" in str(job.phase)
    assert not shows_traceback(log)
    make_room()
    run_task(WORK, job.pk, warehouses)
    assert {row.post_state for row in two.statements()} == {"Posted"}
    job.refresh_from_db()
    assert job.status == Job.Status.DONE


def test_a_command_says_it_in_one_line(two: RetailChain) -> None:
    fill_disk("inventory_inventorytransaction")
    answer = run("post_statements", "--inline")
    assert answer.status == 2
    assert "DATABASE_WITHOUT_ROOM" in answer.errors
    assert "Traceback" not in answer.errors
    assert {row.error_code for row in two.statements()} == {""}
    make_room()
    assert run("post_statements", "--inline").status == 0


def test_calculating_blames_no_store(chain: RetailChain) -> None:
    chain.stock(5)
    chain.sells(2)
    fill_disk("statements_statement")
    answer = run("calculate_statements")
    assert (answer.status, "DATABASE_WITHOUT_ROOM" in answer.errors) == (1, True)
    make_room()
    assert run("calculate_statements").data["statements"] == 1


def test_an_import_says_so_and_takes_the_same_file_again(db: None, tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
    shop = PricedShop(tmp_path)
    shop.sells_at_cost()
    shop.comes_in()
    for _ in range(2):
        shop.rings(shop.line(Decimal(2), Decimal("1.50")))
    ((kind, path),) = write_world(shop.folder / "day", World(transactions=shop.pending.transactions))
    fill_disk("statements_postransactionline")
    answer = run("import_data", kind, str(path))
    assert (answer.status, answer.data["problems_by_code"]) == (1, {"DATABASE_WITHOUT_ROOM": 1})
    assert not PosTransaction.objects.exists()
    assert not shows_traceback(log)
    make_room()
    assert run("import_data", kind, str(path)).data["new"] == 2


def test_a_page_says_that_it_cannot_be_stored_now(two: RetailChain, client: Client, log: pytest.LogCaptureFixture) -> None:
    client.raise_request_exception = False
    client.force_login(make_person("pia", "administrator"))
    fill_disk("inventory_disposition")
    answer = client.post("/setup/dispositions/new/", {"code": "X", "name": "X"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "Traceback" not in answer.content.decode()
    assert "No space left on device" in log.text
    assert not shows_traceback(log)
    make_room()


def test_a_database_that_takes_no_changes_blames_nobody(real_town: RetailChain, command_environment: dict[str, str]) -> None:
    """A real command on a database that is read-only, such as a standby; afterwards everything goes on."""
    real_town.stock(5)
    real_town.sells(2)
    real_town.calculates()
    command = [sys.executable, "manage.py", "post_statements", "--inline", "--json"]
    environment = {**command_environment, "PGOPTIONS": "-c default_transaction_read_only=on"}
    answer = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (answer.returncode > 0, answer.stderr.count("DATABASE_READ_ONLY: "), "Traceback" in answer.stderr) == (True, 1, False), (
        answer.stderr
    )
    assert {(row.work_state, row.error_code) for row in real_town.statements()} == {("", "")}
    assert run("post_statements", "--inline").status == 0
    assert {row.post_state for row in real_town.statements()} == {"Posted"}


def test_a_page_of_a_database_that_takes_no_changes_says_so(db: None, client: Client, log: pytest.LogCaptureFixture) -> None:
    client.raise_request_exception = False
    client.force_login(make_person("pia", "administrator"))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL transaction_read_only = on")
        answer = client.post("/setup/dispositions/new/", {"code": "X", "name": "X"})
        transaction.set_rollback(True)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert not shows_traceback(log)


def test_what_counts_as_a_fault_of_the_server(db: None) -> None:
    def error_of(code: str) -> OperationalError:
        with pytest.raises(Exception, match="no") as caught, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$")
        return caught.value  # type: ignore[return-value]  # judged below

    for code, fault in (
        ("53100", True),
        ("53200", True),
        ("58030", True),
        ("25006", True),
        ("40P01", False),
        ("23505", False),
        ("22003", False),
    ):
        error = error_of(code)
        assert is_fault_of_server(error) == fault, code
        assert database_is_away(error) == fault, code


def test_what_the_database_refuses_is_said_without_a_traceback(two: RetailChain, log: pytest.LogCaptureFixture) -> None:
    """A culprit is handled: its text stands on the statement; the log needs no traceback of our code."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE inventory_inventorytransaction ADD CONSTRAINT test_none CHECK (quantity > 0) NOT VALID")
    two.posts()
    assert {row.error_code for row in two.statements()} == {"UNEXPECTED_ERROR"}
    assert "poisoned_document" in log.text
    assert not shows_traceback(log)


def test_a_call_that_is_refused_is_no_line_in_the_log(client: Client, db: None, log: pytest.LogCaptureFixture) -> None:
    client.force_login(make_person("pia", "administrator"))
    assert client.post("/inventory/journals/new/", {"do": "save"}).status_code == 422
    assert client.get("/statements/99999999/").status_code == 404
    assert not [record for record in log.records if record.name.startswith("django")]
