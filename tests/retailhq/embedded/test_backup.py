"""The documented backup and restore, done with the programs that the wheel brings."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from psycopg import sql

from parameters.models import Currency


@pytest.mark.usefixtures("transactional_db")
def test_a_dump_restores_into_an_empty_database(command_environment: dict[str, str], tmp_path: Path) -> None:
    Currency.objects.update_or_create(code="XTS")
    given = settings.DATABASES["default"]
    copy = f"{given['NAME']}_copy"

    def pg(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "pg", *arguments]
        return subprocess.run(command, env=command_environment, capture_output=True, text=True, check=False)

    dumped = pg("pg_dump", "--format", "custom", "--file", str(tmp_path / "backup.dump"))
    assert dumped.returncode == 0, dumped.stderr
    account = {"host": given["HOST"], "port": given["PORT"] or None, "user": given["USER"], "password": given["PASSWORD"] or None}
    with psycopg.connect(dbname="postgres", autocommit=True, **account) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(copy)))
        try:
            restored = pg("pg_restore", "--exit-on-error", "--no-owner", "--dbname", copy, str(tmp_path / "backup.dump"))
            assert restored.returncode == 0, restored.stderr
            with psycopg.connect(dbname=copy, **account) as connection:
                assert connection.execute("SELECT count(*) FROM parameters_currency WHERE code = 'XTS'").fetchone() == (1,)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(copy)))
