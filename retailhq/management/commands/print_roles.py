"""`print_roles` prints docs/roles.md from the page table and the roles."""

from typing import Any

from core.access.pages import PAGES
from core.access.roles import ROLES
from core.cli.command import CommandResult, RetailCommand
from retailhq.users.matrix import cell, markdown


class Command(RetailCommand):
    """Writes the page, or with `--json` the table as values."""

    help = "Prints docs/roles.md: every page with what each role may do on it."

    def run(self, **options: Any) -> CommandResult:
        if options["as_json"]:
            return CommandResult({"pages": {name: {role.key: cell(role, name) for role in ROLES} for name in sorted(PAGES)}})
        self.stdout.write(markdown(), ending="")
        return CommandResult()
