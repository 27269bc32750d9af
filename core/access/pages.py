"""The page table: every url name with the right it needs. A page that is not in it is refused to everybody.

Each app declares its pages as `PAGES` in its `permissions` module, beside its `urls`; they are collected here when Django is ready, with
the rights of roles that stand in the same module (`core/access/rights.py`).

A right is `app.codename`; ANYBODY needs no sign-in, SIGNED_IN any signed-in person. Where looking and changing differ, a pair says the
right for GET and the right for everything else. OF_ITS_KIND: one page for many models, which asks for the right of the model itself
(`access.has`). BY_TOKEN: an address of the HTTP API, which asks for a token by itself and knows no sign-in.
"""

from importlib import import_module
from typing import Final

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from core.access.rights import collect_rights

ANYBODY: Final = "anybody"
SIGNED_IN: Final = "signed in"
OF_ITS_KIND: Final = "of its kind"
BY_TOKEN: Final = "by token"
Requirement = str | tuple[str, str]

PAGES: dict[str, Requirement] = {}


def collect_permissions() -> None:
    """Reads the `permissions` modules of all installed apps into the page table and the rights of roles.

    Raises ValueError when a page is declared twice.
    """
    for config in apps.get_app_configs():
        if config.module is None or not module_has_submodule(config.module, "permissions"):
            continue
        permissions = import_module(f"{config.name}.permissions")
        declared: dict[str, Requirement] = permissions.PAGES
        if again := PAGES.keys() & declared.keys():
            raise ValueError(f"{config.name} declares pages that are declared already: {', '.join(sorted(again))}")
        PAGES.update(declared)
        collect_rights(getattr(permissions, "RIGHTS", ()), getattr(permissions, "OWN_RIGHTS", {}))


def need_of(url_name: str, method: str = "GET") -> str | None:
    """What a request of that method needs; None for a page that nobody may open."""
    need = PAGES.get(url_name)
    if isinstance(need, tuple):
        return need[0] if method in {"GET", "HEAD", "OPTIONS"} else need[1]
    return need
