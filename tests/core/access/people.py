"""People for tests: with roles, and with the stores they see."""

from collections.abc import Collection

from django.contrib.auth.models import Group, User

from orders.models import Store, StoreScope


def make_person(name: str, *roles: str, stores: Collection[Store] | None = None, password: str | None = None) -> User:
    """A user with these roles (keys of APP/permissions.py) who sees all stores, or only those given."""
    user = User.objects.create_user(name, password=password)
    user.groups.set(Group.objects.filter(name__in=roles))
    StoreScope.objects.bulk_create(StoreScope(user=user, store=store) for store in ([None] if stores is None else stores))
    return user
