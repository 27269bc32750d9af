"""One squashed migration per app stands for all that came before: an empty database and one that has the old ones both arrive."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import DjangoDbBlocker

from core.access.roles import ROLES
from core.db.bulk import execute
from retailhq.bench.databases import database
from tests.template import drop_test_database

# All rows of django_migrations when the migrations were squashed, in their order.
BEFORE = [tuple(line.split()) for line in Path(__file__).with_name("migrations_before_squashing.txt").read_text().splitlines()]

# All that `pg_dump --schema-only` would write of tables, as rows; the order of columns is part of it.
CATALOGUE = {
    "columns": """
        SELECT table_name, ordinal_position, column_name, data_type, character_maximum_length, numeric_precision, numeric_scale,
            is_nullable, column_default, is_identity
        FROM information_schema.columns WHERE table_schema = 'public'
    """,
    "constraints": """
        SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
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
def made_squashed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The name of a database with the squashed migrations and those of libraries, but none that was added later."""
    name = f"{connection.settings_dict['NAME']}_made"
    with django_db_blocker.unblock():
        with database(name, keep=True):
            executor = MigrationExecutor(connection)
            squashed = {key for key, migration in executor.loader.disk_migrations.items() if migration.replaces}
            whole_plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
            plan = [(one, back) for one, back in whole_plan if (one.app_label, one.name) in squashed.union(BEFORE)]
            executor.migrate(None, plan)
        yield name
    drop_test_database(name)


@pytest.fixture
def squashed_only(made_squashed: str) -> Iterator[None]:
    """Such a database of the test's own."""
    with database(f"{connection.settings_dict['NAME']}_squashed", made_squashed):
        yield


@pytest.fixture
def migrated(transactional_db: None) -> dict[str, set[tuple[str, ...]]]:
    """The schema of the test's own database: of an empty one that was migrated at once (tests/template.py)."""
    return catalogue()


def record_as_before_squashing() -> None:
    """Leaves the rows of django_migrations that a database had which was migrated one by one."""
    recorder = MigrationRecorder(connection)
    recorder.flush()
    for app, name in BEFORE:
        recorder.record_applied(app, name)


def test_a_database_from_before_the_squashing_and_an_empty_one_arrive_at_the_same_schema(
    migrated: dict[str, set[tuple[str, ...]]], squashed_only: None
) -> None:
    execute("INSERT INTO inventory_disposition (code, name, blocks_sale) VALUES ('mine', 'Of this installation', true)")
    record_as_before_squashing()

    call_command("migrate", verbosity=0)

    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    assert fetch("SELECT code FROM inventory_disposition") == {("available",), ("blocked",), ("inspect",), ("mine",)}
    assert fetch("SELECT name FROM auth_group") == {(role.key,) for role in ROLES}
    upgraded = catalogue()
    for name, rows in migrated.items():
        assert rows, name
        assert upgraded[name] == rows, name


def test_a_database_in_the_midst_of_the_old_migrations_is_refused(squashed_only: None) -> None:
    """The old files are gone: such a database needs the version of then first."""
    record_as_before_squashing()
    MigrationRecorder(connection).record_unapplied("statements", "0009_file_imports")

    with pytest.raises(CommandError, match=r"lacks statements\.0009_file_imports") as refused:
        call_command("migrate", verbosity=0)
    assert refused.value.returncode == 2


def test_the_migrations_of_an_app_can_be_taken_back(squashed_only: None) -> None:
    there = catalogue()
    call_command("migrate", "statements", "zero", verbosity=0)

    gone = {name: there[name] - rows for name, rows in catalogue().items()}
    assert len({row[0] for row in gone["columns"]}) == 9
    assert gone["triggers"]

    call_command("migrate", "statements", "0001_squashed_0009_file_imports", verbosity=0)
    assert catalogue() == there
