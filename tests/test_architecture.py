"""Walks the syntax trees and holds the code to the rooms and their order (docs/architecture.md); each rule is shown an offence."""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.code_reading import (
    APPS,
    BESIDE,
    LAYER_OF,
    MAY_START_SERVICES,
    OTHER_FOLDERS,
    ROOT,
    TOP_LEVEL,
    TOP_RANK,
    Source,
    inner_name,
    is_test,
    room_of,
    source_at,
    stands_in,
)

# Inside a room, lower files first; files of one step do not import each other.
INNER_ORDER: tuple[tuple[str, ...], ...] = (
    ("rules",),
    ("models",),
    ("queries",),
    ("writes",),
    ("services",),
    ("forms", "tables", "filters", "records"),
    ("views", "api", "tasks"),
    ("urls",),
)
STEP_OF = {name: step for step, names in enumerate(INNER_ORDER) for name in names}

APP_MODULES = {
    "__init__", "admin", "api", "apps", "badges", "checks", "filters", "forms", "management", "migrations", "models", "permissions",
    "queries", "records", "remedies", "rules", "services", "tables", "tasks", "templatetags", "urls", "views", "words",
    "writes",
}  # fmt: skip
FORBIDDEN_NAMES = {"common", "helper", "helpers", "misc", "signals", "util", "utils"}
IMPURE = {
    "asyncio", "ftplib", "glob", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "select", "shutil",
    "signal", "smtplib", "socket", "sqlite3", "subprocess", "sys", "tempfile", "threading", "time", "urllib",
}  # fmt: skip
LONGEST_FILE = 500
LONGEST_TASK = 10

WRITING_SQL = re.compile(
    r"\b(INSERT\s+INTO\b|DELETE\s+FROM\b|TRUNCATE\s+(TABLE\s+)?\w|UPDATE\s+(ONLY\s+)?[\w.\"{}]+\s+((AS\s+)?\w+\s+)?SET\b"
    r"|MERGE\s+INTO\b|COPY\s+[\w.\"{}]+[^;]*\bFROM\s+(STDIN|PROGRAM|'))"
)
ADVISORY_LOCK = re.compile(r"\bpg_(try_)?advisory_")


Offences = Iterator[str]
Rule = Callable[[Source], Offences]


# --- Rules ---------------------------------------------------------------------------------------------------------------------------


def imports_go_one_way(source: Source) -> Offences:
    if is_test(source) or source.path == "manage.py":
        return
    room = room_of(source.module)
    own = LAYER_OF.get(room, TOP_RANK)
    for line, module in source.imported:
        if module.split(".")[0] == "tests":
            yield f"{line}: code imports {module}"
        if module.split(".")[0] not in TOP_LEVEL or module in {"core", "retailhq"}:
            continue
        other = room_of(module)
        if room in BESIDE:
            if not any(other == allowed for allowed in BESIDE[room]):
                yield f"{line}: {room} imports {module}"
        elif other == "retailhq.settings":
            yield f"{line}: settings are read through django.conf, not {module}"
        elif other == "retailhq.embedded" and room in MAY_START_SERVICES:
            continue
        elif other != room and own < TOP_RANK and LAYER_OF.get(other, TOP_RANK) >= own:
            yield f"{line}: {room} imports {module}, which stands higher or beside it"


def files_of_a_room_keep_their_order(source: Source) -> Offences:
    own = inner_name(source.module)
    if is_test(source) or own not in STEP_OF:
        return
    for line, module in source.imported:
        other = inner_name(module) if module.split(".")[0] in TOP_LEVEL and room_of(module) == room_of(source.module) else ""
        if other in STEP_OF and other != own and STEP_OF[other] >= STEP_OF[own]:
            yield f"{line}: {own} imports {module}, which comes after it"


# What looks like a name of a higher room and is none: keys of Retail parameters begin with the name of their tab.
PARAMETER_KEYS = {"parameters/rules/keys.py", "parameters/forms.py"}


def nothing_names_a_higher_room(source: Source) -> Offences:
    """By string: a model, a table, an address or a module of a room that stands higher."""
    own = LAYER_OF.get(room_of(source.module))
    if is_test(source) or own is None or stands_in(source, "migrations") or source.path in PARAMETER_KEYS:
        return
    apps = [app for app in APPS if LAYER_OF[app] > own]
    modules = [room for room, rank in LAYER_OF.items() if rank > own and room.startswith("retailhq.")]
    # `inventory_controller` is a role, which every app may grant rights to.
    prefixes = [rf"{app}[._:/](?!controller\b)\w" for app in apps] + [rf"{re.escape(room)}\b" for room in modules]
    if not prefixes:
        return
    higher = re.compile(rf"(?<![\w/.-])({'|'.join(prefixes)})")
    for line, text in source.strings:
        if found := higher.search(text):
            yield f"{line}: names {text[found.start() : found.start() + 40]!r}"


