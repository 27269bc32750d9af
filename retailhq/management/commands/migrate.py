"""`migrate`: Django's own, which afterwards writes the roles as groups."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from core.access.writes import write_groups


class Command(migrate.Command):
    """Groups are written here and not by a migration, so that a changed role needs none."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Leaves system checks to `manage.py check`: the one of addresses imports every page.

        A database that has a part of what was squashed first gets the rest of it. With an app named, or nothing but looked at, the groups
        stay as they are: the tables may be gone. Exit status 2 for a database whose migrations are older than those that are kept.
        """
        using = options["database"]
        only_looks = options["plan"] or options["check_unapplied"]
        options["skip_checks"] = True
        if half_applied(using):
            if only_looks:
                raise CommandError("the database has a part of the migrations that were squashed since; migrate applies the others first")
            with replaced_migrations():
                refuse_older(using)
                super().handle(*args, **options | {"app_label": None, "migration_name": None})
        super().handle(*args, **options)
        if not (options["app_label"] or only_looks):
            write_groups(using)


def half_applied(using: str) -> list[tuple[str, str]]:
    """App and name of the migrations that a squashed one replaces and the database lacks, while it has others of the same squashed one.

    Django passes over such a squashed migration without a word, and the database would stay as it is.
    """
    applied = MigrationRecorder(connections[using]).applied_migrations()
    lacking = []
    for migration in MigrationLoader(None).disk_migrations.values():
        missing = [key for key in migration.replaces if key not in applied]
        if len(missing) < len(migration.replaces):
            lacking += missing
    return lacking


@contextmanager
def replaced_migrations() -> Iterator[None]:
    """Lets Django read the migrations that squashed ones replace (`migrations/replaced` of an app), as if nothing had been squashed."""
    before = settings.MIGRATION_MODULES
    replaced = [config for config in apps.get_app_configs() if (Path(config.path) / "migrations" / "replaced").is_dir()]
    settings.MIGRATION_MODULES = before | {config.label: f"{config.name}.migrations.replaced" for config in replaced}
    try:
        yield
    finally:
        settings.MIGRATION_MODULES = before


def refuse_older(using: str) -> None:
    """Raises CommandError where the first squashing, whose own migrations are gone, can stand neither for all of them nor for none."""
    for app, name in half_applied(using):
        raise CommandError(
            f"the database lacks {app}.{name}, which this version has only squashed: migrate with commit a84c891 first", returncode=2
        )
