"""The ways out of a problem that a person may go, and who may go the others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module

from django.apps import apps
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.module_loading import module_has_submodule

from core.access.access import Access
from core.access.pages import ANYBODY, BY_TOKEN, OF_ITS_KIND, SIGNED_IN, need_of
from core.access.rights import RIGHTS_OF_ROLE
from core.access.roles import ADMINISTRATOR, BY_KEY
from core.i18n.messages import render
from core.lib.ways import WAYS, About, Page, filled, pages_of, register_ways, words_of

# What the address of a question calls the values that the problem is about.
ABOUT = "about."
OPEN_TO_ALL = frozenset({ANYBODY, BY_TOKEN, SIGNED_IN, OF_ITS_KIND})


@dataclass(frozen=True, slots=True)
class Door:
    """A page that puts a problem right, as one person finds it. `right` is what it takes; '' for a page that is open to all.

    `roles` are the keys of the roles that have the right; only for a door that is not open to the person.
    """

    view: str
    words: str
    url: str
    post: bool
    right: str
    is_open: bool
    roles: tuple[str, ...] = ()


def collect_ways() -> None:
    """Reads the `remedies` modules of all installed apps, that of the project last: it knows the pages of all."""
    for config in sorted(apps.get_app_configs(), key=lambda config: config.name.startswith("retailhq")):
        if config.module is not None and module_has_submodule(config.module, "remedies"):
            register_ways(import_module(f"{config.name}.remedies").WAYS)


def right_of(way: Page) -> str:
    """The right that it takes to carry the remedy out, '' where anybody who is signed in may."""
    need = way.right or need_of(way.view, "POST") or ""
    return "" if need in OPEN_TO_ALL else need


def url_of(way: Page, about: About) -> str:
    """The address with query and anchor; '' while there is no such page."""
    try:
        url = reverse(way.view, args=[filled(part, about) for part in way.args])
    except NoReverseMatch:
        return ""
    query = {name: value for name, text in way.query.items() if (value := filled(text, about)) is not None}
    anchor = filled(way.anchor, about) if way.anchor else None
    return f"{url}{f'?{urlencode(query)}' if query else ''}{f'#{anchor}' if anchor else ''}"


def doors_of(code: str, about: About, access: Access) -> list[Door]:
    """The pages that put a problem of this code right, those that are open to the person first."""
    doors = []
    for way in pages_of(code, about):
        if url := url_of(way, about):
            right = right_of(way)
            is_open = not right or access.has(right)
            roles = () if is_open else roles_with(right)
            doors.append(Door(way.view, render(words_of(way, about)), url, way.post, right, is_open, roles))
    return sorted(doors, key=lambda door: not door.is_open)


def may_put_right(code: str, access: Access) -> bool:
    """Whether the person has the right for a page that puts problems of this code right, whichever document it is; looking is none."""
    rights = (right_of(way) for way in WAYS.get(code, ()) if isinstance(way, Page))
    return any(access.has(right) for right in rights if right and ".view_" not in right)


def link_of(code: str, about: About) -> str:
    """The first page that puts a problem of this code right, for programs that pass it on to a person; '' where there is none."""
    return next((url for way in pages_of(code, about) if not way.post and (url := url_of(way, about))), "")


def roles_with(right: str) -> tuple[str, ...]:
    """The roles that have a right, but for the administrator where others have it, too."""
    found = sorted(role for role, rights in RIGHTS_OF_ROLE.items() if right in rights)
    return tuple(role for role in found if role != ADMINISTRATOR) or tuple(found)


def titles_of(roles: Iterable[str]) -> str:
    """Roles in words."""
    return ", ".join(str(BY_KEY[role].title) for role in roles)


def ask_url(code: str, view: str, about: About, page: str) -> str:
    """The page that writes a note to those who may go a way; `page` is where the problem was met."""
    said = {"code": code, "way": view, "next": page, **{f"{ABOUT}{name}": value for name, value in about.items()}}
    return f"{reverse('ask')}?{urlencode(said)}"


def about_in(query: Mapping[str, str]) -> dict[str, str]:
    """What the problem is about, of the query of `ask_url`."""
    return {name.removeprefix(ABOUT): value for name, value in query.items() if name.startswith(ABOUT)}
