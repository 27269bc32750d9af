"""The access of a request: what the signed-in person may open and do, and which stores they see. Read once, when first asked for."""

from collections.abc import Callable
from functools import cached_property, lru_cache

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils.module_loading import import_string

from core.access.pages import ANYBODY, BY_TOKEN, OF_ITS_KIND, SIGNED_IN, need_of
from core.access.scope import NOTHING, Grants, Scope, scope_in
from core.db.bulk import fetch_all

COMPANY_KEY, STORE_KEY = "company", "store"
# Every request asks it, and Django's own query would join all permissions with all roles first.
RIGHTS = """
SELECT content_type.app_label, permission.codename
FROM auth_permission permission JOIN django_content_type content_type ON content_type.id = permission.content_type_id
WHERE permission.id IN (
    SELECT given.permission_id FROM auth_user_groups role JOIN auth_group_permissions given ON given.group_id = role.group_id
    WHERE role.user_id = %(user)s
    UNION ALL
    SELECT permission_id FROM auth_user_user_permissions WHERE user_id = %(user)s
)
"""
GrantsLoader = Callable[[int, bool], Grants]


@lru_cache(maxsize=1)
def grants_loader() -> GrantsLoader:
    """Reads what stores a person was given (user id, whether all); settings name it, because stores belong to a higher room."""
    loader: GrantsLoader = import_string(settings.ACCESS_GRANTS)
    return loader


class Access:
    """What a person may do. At most two queries: one for the rights, one for the scope, each only when it is needed."""

    def __init__(self, user: User | AbstractBaseUser | AnonymousUser, session: SessionBase | None = None) -> None:
        self.user = user
        self._session = session

    @cached_property
    def rights(self) -> frozenset[str]:
        """All rights by role or given directly; none for somebody who is not signed in or was deactivated. One query."""
        if not self.user.is_active or self.user.pk is None:
            return frozenset()
        return frozenset(f"{app}.{codename}" for app, codename in fetch_all(RIGHTS, {"user": self.user.pk}))

    def has(self, right: str) -> bool:
        """Whether the person has a right, `app.codename`; a superuser has all."""
        if not self.user.is_active:
            return False
        return bool(getattr(self.user, "is_superuser", False)) or right in self.rights

    def may(self, url_name: str, method: str = "GET") -> bool:
        """Whether the person may open the page, or with `method="POST"` change something on it."""
        need = need_of(url_name, method)
        if need is None:
            return False
        return need in {ANYBODY, BY_TOKEN} or (self.user.is_authenticated if need in {SIGNED_IN, OF_ITS_KIND} else self.has(need))

    @cached_property
    def grants(self) -> Grants:
        """All stores that were given to the person, over all companies. One query."""
        if not self.user.is_active or self.user.pk is None:
            return NOTHING
        return grants_loader()(self.user.pk, bool(getattr(self.user, "is_superuser", False)))

    @cached_property
    def scope(self) -> Scope:
        """The stores and warehouses that the person sees in the company they work in."""
        return scope_in(self.grants, str(self._session.get(COMPANY_KEY, "")) if self._session is not None else "")

    def scope_in(self, company_code: str) -> Scope:
        """The same in the company of that code, for a page that is about another company than the one the person works in."""
        return scope_in(self.grants, company_code) if company_code in self.scope.company_codes else self.scope

    @property
    def chosen(self) -> dict[str, str]:
        """What was chosen in the top bar, for lists to start with: the code of the store and of its warehouse, by the scope's own names.

        Empty for all stores, and for a store that is no longer the person's or of another company.
        """
        store = self._session.get(STORE_KEY) if self._session is not None else None
        if not isinstance(store, dict) or store.get("id") not in self.scope.store_ids:
            return {}
        return {"stores": str(store.get("code", "")), "warehouses": str(store.get("warehouse", ""))}

    @property
    def company_id(self) -> int:
        """The company that the person works in, 0 while there is none."""
        return self.scope.company_id


def access_of(request: HttpRequest) -> Access:
    """The access of this request, made once."""
    found: Access | None = getattr(request, "access", None)
    if found is None:
        found = Access(request.user, getattr(request, "session", None))
        request.access = found  # type: ignore[attr-defined]
    return found
