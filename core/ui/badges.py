"""How states look; each app declares those of its own in its module `badges`."""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from django.apps import apps
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True, slots=True)
class Badge:
    """How a state looks: its words, its meaning (good, warn, bad, work, idle) and its icon."""

    text: "str | StrPromise"
    meaning: str
    icon: str


BADGES = {
    "on": Badge(gettext_lazy("On"), "good", "check"),
    "off": Badge(gettext_lazy("Off"), "idle", "dash"),
}


@cache
def all_badges() -> dict[str, Badge]:
    """The badges of all installed apps by their key. Raises ValueError for a key that two of them declare."""
    found: dict[str, Badge] = {}
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, "badges"):
            declared: dict[str, Badge] = import_module(f"{config.name}.badges").BADGES
            if twice := found.keys() & declared:
                raise ValueError(f"{config.name} declares badges again: {sorted(twice)}")
            found |= declared
    return found
