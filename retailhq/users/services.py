"""Users are made, changed, deactivated; an administrator always remains."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.auth.models import Group, User
from django.db import transaction

from core.access.access import Access
from core.access.models import AuditEntry
from core.access.services import store_password
from core.access.writes import record_audit
from core.db.locks import USERS, lock_for_transaction
from core.lib.problems import BusinessError, Code, Problem, register
from orders.models import Store, StoreScope
from retailhq.users.queries import has_administrator, stores_of

Action = AuditEntry.Action
LAST_ADMINISTRATOR = "LAST_ADMINISTRATOR"
# Without the letters and digits that people mix up when they read a password out.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"

register(
    Code(
        LAST_ADMINISTRATOR,
        "access",
        "Without this user nobody could give roles any more.",
        "Give somebody else the role Administrator first.",
        "Without this user nobody could give roles any more. Give somebody else the role Administrator first.",
    )
)


register(
    Code(
        "MORE_THAN_OWN_STORES",
        "access",
        "Somebody who has some stores gives no more than these, and does not change people who have more.",
        "Let an administrator of all stores do it.",
        {
            "gives": "You have some stores only and cannot give others; let an administrator of all stores do it.",
            "has": "{user} has stores that are not yours; let an administrator of all stores do it.",
        },
    )
)


@dataclass(frozen=True, slots=True)
class UserRequest:
    """How a user shall be; `stores` counts only without `all_stores`."""

    username: str
    first_name: str
    last_name: str
    email: str
    is_active: bool
    roles: frozenset[str]
    all_stores: bool
    stores: tuple[Store, ...]

    def words(self) -> dict[str, object]:
        """The same as text, for the audit trail."""
        return {
            "username": self.username,
            "name": f"{self.first_name} {self.last_name}".strip(),
            "email": self.email,
            "active": self.is_active,
            "roles": sorted(self.roles),
            "stores": "all" if self.all_stores else [store.code for store in self.stores],
        }


def wanted_as(user: User) -> UserRequest:
    """How a user is; two queries."""
    everything = StoreScope.objects.filter(user=user, store=None).exists()
    roles = frozenset(user.groups.values_list("name", flat=True))
    stores = () if everything else tuple(stores_of(user))
    return UserRequest(user.username, user.first_name, user.last_name, user.email, user.is_active, roles, everything, stores)


def refuse_to_widen(giver: Access | None, store_ids: Collection[int | None]) -> None:
    """Raises BusinessError MORE_THAN_OWN_STORES where somebody would give stores, None for all, that are not their own."""
    if giver and not giver.grants.everything and not set(store_ids) <= own_stores(giver):
        raise BusinessError(Problem("MORE_THAN_OWN_STORES", variant="gives"))


def refuse_to_reach(giver: Access | None, user: User) -> None:
    """Raises BusinessError MORE_THAN_OWN_STORES where a user has more than somebody who would change them, or give them a password."""
    if giver is None or giver.grants.everything or user.pk == giver.user.pk:
        return
    has = set(StoreScope.objects.filter(user=user).values_list("store_id", flat=True))
    if user.is_superuser or not has <= own_stores(giver):
        raise BusinessError(Problem("MORE_THAN_OWN_STORES", {"user": user.username}, variant="has"))


def own_stores(giver: Access) -> set[int | None]:
    """The stores that somebody was given, over all companies."""
    return {place.store for place in giver.grants.places if place.store is not None}


@transaction.atomic
def create_user(wanted: UserRequest, actor: str, giver: Access | None) -> tuple[User, str]:
    """Makes a user with a one-time password, which is given back and stored nowhere in clear.

    `giver` is the person who does it, None for a command. Raises BusinessError MORE_THAN_OWN_STORES.
    """
    refuse_to_widen(giver, [None] if wanted.all_stores else [store.pk for store in wanted.stores])
    user = User(username=wanted.username)
    user.set_unusable_password()
    write(user, wanted)
    record_audit(Action.USER_CREATE, actor, user.username, wanted.words())
    return user, new_password(user, actor, giver)


@transaction.atomic
def change_user(user_id: int, wanted: UserRequest, actor: str, giver: Access | None) -> None:
    """Changes a user and records each value that differs, from and to; `giver` as for `create_user`.

    Raises BusinessError LAST_ADMINISTRATOR, MORE_THAN_OWN_STORES; then nothing is changed. Takes the lock of people: of two administrators
    who take the role from each other at once, the second is refused.
    """
    lock_for_transaction(USERS, [0])
    user = User.objects.get(pk=user_id)
    refuse_to_reach(giver, user)
    refuse_to_widen(giver, [None] if wanted.all_stores else [store.pk for store in wanted.stores])
    before, after = wanted_as(user).words(), wanted.words()
    write(user, wanted)
    if not has_administrator():
        raise BusinessError(Problem(LAST_ADMINISTRATOR))
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changes:
        record_audit(Action.USER_CHANGE, actor, user.username, changes)


def write(user: User, wanted: UserRequest) -> None:
    """Stores the row, the roles and the stores."""
    for name in ("username", "first_name", "last_name", "email", "is_active"):
        setattr(user, name, getattr(wanted, name))
    user.save()
    user.groups.set(Group.objects.filter(name__in=wanted.roles))
    give_stores(user, [None] if wanted.all_stores else [store.pk for store in wanted.stores])


def give_stores(user: User, store_ids: Collection[int | None]) -> None:
    """Makes exactly these the stores of the user; None stands for all."""
    StoreScope.objects.filter(user=user).delete()
    StoreScope.objects.bulk_create(StoreScope(user=user, store_id=store_id) for store_id in store_ids)


@transaction.atomic
def new_password(user: User, actor: str, giver: Access | None) -> str:
    """Gives the user a new one-time password, to be replaced at the next sign-in, and ends their sessions.

    Raises BusinessError MORE_THAN_OWN_STORES.
    """
    refuse_to_reach(giver, user)
    password = "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(4))
    store_password(user, password, actor, due=True)
    return password
