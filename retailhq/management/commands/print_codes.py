"""`print_codes` prints docs/codes.md from the registry of codes."""

import pkgutil
from importlib import import_module
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.lib.code_catalogue import markdown
from core.lib.problems import REGISTRY, Code

# Where codes are registered: by importing all of it, no list of modules can be forgotten.
PACKAGES = (
    "core",
    "parameters",
    "ledger",
    "inventory",
    "orders",
    "statements",
    *(f"retailhq.{room}" for room in ("exchange", "integrity", "users")),
)


def register_all() -> None:
    """Imports every module that may register codes."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            if ".migrations" not in module.name:
                import_module(module.name)


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
