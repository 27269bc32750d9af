"""`print_codes` prints docs/codes.md from the registry of codes."""

from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.lib.code_catalogue import markdown
from core.lib.problems import REGISTRY, Code
from retailhq.codes import register_all


def _as_values(code: Code) -> dict[str, Any]:
    return {
        "code": code.code,
        "area": code.area,
        "meaning": code.title,
        "remedy": code.remedy,
        "severity": code.severity,
        "always_on": code.always_on,
    }


class Command(RetailCommand):
    """Writes the page, or with `--json` the codes as values."""

    help = "Prints docs/codes.md: every code with its meaning and what to do."

    def run(self, **options: Any) -> CommandResult:
        register_all()
        if options["as_json"]:
            return CommandResult({"codes": [_as_values(REGISTRY[code]) for code in sorted(REGISTRY)]})
        self.stdout.write(markdown(REGISTRY.values()), ending="")
        return CommandResult()