def rules_are_pure(source: Source) -> Offences:
    if is_test(source) or not (stands_in(source, "rules") or source.module.startswith("core.lib")):
        return
    room = room_of(source.module)
    rank = LAYER_OF.get(room, TOP_RANK)
    for line, module in source.imported:
        first, *rest = module.split(".")
        if first in sys.stdlib_module_names:
            if first in IMPURE:
                yield f"{line}: rules import {module}"
        elif module.startswith("core.lib"):
            continue
        elif not (first in APPS and LAYER_OF[first] <= rank and rest[:1] == ["rules"]):
            yield f"{line}: rules import {module}"
    for node in source.nodes(ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in {"now", "today", "utcnow", "open", "input"}:
            yield f"{node.lineno}: rules call {name}()"


def rules_know_no_float(source: Source) -> Offences:
    if is_test(source) or not stands_in(source, "rules"):
        return
    yield from (f"{line}: float in rules" for line, name in source.names if name == "float")
    for node in source.nodes(ast.Constant):
        if isinstance(node.value, float):
            yield f"{node.lineno}: {node.value} is a float"


def transactions_belong_to_services(source: Source) -> Offences:
    # A benchmark of the ORM has to do by hand what services do; a migration says atomic = False to build indexes beside running work.
    allowed = stands_in(source, "services") or stands_in(source, "migrations") or room_of(source.module) == "retailhq.bench"
    if is_test(source) or allowed:
        return
    yield from (f"{line}: atomic outside services" for line, name in source.names if name == "atomic")


def locks_belong_to_db(source: Source) -> Offences:
    if is_test(source) or room_of(source.module) == "core.db":
        return
    yield from (f"{line}: select_for_update outside core/db" for line, name in source.names if name == "select_for_update")
    yield from (f"{line}: advisory lock outside core/db" for line, text in source.strings if ADVISORY_LOCK.search(text))


def writing_sql_belongs_to_writes(source: Source) -> Offences:
    if is_test(source) or stands_in(source, "writes") or stands_in(source, "migrations"):
        return
    if room_of(source.module) in {"core.db", "retailhq.bench"}:
        return
    for line, text in source.strings:
        if found := WRITING_SQL.search(text):
            yield f"{line}: {' '.join(found[0].split())} outside writes"


def fetched_rows_are_named(source: Source) -> Offences:
    """A row of a query becomes a value by the names of its columns (`fetch_as`, `fetch_by`, a model), not by their places."""
    if is_test(source) or stands_in(source, "migrations") or room_of(source.module) == "retailhq.bench":
        return
    if "fetch_all" not in source.text:
        return
    for function in source.nodes(ast.FunctionDef):
        fetched = {
            target.id
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and _fetches(node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        rows = {
            node.target.id
            for node in ast.walk(function)
            if isinstance(node, ast.For | ast.comprehension) and isinstance(node.target, ast.Name)
            if _fetches(node.iter) or (isinstance(node.iter, ast.Name) and node.iter.id in fetched)
        }
        for node in ast.walk(function):
            if not isinstance(node, ast.Call):
                continue
            made = [argument.value for argument in node.args if isinstance(argument, ast.Starred)]
            made += node.args if isinstance(node.func, ast.Attribute) and node.func.attr == "_make" else []
            for value in made:
                row = isinstance(value, ast.Name) and value.id in rows
                first = isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name) and value.value.id in fetched
                if row or first:
                    yield f"{node.lineno}: {ast.unparse(node.func)} is filled by the places of columns"


def _fetches(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "fetch_all"


def nothing_is_received(source: Source) -> Offences:
    yield from (f"{line}: {name}" for line, name in source.names if name == "receiver")
    for line, module in source.imported:
        if module == "django.dispatch" or (module.startswith("django.") and module.endswith(".signals")):
            yield f"{line}: {module}"


def names_say_something(source: Source) -> Offences:
    yield from (f"1: {part} says nothing" for part in source.parts if part in FORBIDDEN_NAMES)


def apps_have_the_agreed_files(source: Source) -> Offences:
    if source.parts[0] in APPS and source.parts[1] not in APP_MODULES:
        yield f"1: an app has no file or folder {source.parts[1]}"
    if source.parts[0] in APPS and source.parts[1] == "management" and source.parts[2:3] not in ((), ("__init__",), ("commands",)):
        yield "1: management holds commands only"


def tasks_are_short(source: Source) -> Offences:
    if is_test(source) or not stands_in(source, "tasks"):
        return
    for node in source.nodes(ast.FunctionDef):
        statements = sum(isinstance(part, ast.stmt) for part in ast.walk(node)) - 1
        if statements - bool(ast.get_docstring(node)) > LONGEST_TASK:
            yield f"{node.lineno}: task {node.name} has more than {LONGEST_TASK} statements"


def files_are_short(source: Source) -> Offences:
    lines = source.text.count("\n")
    if lines > LONGEST_FILE and not stands_in(source, "migrations"):
        yield f"{LONGEST_FILE}: {lines} lines; split it by subject"


def counts_of_queries_are_asserted(source: Source) -> Offences:
    """`assertNumQueries(1)` without `with` asserts nothing."""
    for node in source.nodes(ast.Expr):
        if isinstance(node.value, ast.Call):
            called = node.value.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in {"assertNumQueries", "django_assert_num_queries"} and len(node.value.args) < 2:
                yield f"{node.lineno}: {name} without with"


# Per rule: what breaks it (path, code), then what is close to it and allowed.
EXAMPLES: dict[Rule, tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]] = {
    imports_go_one_way: (
        (
            ("core/db/x.py", "from core.i18n.texts import day_text"),
            ("core/access/x.py", "from core.ui.templatetags import show"),
            ("retailhq/home/x.py", "from retailhq.setup.masters import RECORDS"),
            ("retailhq/exchange/x.py", "from retailhq.home.views import page"),
            ("statements/services/x.py", "from retailhq.exchange.services.files import KINDS"),
            ("retailhq/demo/x.py", "from retailhq.bench.posting import post_all"),
            ("inventory/services/x.py", "from orders.models import Store"),
            ("inventory/services/x.py", "import retailhq.exchange.rules.exports"),
            ("parameters/queries.py", "from retailhq.home.views import page"),
            ("parameters/queries.py", "from retailhq import celery"),
            ("core/lib/x.py", "from core.db.bulk import execute"),
            ("core/db/x.py", "def f():\n    from core.jobs.models import Job"),
            ("core/db/x.py", "from ..jobs.models import Job"),
            ("core/cli/x.py", "from core.files.source import Line"),
            ("core/jobs/x.py", "from parameters.models import Unit"),
            ("retailhq/embedded/x.py", "from core.db.bulk import execute"),
            ("retailhq/settings.py", "from core.db.bulk import execute"),
            ("statements/services/x.py", "from retailhq.embedded.control import start"),
            ("retailhq/home/views.py", "from retailhq.settings import DEBUG"),
            ("orders/services/x.py", "from tests.factories import ItemFactory"),
        ),
        (
            ("orders/services/x.py", "from inventory.services import receipts\nfrom core.jobs.models import Job\nfrom . import y"),
            ("retailhq/settings.py", "from retailhq.embedded import postgres"),
            ("retailhq/celery.py", "from retailhq.embedded import valkey\nfrom statements import tasks"),
            ("core/jobs/x.py", "from core.files.source import Line\nfrom core.jobs.models import Job"),
            ("tests/test_x.py", "from retailhq.settings import DEBUG"),
        ),
    ),
    nothing_names_a_higher_room: (
        (
            ("core/access/x.py", "x = 'orders.view_store'"),
            ("core/jobs/x.py", "x = reverse('statements:list')"),
            ("inventory/queries/x.py", "x = 'SELECT id FROM orders_store'"),
            ("orders/services/x.py", "send('statements.post_partitions')"),
            ("statements/services/x.py", "x = import_string('retailhq.home.frame.frame')"),
        ),
        (
            ("statements/queries/x.py", "x = 'SELECT id FROM orders_store JOIN statements_statement USING (id)'"),
            ("core/jobs/x.py", 'def f():\n    """Works for statements.post_partitions."""'),
            ("inventory/x.py", "x = 'reorders.x'"),
            ("orders/services/x.py", "send('orders.post_deliveries')"),
            ("retailhq/demo/x.py", "x = 'statements:list'"),
        ),
    ),
    files_of_a_room_keep_their_order: (
        (
            ("orders/rules/x.py", "from orders.models import Store"),
            ("orders/queries/x.py", "from orders.services.edits import edit"),
            ("orders/writes/x.py", "from orders import services"),
            ("orders/filters.py", "from orders.tables import OrderTable"),
            ("core/jobs/models.py", "from core.jobs.services import run_job"),
            ("retailhq/exchange/services/x.py", "from retailhq.exchange.forms import ImportForm"),
        ),
        (
            (
                "orders/services/x.py",
                "from orders.writes import edits\nfrom orders.services import y\nfrom inventory.services import receipts",
            ),
            ("orders/management/commands/x.py", "from orders.views import desk"),
            ("tests/orders/test_x.py", "from orders.views import desk"),
        ),
    ),
    rules_are_pure: (
        (
            ("ledger/rules/x.py", "from django.db import models"),
            ("ledger/rules/x.py", "import msgspec"),
            ("ledger/rules/x.py", "from ledger.models import Voucher"),
            ("ledger/rules/x.py", "from core.db.fields import money_field"),
            ("ledger/rules/x.py", "from orders.rules.invoices import f"),
            ("ledger/rules/x.py", "import os"),
            ("ledger/rules/x.py", "from datetime import datetime\nx = datetime.now()"),
            ("ledger/rules/x.py", "x = open('x')"),
            ("core/lib/x.py", "from django.utils import timezone"),
        ),
        (
            (
                "orders/rules/x.py",
                "import re\nfrom core.lib.problems import Code\nfrom inventory.rules.stock import Take\nfrom orders.rules import y",
            ),
        ),
    ),
    rules_know_no_float: (
        (("ledger/rules/x.py", "x = float('1')"), ("ledger/rules.py", "def f(x: float): ..."), ("ledger/rules/x.py", "x = 0.5")),
        (("ledger/services/x.py", "x = float('1')"), ("ledger/rules/x.py", "x = 1")),
    ),
    transactions_belong_to_services: (
        (("orders/queries/x.py", "with transaction.atomic(): ..."), ("orders/views.py", "@atomic\ndef f(): ...")),
        (("orders/services/x.py", "with transaction.atomic(): ..."), ("core/jobs/services.py", "@transaction.atomic\ndef f(): ...")),
    ),
    locks_belong_to_db: (
        (
            ("orders/services/x.py", "Order.objects.select_for_update()"),
            ("orders/services/x.py", "execute('SELECT pg_try_advisory_lock(%s)')"),
            ("orders/services/x.py", "execute(f'SELECT pg_advisory_xact_lock({x})')"),
        ),
        (("core/db/locks.py", "execute('SELECT pg_advisory_xact_lock(%s)')"), ("orders/x.py", '"""Takes pg_advisory_lock."""')),
    ),
    writing_sql_belongs_to_writes: (
        (
            ("orders/queries/x.py", "execute('''\nINSERT INTO t VALUES (1)''')"),
            ("orders/services/x.py", "x = 'WITH a AS (SELECT 1) UPDATE orders_order o\\nSET x = 1'"),
            ("orders/services/x.py", "x = f'DELETE FROM {table}'"),
            ("statements/queries/x.py", "x = 'COPY t (a, b) FROM STDIN'"),
            ("core/jobs/services.py", "x = 'UPDATE jobs_job SET done = 1'"),
        ),
        (
            ("orders/writes/x.py", "x = 'UPDATE t SET x = 1'"),
            ("orders/writes.py", "x = 'DELETE FROM t'"),
            ("orders/migrations/0001_x.py", "x = 'UPDATE t SET x = 1'"),
            ("statements/queries/x.py", "x = 'COPY (SELECT a FROM t) TO STDOUT'"),
            ("statements/queries/x.py", "x = 'SELECT a FROM t FOR NO KEY UPDATE'"),
            ("statements/queries/x.py", '"""Reads before INSERT INTO t."""'),
        ),
    ),
    fetched_rows_are_named: (
        (
            ("orders/queries/x.py", "def f():\n    rows = fetch_all(sql)\n    return [Head(*row) for row in rows]"),
            ("orders/queries/x.py", "def f():\n    return [Head._make(row) for row in fetch_all(sql)]"),
            ("orders/queries/x.py", "def f():\n    rows = fetch_all(sql)\n    return Head(*rows[0]) if rows else None"),
        ),
        (
            ("orders/queries/x.py", "def f():\n    return fetch_as(Head, sql)"),
            ("orders/queries/x.py", "def f():\n    return {day: amount for day, amount in fetch_all(sql)}"),
            # A value inside a value has no column of its own.
            ("orders/queries/x.py", "def f():\n    return [Head(row[0], Place(*row[1:3])) for row in fetch_all(sql)]"),
        ),
    ),
    nothing_is_received: (
        (("orders/models.py", "@receiver(post_save)\ndef f(): ..."), ("orders/apps.py", "from django.db.models.signals import post_save")),
        (("orders/models.py", "received = 1"), ("retailhq/celery.py", "from celery.signals import setup_logging")),
    ),
    names_say_something: (
        (("orders/utils.py", ""), ("orders/helpers/x.py", ""), ("tests/common.py", ""), ("orders/signals.py", "")),
        (("orders/queries.py", ""),),
    ),
    apps_have_the_agreed_files: (
        (("orders/selectors.py", ""), ("orders/store/x.py", ""), ("orders/management/x.py", "")),
        (("orders/queries/anything.py", ""), ("orders/management/commands/x.py", ""), ("retailhq/home/frame.py", "")),
    ),
    tasks_are_short: (
        (("orders/tasks.py", "def f():\n    if x:\n" + "        y()\n" * 10),),
        (("orders/tasks.py", 'def f():\n    """D."""\n' + "    y()\n" * 10), ("orders/services/x.py", "def f():\n" + "    y()\n" * 11)),
    ),
    files_are_short: (
        (("orders/x.py", "x = 1\n" * 501),),
        (("orders/x.py", "x = 1\n" * 500), ("orders/migrations/0001_x.py", "x = 1\n" * 501)),
    ),
    counts_of_queries_are_asserted: (
        (("tests/test_x.py", "self.assertNumQueries(1)"), ("tests/test_x.py", "django_assert_num_queries(1)")),
        (("tests/test_x.py", "with self.assertNumQueries(1): ..."), ("tests/test_x.py", "self.assertNumQueries(1, f)")),
    ),
}


@pytest.mark.parametrize("rule", EXAMPLES, ids=lambda rule: rule.__name__)
def test_a_rule_sees_an_offence(rule: Rule) -> None:
    offending, allowed = EXAMPLES[rule]
    for example in offending:
        assert list(rule(Source(*example))), f"not seen: {example}"
    for example in allowed:
        assert list(rule(Source(*example))) == [], f"refused: {example}"


def our_files() -> list[Path]:
    return [ROOT / "manage.py", *(path for package in sorted(TOP_LEVEL) for path in sorted((ROOT / package).rglob("*.py")))]


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    return [source_at(path) for path in our_files()]


@pytest.mark.parametrize("rule", EXAMPLES, ids=lambda rule: rule.__name__)
def test_the_code_keeps_the_rule(rule: Rule, sources: list[Source]) -> None:
    assert len(sources) > 100
    found = [f"{source.path}:{offence}" for source in sources for offence in rule(source)]
    assert not found, "\n".join(found)


def test_only_declared_packages_stand_at_the_top() -> None:
    folders = {path.parent.relative_to(ROOT).parts[0] for path in ROOT.glob("[!.]*/**/*.py") if "node_modules" not in path.parts}
    # Examples for readers of the documents are no package of ours.
    assert folders - {"docs"} <= TOP_LEVEL
    assert {path.relative_to(ROOT).parts[:2] for path in ROOT.glob("docs/**/*.py")} <= {("docs", "examples")}
    assert {path.name for path in ROOT.glob("*.py")} == {"manage.py"}
    for folder in ROOT.glob("[!.]*/"):
        assert folder.name in TOP_LEVEL | OTHER_FOLDERS, folder.name


def test_templates_have_names_that_say_something() -> None:
    assert [path for path in (ROOT / "templates").rglob("*") if path.stem.lstrip("_") in FORBIDDEN_NAMES] == []


def test_every_task_that_is_sent_exists(sources: list[Source]) -> None:
    """Services send tasks by name, so nothing but this test would see a wrong one."""
    from retailhq.celery import app

    app.loader.import_default_modules()
    sent = {
        (source.path, node.args[0].value)
        for source in sources
        if not is_test(source)
        for node in source.nodes(ast.Call)
        if (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""))
        in {"after_commit", "send", "send_task"}
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert sent
    assert {(path, name) for path, name in sent if name not in app.tasks} == set()
