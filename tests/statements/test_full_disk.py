"""A disk that is really full: every door says so, nobody is blamed, and everything goes on when there is room."""

import contextlib
import logging
import os
import subprocess
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from psycopg import sql

from orders.models import CustomerOrder, Delivery
from retailhq.embedded.postgres import SUPERUSER
from statements.models import PosTransaction, Statement
from tests.cases.world import PricedShop
from tests.core.access.people import make_person
from tests.oracle.commands import DONE, run
from tests.oracle.files import write_world
from tests.oracle.rows import Transaction, World
from tests.retailhq.api.calling import Till, order_of
from tests.statements.test_without_room import shows_traceback
from tests.template import PREFIX, locked, migrations_hash, server_connection, use_database

ROOM = 24 << 20
SMALL, TABLESPACE = "retailhq_small", "retailhq_small_disk"
MANY = 250


class SmallDisk:
    """A disk of a few megabytes on which the whole database lies."""

    def __init__(self, folder: Path) -> None:
        self.rest = folder / "something else"

    def fill(self) -> None:
        """To its last byte."""
        with contextlib.suppress(OSError), self.rest.open("ab", buffering=0) as file:
            while file.write(bytes(4096)):
                pass

    def make_room(self) -> None:
        self.rest.unlink()


@contextlib.contextmanager
def mounted(size: int) -> Iterator[Path]:
    """A folder on a file system of its own; skips where that is not allowed."""
    folder = Path(tempfile.mkdtemp(prefix="retailhq-test-", dir="/tmp"))
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, text=True, check=False)
    if done.returncode:
        folder.rmdir()
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)
        folder.rmdir()


def superuser() -> "psycopg.Connection[Any]":
    """The superuser of the built-in server; skips where the server is another one."""
    given = settings.DATABASES["default"]
    try:
        return psycopg.connect(host=given["HOST"], port=given["PORT"] or None, user=SUPERUSER, dbname="postgres", autocommit=True)
    except psycopg.Error as error:
        pytest.skip(f"a tablespace takes the superuser of a server of this machine: {error}")


@pytest.fixture
def disk(django_db_setup: None, django_db_blocker: Any) -> Iterator[SmallDisk]:
    """The database of this test lies on a small disk; commits are real, and it is dropped afterwards."""
    template, usual = f"{PREFIX}{migrations_hash()}", str(connection.settings_dict["NAME"])
    with superuser() as server, server_connection() as guard, django_db_blocker.unblock():
        data = Path(server.execute("SHOW data_directory").fetchone()[0])  # type: ignore[index]  # there is one
        size = server.execute("SELECT pg_database_size(%s)", [template]).fetchone()[0]  # type: ignore[index]  # there is one
        if os.geteuid() != 0 or not data.is_dir():
            pytest.skip("a small disk is mounted by root, for a server of this machine")
        with mounted(size + ROOM) as folder:
            place = folder / "tablespace"
            place.mkdir(mode=0o700)
            os.chown(place, data.stat().st_uid, data.stat().st_gid)
            names = {"name": sql.Identifier(SMALL), "space": sql.Identifier(TABLESPACE), "template": sql.Identifier(template)}
            server.execute(sql.SQL("CREATE TABLESPACE {space} LOCATION {place}").format(**names, place=sql.Literal(str(place))))
            try:
                with locked(guard):
                    made = "CREATE DATABASE {name} OWNER {owner} TEMPLATE {template} TABLESPACE {space} STRATEGY FILE_COPY"
                    owner = sql.Identifier(settings.DATABASES["default"]["USER"])
                    server.execute(sql.SQL(made).format(**names, owner=owner))
                use_database(SMALL)
                yield SmallDisk(folder)
            finally:
                use_database(usual)
                server.execute(sql.SQL("DROP DATABASE IF EXISTS {name} WITH (FORCE)").format(**names))
                server.execute(sql.SQL("DROP TABLESPACE {space}").format(**names))


@pytest.mark.slow
def test_every_door_says_so_and_goes_on(disk: SmallDisk, tmp_path: Path, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client.raise_request_exception = False
    client.force_login(make_person("pia", "administrator"))
    till = Till()
    till.client.raise_request_exception = False
    shop = PricedShop(tmp_path)
    shop.sells_at_cost()
    shop.falls_back()
    shop.orders_fall_back()
    shop.receives(10_000, "0.60", "A", receipt="R1")
    shop.comes_in()
    orders = [order_of(shop, shop.line(Decimal(2), Decimal("1.50"))) for _ in range(MANY)]
    ((kind, path),) = write_world(shop.folder / "day", World(transactions=sales(shop)))

    disk.fill()
    answer = run("import_data", kind, str(path))
    assert (answer.status, answer.data["problems_by_code"]) == (1, {"DATABASE_WITHOUT_ROOM": 1})
    assert not PosTransaction.objects.exists()
    disk.make_room()
    assert run("import_data", kind, str(path)).data["new"] == MANY

    disk.fill()
    called = till.post("customer-orders", orders, key="all")
    assert (called.status, called.codes, called.headers["Retry-After"]) == (503, ["DATABASE_AWAY"], "10")
    assert not CustomerOrder.objects.exists()
    disk.make_room()
    assert till.post("customer-orders", orders, key="all").body["new"] == MANY

    disk.fill()
    answer = run("calculate_statements")
    assert (answer.status, "Traceback" in answer.errors) == (1, False), answer
    assert "DATABASE_WITHOUT_ROOM" in answer.errors
    disk.make_room()
    assert run("calculate_statements").data["statements"] == 1

    disk.fill()
    answer = run("post_statements", "--inline")
    assert (answer.status > DONE, "DATABASE_WITHOUT_ROOM" in answer.errors, "Traceback" in answer.errors) == (True, True, False), answer
    assert set(Statement.objects.values_list("error_code", "failed_state")) == {("", "")}
    disk.make_room()
    assert run("post_statements", "--inline").status == DONE
    assert set(Statement.objects.values_list("post_state", flat=True)) == {"Posted"}

    for order in CustomerOrder.objects.select_related("order"):
        assert till.post(f"customer-orders/{order.order.number}/invoice").status == 202
    disk.fill()
    answer = run("invoice_orders", "--inline")
    assert (answer.status > DONE, "DATABASE_WITHOUT_ROOM" in answer.errors) == (True, True), answer
    assert not Delivery.objects.exclude(error_code="").exists()
    disk.make_room()
    assert run("invoice_orders", "--inline").status == DONE
    assert Delivery.objects.filter(invoice=None).count() == 0

    disk.fill()
    codes = [f"D{number}" for number in range(200)]
    answers = [client.post("/setup/dispositions/new/", {"code": code, "name": "x" * 60}) for code in codes]
    refused = [answer for answer in answers if answer.status_code == 503]
    assert {answer.status_code for answer in answers} <= {302, 503}
    assert refused
    assert all(answer["Retry-After"] == "10" and "Traceback" not in answer.content.decode() for answer in refused)
    disk.make_room()
    assert client.post("/setup/dispositions/new/", {"code": "LAST", "name": "x"}).status_code == 302
    assert "No space left on device" in caplog.text
    assert not shows_traceback(caplog)
    shop.must_be_sound()


def sales(shop: PricedShop) -> list[Transaction]:
    """Sales of a day, more than a page of any table holds."""
    for _ in range(MANY):
        shop.rings(shop.line(Decimal(2), Decimal("1.50")))
    rows, shop.pending.transactions = shop.pending.transactions, []
    return rows
