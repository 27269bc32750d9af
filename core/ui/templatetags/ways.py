"""Where a problem is put right, as links beside its remedy: {% load ways %}{% ways problem.code problem.about %}."""

from collections.abc import Mapping

from django import template
from django.urls import reverse
from django.utils.http import urlencode

from core.access.access import access_of
from core.access.roles import BY_KEY
from core.access.ways import Door, doors_of
from core.lib.ways import About
from core.ui.templatetags.page import next_of

register = template.Library()
ABOUT = "about."


@register.inclusion_tag("components/_ways.html", takes_context=True)
def ways(context: template.Context, code: str, about: About | None = None) -> dict[str, object]:
    """Links and buttons to what the person may do; of what others may do, who that is, and a link that asks them. No query of its own."""
    request = context.get("request")
    known = about or {}
    doors = doors_of(code, known, access_of(request)) if request is not None else []
    page = next_of(context)
    rows = [(door, roles_of(door), "" if door.is_open else ask_url(code, door, known, page)) for door in doors]
    return {"doors": rows, "csrf_token": context.get("csrf_token"), "next": page}


def roles_of(door: Door) -> str:
    """The roles that may go through a door, in words."""
    return ", ".join(str(BY_KEY[role].title) for role in door.roles if role in BY_KEY)


def ask_url(code: str, door: Door, about: Mapping[str, str | int], page: str) -> str:
    """The page that writes a note to who may go through a door."""
    said = {"code": code, "way": door.view, "next": page, **{f"{ABOUT}{name}": value for name, value in about.items()}}
    return f"{reverse('ask')}?{urlencode(said)}"
