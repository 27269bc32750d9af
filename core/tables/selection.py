"""The rows that an action is asked for: picked ones, or all that match the filter after their number was confirmed."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from core.access.access import access_of
from core.access.addresses import own_address
from core.tables.page import ListPage
from core.tables.request import cleaned, found_rows, read_request

MOST_PICKED = 1_000
PICKED, ALL, CONFIRMED, QUERY = "picked", "all", "confirmed", "query"


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows that the person may see. `unconfirmed` while all that match were asked for and nobody confirmed exactly this number."""

    ids: list[int]
    unconfirmed: bool = False
    too_many: bool = False


def selection_of(request: HttpRequest, page: ListPage, most: int = MOST_PICKED) -> Selection:
    """What the form of the list sent; at most `most` rows. One query.

    Rows out of the person's scope are never among them, whatever was sent.
    """
    access = access_of(request)
    if not request.POST.get(ALL):
        ids = [int(value) for value in request.POST.getlist(PICKED)[:most] if value.isdecimal() and len(value) < 19]
        return Selection(sorted(page.rows(access).filter(pk__in=ids).order_by().values_list("pk", flat=True)) if ids else [])
    asked = read_request(page, cleaned(QueryDict(request.POST.get(QUERY, ""))) or QueryDict("view=none"), (), ())
    rows = found_rows(page, access, asked)[1]
    found = sorted(rows.order_by().values_list("pk", flat=True)[: most + 1])
    return Selection(found[:most], request.POST.get(CONFIRMED) != str(len(found[:most])), len(found) > most)


def ask_to_confirm(request: HttpRequest, page: ListPage, selection: Selection, title: object, button: object) -> HttpResponse:
    """A page that says how many rows the action would touch; its button sends the same request again with the number."""
    context = {
        "list": page,
        "title": title,
        "button": button,
        "number": len(selection.ids),
        "too_many": selection.too_many,
        "query": request.POST.get(QUERY, "").replace("\0", ""),
        "next": own_address(request, request.POST.get("next", "")),
    }
    return render(request, "tables/confirm.html", context)
