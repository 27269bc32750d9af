"""All codes of the product, with their sentences."""

import pkgutil
from importlib import import_module

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
