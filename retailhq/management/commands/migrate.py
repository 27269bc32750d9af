"""`migrate`: Django's own, which afterwards writes the roles as groups."""

from typing import Any

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

        With an app named, or nothing but looked at, the groups stay as they are: the tables may be gone. Exit status 2 for a database that
        stands in the midst of migrations that were squashed since.
        """
        using = options["database"]
        refuse_halfway(using)
        super().handle(*args, **{**options, "skip_checks": True})
        if not (options["app_label"] or options["plan"] or options["check_unapplied"]):
            write_groups(using)


def refuse_halfway(using: str) -> None:
    """Raises CommandError where a squashed migration can stand neither for all that it replaces nor for nothing.

    Django passes over such a migration without a word, and the database would stay as it is.
    """
    applied = MigrationRecorder(connections[using]).applied_migrations()
    for (app, _), migration in MigrationLoader(None).disk_migrations.items():
        missing = [name for label, name in migration.replaces if (label, name) not in applied]
        if missing and len(missing) < len(migration.replaces):
            raise CommandError(
                f"the database lacks {app}.{missing[0]}, which this version has only squashed: migrate with commit a84c891 first",
                returncode=2,
            )
