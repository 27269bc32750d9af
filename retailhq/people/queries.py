"""Reads of users with their roles and stores, and of the audit trail."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Prefetch, Q, QuerySet

from orders.models import Store, StoreScope
from retailhq.access.door import locked_names
from retailhq.access.models import AuditEntry
from retailhq.access.roles import ADMINISTRATOR, BY_KEY
from retailhq.db.keyset import Page, keyset_page


@dataclass(frozen=True, slots=True)
class Person:
    """A user as the list shows them."""

    user: User
    roles: list[str]
    all_stores: bool
    stores: list[str]
    locked: bool

    @property
    def last_sign_in(self) -> datetime | None:
        """When they signed in last."""
        return self.user.last_login


def people(search: str = "", shown: str = "") -> list[Person]:
    """Users by name, those whose name or e-mail contains the text, only active or only inactive ones if asked for; four statements."""
    rows = User.objects.order_by("username")
    if search:
        contains = (Q(**{f"{field}__icontains": search}) for field in ("username", "first_name", "last_name", "email"))
        rows = rows.filter(next(contains) | next(contains) | next(contains) | next(contains))
    if shown in {"active", "inactive"}:
        rows = rows.filter(is_active=shown == "active")
    scopes = StoreScope.objects.select_related("store").order_by("store__code")
    locked = locked_names(rows)
    return [person_of(user, locked) for user in rows.prefetch_related("groups", Prefetch("store_scopes", queryset=scopes))]


def person_of(user: User, locked: frozenset[str]) -> Person:
    """The row of a user whose groups and stores are loaded."""
    held = {group.name for group in user.groups.all()}
    scopes = list(user.store_scopes.all())
    stores = [scope.store.code for scope in scopes if scope.store]
    everything = user.is_superuser or any(scope.store_id is None for scope in scopes)
    return Person(user, [str(role.title) for key, role in BY_KEY.items() if key in held], everything, stores, user.username in locked)


def person(user_id: int) -> Person | None:
    """One user, or None; four statements."""
    user = User.objects.filter(pk=user_id).first()
    return person_of(user, locked_names(User.objects.filter(pk=user_id))) if user else None


def stores_of(user: User) -> list[Store]:
    """The stores given to a user one by one; one statement."""
    return list(Store.objects.filter(pk__in=StoreScope.objects.filter(user=user).values("store")).order_by("code"))


def has_administrator() -> bool:
    """Whether anybody active could still give roles; one statement."""
    return User.objects.filter(Q(groups__name=ADMINISTRATOR) | Q(is_superuser=True), is_active=True).exists()


def audit_entries(
    actor: str = "", deed: str = "", subject: str = "", since: datetime | None = None, until: datetime | None = None
) -> "QuerySet[AuditEntry, AuditEntry]":
    """Entries of the audit trail that match; blank means any."""
    rows = AuditEntry.objects.all()
    for condition in (
        Q(actor=actor) if actor else None,
        Q(deed=deed) if deed else None,
        Q(subject__icontains=subject) if subject else None,
        Q(at__gte=since) if since else None,
        Q(at__lt=until) if until else None,
    ):
        rows = rows.filter(condition) if condition is not None else rows
    return rows


def audit_page(rows: "QuerySet[AuditEntry, AuditEntry]", after: str, before: str) -> Page[AuditEntry]:
    """A page of entries, newest first; one statement."""
    return keyset_page(rows, ("-pk",), after=after, before=before)
