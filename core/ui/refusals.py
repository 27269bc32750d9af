"""Says why something was refused, with the links that put it right."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from core.access.access import access_of
from core.access.ways import doors_of
from core.i18n.messages import render
from core.lib.problems import Problem
from core.lib.ways import about_of


def tell_refusals(request: HttpRequest, problems: Iterable[Problem], level: int = messages.ERROR, **known: str | int | None) -> None:
    """A message for each problem; behind its sentence the pages that put it right, as far as the person may open them."""
    access = access_of(request)
    for problem in problems:
        doors = doors_of(problem.code, about_of(problem.params, problem.line, **known), access)
        links = format_html_join("", ' <a href="{}">{}</a>', ((door.url, door.words) for door in doors if door.is_open and not door.post))
        messages.add_message(request, level, format_html("{}{}", render(problem), links))
