"""Where a problem is put right, as links beside its remedy: {% load ways %}{% ways problem.code problem.about %}."""

from django import template

from core.access.access import access_of
from core.access.ways import ask_url, doors_of, titles_of
from core.lib.ways import About
from core.ui.templatetags.page import next_of

register = template.Library()


@register.inclusion_tag("components/_ways.html", takes_context=True)
def ways(context: template.Context, code: str, about: About | None = None) -> dict[str, object]:
    """Links and buttons to what the person may do; of what others may do, who that is, and a link that asks them. No query of its own."""
    request = context.get("request")
    known = about or {}
    doors = doors_of(code, known, access_of(request)) if request is not None else []
    page = next_of(context)
    rows = [(door, titles_of(door.roles), "" if door.is_open else ask_url(code, door.view, known, page)) for door in doors]
    return {"doors": rows, "csrf_token": context.get("csrf_token"), "next": page}
