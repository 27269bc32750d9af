"""`check_integrity` recomputes what is stored and names every difference; exit status 1 when there is one."""

from typing import Any

from core.cli.command import CommandResult, RetailCommand
from retailhq.integrity.checks import CHECKS, differences


class Command(RetailCommand):
    """Compares; never repairs."""

    help = (
        "Recomputes stored balances and documents in SQL. Each difference is one row: check, key, expected, found. Exit 1 if there is any."
    )

    def run(self, **options: Any) -> CommandResult:
        found = [row._asdict() for row in differences()]
        return CommandResult({"checks": len(CHECKS), "count": len(found), "differences": found}, partly=bool(found))
