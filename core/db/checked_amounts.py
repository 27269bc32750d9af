"""CHECKs of amounts for columns that came to have no scale without one (ADR 0019)."""

from collections.abc import Mapping, Sequence

from django.db import migrations

from core.lib.parsing import MONEY_PLACES

LONGEST_NAME = 63


def check_amounts(columns: Mapping[str, Sequence[str]]) -> list[migrations.RunSQL]:
    """Operations that give the columns, by table, the CHECK that `MoneyField` would; for a migration that is not atomic.

    A table is closed for a moment; its rows are looked at afterwards, while others read and write.
    """
    checks = [(table, _check_name(table, column), column) for table, names in columns.items() for column in names]
    added = [
        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}, "
        f"ADD CONSTRAINT {name} CHECK ({column} = round({column}, {MONEY_PLACES})) NOT VALID"
        for table, name, column in checks
    ]
    proven = [f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}" for table, name, _ in checks]
    dropped = [f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, name, _ in checks]
    return [migrations.RunSQL((*added, *proven), tuple(dropped))]


def _check_name(table: str, column: str) -> str:
    """As PostgreSQL names the CHECK of a column."""
    end = f"_{column}_check"
    return f"{table[: LONGEST_NAME - len(end)]}{end}"
