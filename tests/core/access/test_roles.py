"""Roles, rights and the page table agree with each other, with the database and with the address table."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver

from core.access.pages import ANYBODY, BY_TOKEN, OF_ITS_KIND, PAGES, SIGNED_IN
from core.access.rights import RIGHTS_OF_ROLE
from core.access.roles import ADMINISTRATOR, BY_KEY, ROLES
from retailhq.home.frame import MODULES, address_of

ROOT = Path(__file__).parents[3]


def url_names(patterns: list[URLPattern | URLResolver], spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, URLPattern]]:
    """Every url name with its namespace."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from url_names(pattern.url_patterns, inner)
        else:
            yield ":".join((*spaces, pattern.name or "?")), pattern


ADDRESSES = dict(url_names(get_resolver().url_patterns))


def test_every_page_stands_in_the_table_and_nothing_else() -> None:
    assert set(ADDRESSES) == set(PAGES)


def test_open_pages_are_open_and_no_others() -> None:
    """The table and `login_not_required` say the same."""
    open_pages = {name for name, pattern in ADDRESSES.items() if not getattr(pattern.callback, "login_required", True)}

    assert open_pages == {name for name, need in PAGES.items() if need in {ANYBODY, BY_TOKEN}}


def test_every_right_that_a_page_needs_is_held_by_the_administrator() -> None:
    needed = {right for need in PAGES.values() for right in ((need,) if isinstance(need, str) else need)} - {
        ANYBODY,
        SIGNED_IN,
        OF_ITS_KIND,
        BY_TOKEN,
    }

    assert needed <= BY_KEY[ADMINISTRATOR].rights
    assert all(role.rights <= BY_KEY[ADMINISTRATOR].rights for role in ROLES)
    assert set(RIGHTS_OF_ROLE) == set(BY_KEY), "an app grants rights to a role that there is not, or a role has none"


def test_the_auditor_only_views() -> None:
    assert all(right.partition(".")[2].startswith("view_") for right in BY_KEY["auditor"].rights)


@pytest.mark.django_db
def test_groups_of_a_migrated_database_hold_exactly_the_rights_of_the_roles() -> None:
    for role in ROLES:
        assert rights_of_group(role.key) == role.rights, role.key


@pytest.mark.django_db
def test_migrating_gives_each_group_the_rights_of_its_role_and_no_others() -> None:
    clerk, poster = Group.objects.get(name="clerk"), Group.objects.get(name="poster")
    clerk.permissions.add(*poster.permissions.all())
    poster.permissions.clear()
    Group.objects.filter(name="auditor").delete()

    call_command("migrate", verbosity=0)

    assert {role.key: rights_of_group(role.key) for role in ROLES} == {role.key: role.rights for role in ROLES}


def rights_of_group(name: str) -> set[str]:
    """The rights that the database gives to a role."""
    rows = Group.objects.get(name=name).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows}


@pytest.mark.django_db
def test_rights_are_made_once_though_django_makes_them_after_migrating() -> None:
    before = Permission.objects.count()
    call_command("migrate", verbosity=0)

    assert Permission.objects.count() == before
    rows = Permission.objects.values_list("content_type__app_label", "codename")
    assert len(set(rows)) == before
    assert {f"{app}.{codename}" for app, codename in rows} >= BY_KEY[ADMINISTRATOR].rights


def test_navigation_and_templates_ask_for_pages_that_exist() -> None:
    asked = {place.view for module in MODULES for place in module.places if address_of(place.view)}
    for template in (ROOT / "templates").rglob("*.html"):
        asked |= set(re.findall(r'{%\s*may\s+"([^"]+)"', template.read_text(encoding="utf-8")))

    assert asked <= set(PAGES)
