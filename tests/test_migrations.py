"""One squashed migration per app stands for all that came before: an empty database and one of an older version arrive at the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import DjangoDbBlocker

from core.access.roles import ROLES
from core.db.bulk import execute
from core.db.fields import MoneyField
from retailhq.bench.databases import database
from retailhq.embedded.supervise import CannotServeError, require_migrated_database
from retailhq.management.commands.migrate import replaced_migrations
from tests.template import drop_test_database

# All rows of django_migrations when the first migrations were squashed, in their order.
BEFORE = [tuple(line.split()) for line in Path(__file__).with_name("migrations_before_squashing.txt").read_text().splitlines()]

# All that `pg_dump --schema-only` would write of tables, as rows; the order of columns is part of it. NOT NULL is seen in the columns: the
# name that PostgreSQL 18 gives to it is that of the column when it was made.
CATALOGUE = {
    "columns": """
        SELECT table_name, row_number() OVER (PARTITION BY table_name ORDER BY ordinal_position), column_name, data_type,
            character_maximum_length, numeric_precision, numeric_scale, is_nullable, column_default, is_identity
        FROM information_schema.columns WHERE table_schema = 'public'
    """,
    "constraints": """
        SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    """,
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    # Test databases are not vacuumed (tests/template.py).
    "storage": """
        SELECT relname, option FROM pg_class, unnest(reloptions) option
        WHERE relnamespace = 'public'::regnamespace AND option <> 'autovacuum_enabled=off'
    """,
}

pytestmark = pytest.mark.django_db(transaction=True)


def catalogue() -> dict[str, set[tuple[str, ...]]]:
    """The schema of the database in use."""
    return {name: fetch(query) for name, query in CATALOGUE.items()}


def fetch(query: str) -> set[tuple[str, ...]]:
    """Rows as text."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {tuple(map(str, row)) for row in cursor.fetchall()}


@pytest.fixture(scope="module")
def squashed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The name of a database with the squashed migrations and those of libraries, but none that was added later."""
    with django_db_blocker.unblock():
        yield (name := make_database("squashed"))
        drop_test_database(name)


@pytest.fixture(scope="module")
def first_squashed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The name of a database as the first squashing left it, and those that were migrated one by one until then."""
    with django_db_blocker.unblock():
        with replaced_migrations():
            name = make_database("first_squashed")
        yield name
        drop_test_database(name)


def make_database(kind: str) -> str:
    """The name of a new database with the squashed migrations that Django reads now, and all that was there before the first."""
    name = f"{connection.settings_dict['NAME']}_{kind}"
    with database(name, keep=True):
        executor = MigrationExecutor(connection)
        wanted = {key for key, migration in executor.loader.disk_migrations.items() if migration.replaces}.union(BEFORE)
        whole_plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        executor.migrate(None, [(one, back) for one, back in whole_plan if (one.app_label, one.name) in wanted])
    return name


@contextmanager
def own_copy(template: str) -> Iterator[None]:
    """A copy of the database for one test."""
    with database(f"{connection.settings_dict['NAME']}_copy", template):
        yield


@pytest.fixture
def migrated(transactional_db: None) -> dict[str, set[tuple[str, ...]]]:
    """The schema of the test's own database: of an empty one that was migrated at once (tests/template.py)."""
    return catalogue()


def record_as_applied(migrations: list[tuple[str, ...]]) -> None:
    """Leaves these rows in django_migrations."""
    recorder = MigrationRecorder(connection)
    recorder.flush()
    for app, name in migrations:
        recorder.record_applied(app, name)


def replaced_names() -> list[tuple[str, ...]]:
    """All rows of django_migrations at the last commit with the migrations that are squashed now."""
    with replaced_migrations():
        disk = MigrationLoader(None).disk_migrations
    return [*disk, *(key for migration in disk.values() for key in migration.replaces)]


@pytest.mark.slow
def test_a_database_from_before_the_first_squashing_and_an_empty_one_arrive_at_the_same_schema(
    migrated: dict[str, set[tuple[str, ...]]], first_squashed: str
) -> None:
    with own_copy(first_squashed):
        execute("INSERT INTO inventory_disposition (code, name, blocks_sale) VALUES ('mine', 'Of this installation', true)")
        record_as_applied(BEFORE)

        with pytest.raises(CommandError, match="migrate applies the others first"):
            call_command("migrate", plan=True, verbosity=0)
        with pytest.raises(CannotServeError, match=r"run manage\.py migrate first"):
            require_migrated_database()
        call_command("migrate", verbosity=0)

        require_migrated_database()
        assert fetch("SELECT code FROM inventory_disposition") == {("available",), ("blocked",), ("inspect",), ("mine",)}
        assert fetch("SELECT name FROM auth_group") == {(role.key,) for role in ROLES}
        upgraded = catalogue()
        for name, rows in migrated.items():
            assert rows, name
            assert upgraded[name] == rows, name
        # Its rows are now those of a database of commit 60b7d53a that was made at once.
        applied = fetch("SELECT app, name FROM django_migrations")
        assert applied.issuperset(replaced_names())


def test_a_database_with_all_that_was_squashed_needs_only_what_came_later(squashed: str) -> None:
    """As one of commit 60b7d53a has them; no row of django_migrations names a migration that is squashed now."""
    with own_copy(squashed):
        record_as_applied(list({*BEFORE, *replaced_names()}))
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        assert [one.name for one, _ in plan if one.replaces] == []

        call_command("migrate", verbosity=0)
        require_migrated_database()


def test_a_database_in_the_midst_of_the_first_migrations_is_refused(first_squashed: str) -> None:
    """Their files are gone: such a database needs the version of then first."""
    with own_copy(first_squashed):
        record_as_applied([key for key in BEFORE if key != ("statements", "0009_file_imports")])

        with pytest.raises(CommandError, match=r"lacks statements\.0009_file_imports") as refused:
            call_command("migrate", verbosity=0)
        assert refused.value.returncode == 2


def test_the_migrations_of_an_app_can_be_taken_back(squashed: str) -> None:
    with own_copy(squashed):
        there = catalogue()
        call_command("migrate", "statements", "zero", verbosity=0)

        gone = {name: there[name] - rows for name, rows in catalogue().items()}
        assert len({row[0] for row in gone["columns"]}) == 19
        assert gone["triggers"]

        call_command("migrate", "statements", "0001_squashed_0091_captured_lines", verbosity=0)
        assert catalogue() == there


def test_amounts_have_three_decimals_at_most_but_for_what_each_line_sold_would_pay_for(db: None) -> None:
    """An AlterField makes no CHECK; ADR 0019 names these."""
    checked = fetch("""
        SELECT c.conrelid::regclass, a.attname FROM pg_constraint c, pg_attribute a
        WHERE a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)
            AND pg_get_constraintdef(c.oid) = format('CHECK ((%1$I = round(%1$I, 3)))', a.attname)
    """)
    amounts = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, MoneyField)
    }
    assert amounts - checked == {
        *(("statements_postransactionline", column) for column in ("discount", "net", "tax")),
        *(("orders_salesorderline", column) for column in ("discount", "net", "tax")),
        *(("orders_invoiceline", column) for column in ("net", "tax")),
        ("orders_batchallocation", "cost_amount"),
        ("inventory_inventorytransaction", "cost_amount"),
    }
