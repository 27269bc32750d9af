"""The six roles; what each may do is declared by the apps (`core/access/rights.py`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

from core.access.rights import RIGHTS_OF_ROLE

if TYPE_CHECKING:  # every command reads the roles
    from django_stubs_ext import StrPromise


@dataclass(frozen=True, slots=True)
class Role:
    """A role: `key` is the name of its group and stands in the `RIGHTS` of apps; `title` and `does` are for people."""

    key: str
    title: StrPromise
    does: StrPromise

    @property
    def rights(self) -> frozenset[str]:
        """All rights that the apps declare for the role."""
        return RIGHTS_OF_ROLE.get(self.key, frozenset())


ADMINISTRATOR = "administrator"
ROLES = (
    Role(
        "clerk",
        gettext_lazy("Clerk"),
        gettext_lazy("Sees everything of stores, inventory and ledger; imports, validates and calculates."),
    ),
    Role(
        "poster",
        gettext_lazy("Poster"),
        gettext_lazy("What a clerk does, and posts, holds and clears statements, and invoices customer orders."),
    ),
    Role(
        "inventory_controller",
        gettext_lazy("Inventory controller"),
        gettext_lazy("Sees inventory and statements; keeps items, batches, dispositions, policy groups and warehouses; imports."),
    ),
    Role(
        "order_desk",
        gettext_lazy("Order desk"),
        gettext_lazy("Takes, changes, hands out and cancels customer orders; sees items, on-hand stock and invoices; keeps customers."),
    ),
    Role(ADMINISTRATOR, gettext_lazy("Administrator"), gettext_lazy("Everything, users and roles included.")),
    Role(
        "auditor",
        gettext_lazy("Auditor"),
        gettext_lazy("Sees everything, histories and the audit trail included; changes nothing."),
    ),
)
BY_KEY = {role.key: role for role in ROLES}
