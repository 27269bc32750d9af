"""Reads of users with their roles and stores, and of the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext

from core.access.access import Access
from core.access.models import AuditEntry
from core.access.roles import ADMINISTRATOR, BY_KEY
from core.access.throttling import locked_names
from orders.models import Store, StoreScope


@dataclass(frozen=True, slots=True)
class Person:
    """A user as pages show them."""

    user: User
    roles: list[str]
    all_stores: bool
    stores: list[str]
    locked: bool

    @property
    def state(self) -> str:
        """How the state looks: on, off or error."""
        return "off" if not self.user.is_active else "error" if self.locked else "on"

    @property
    def state_text(self) -> str:
        """Whether the person may sign in."""
        return gettext("Inactive") if not self.user.is_active else gettext("Locked out") if self.locked else gettext("Active")


def users_seen_by(access: Access) -> "QuerySet[User, User]":
    """All users: who may see any sees all of them. Three queries, for their groups and stores as well."""
    scopes = StoreScope.objects.select_related("store").order_by("store__code")
    return User.objects.prefetch_related("groups", Prefetch("store_scopes", queryset=scopes))


def add_people(users: Sequence[User], access: Access) -> None:
    """Gives every row its `person`; one query."""
    locked = locked_names(User.objects.filter(pk__in=[user.pk for user in users]))
    for user in users:
        user.person = person_of(user, locked)  # type: ignore[attr-defined]


def person_of(user: User, locked: frozenset[str]) -> Person:
    """The row of a user whose groups and stores are loaded."""
    held = {group.name for group in user.groups.all()}
    scopes = list(user.store_scopes.all())
    stores = [scope.store.code for scope in scopes if scope.store]
    everything = user.is_superuser or any(scope.store_id is None for scope in scopes)
    roles = [str(role.title) for key, role in BY_KEY.items() if key in held] + ([gettext("Superuser")] if user.is_superuser else [])
    return Person(user, roles, everything, stores, user.username in locked)


def person(user_id: int) -> Person | None:
    """One user, or None; four queries."""
    user = User.objects.filter(pk=user_id).first()
    return person_of(user, locked_names(User.objects.filter(pk=user_id))) if user else None


def stores_of(user: User) -> list[Store]:
    """The stores given to a user one by one; one query."""
    return list(Store.objects.filter(pk__in=StoreScope.objects.filter(user=user).values("store")).order_by("code"))


def has_administrator() -> bool:
    """Whether anybody active could still give roles; one query."""
    return User.objects.filter(Q(groups__name=ADMINISTRATOR) | Q(is_superuser=True), is_active=True).exists()


def audit_seen_by(access: Access) -> "QuerySet[AuditEntry, AuditEntry]":
    """The whole audit trail: who may see any of it sees all."""
    return AuditEntry.objects.all()
