"""`manage.py pg PROGRAM ...`: PostgreSQL's own programs, already connected to the database of the settings."""

import argparse
import os
import subprocess
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from retailhq.embedded.engines import client_programs
from retailhq.embedded.home import EmbeddedError

PROGRAMS = ("pg_dump", "pg_restore", "psql", "pg_isready")


class Command(BaseCommand):
    """Runs the program of the built-in PostgreSQL 18; its pg_dump reads servers from version 9.2 to 18."""

    help = "Run pg_dump, pg_restore or psql on the database of the settings, for example: pg pg_dump --format custom --file backup.dump"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The program and its own arguments."""
        parser.add_argument("program", choices=PROGRAMS)
        parser.add_argument("arguments", nargs=argparse.REMAINDER, help="handed on as they are")

    def handle(self, *args: Any, program: str, arguments: list[str], **options: Any) -> None:
        """Ends with the program's own status; 2 when it cannot be had. The password goes by the environment, never by the command line."""
        given = connection.settings_dict
        names = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "NAME": "PGDATABASE"}
        values = {variable: str(given[name]) for name, variable in names.items() if given[name]}
        values |= {f"PG{name.upper()}": str(value) for name, value in given["OPTIONS"].items() if name.startswith("ssl")}
        try:
            path = client_programs() / program
        except EmbeddedError as error:
            self.stderr.write(f"retailhq: {error}")
            raise SystemExit(2) from None
        raise SystemExit(subprocess.run([str(path), *arguments], env={**os.environ, **values}, check=False).returncode)
