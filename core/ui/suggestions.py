"""Codes that are looked up while somebody types or scans them: an item, a batch, a customer."""

import json

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

LONGEST = 60


def suggest(field: forms.Field, part: str, address: str, include: str, place: int | None = None) -> None:
    """What is typed into the field is looked up at the address while it is typed; a scanner's Enter goes on to the next field.

    `include` are the fields that the answer depends on (a CSS selector), `place` is the field's row. The page has a `datalist` with the id
    suggested-PART.
    """
    field.widget.attrs |= {
        "list": f"suggested-{part}",
        "data-scan": "",
        "hx-get": address,
        "hx-trigger": "input changed delay:200ms, focus",
        "hx-include": include,
        "hx-vals": json.dumps({"part": part} if place is None else {"row": str(place), "part": part}),
        "hx-target": f"#suggested-{part}",
    }


def typed_text(request: HttpRequest, name: str) -> str | None:
    """What was typed so far into a field, or into that field of the row that is asked for; None where it cannot be a code."""
    row = request.GET.get("row", "")
    text = request.GET.get(f"{name}_{row}" if row else name, "").strip()[:LONGEST]
    return text if text.isprintable() else None


def show_suggestions(request: HttpRequest, options: list[tuple[str, str]]) -> HttpResponse:
    """The options, each a code and what it stands for, as the fields show them."""
    return render(request, "components/_suggestions.html", {"options": options})
