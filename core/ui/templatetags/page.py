"""The parts of a page's head and its fact boxes: action pane, breadcrumb, facts (templates/components/)."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import BaseForm
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from core.lib.actions import Action

register = template.Library()


@register.inclusion_tag("components/_action.html", takes_context=True)
def action(context: template.Context, name: object, **parts: Any) -> dict[str, object]:
    """One button of the action pane; the parts are those of `Action`."""
    return {"action": Action(name, **parts), "csrf_token": context.get("csrf_token"), "next": next_of(context)}


@register.simple_block_tag
def actions(content: str) -> str:
    """The action pane around `{% action %}` tags; a list of `Action` goes to templates/components/_actions.html itself."""
    return render_to_string("components/_actions.html", {"content": content})


@register.inclusion_tag("components/_crumbs.html", takes_context=True)
def crumbs(context: template.Context, *more: object) -> dict[str, object]:
    """The way to this page: module and place of the navigation, then pairs of name and address ('' where there is no page)."""
    pairs = list(zip(more[::2], more[1::2], strict=True))
    return {"crumbs": [*context["frame"].breadcrumbs, *pairs]}


@register.simple_block_tag
def facts(content: str, wide: bool = False) -> str:
    """A list of facts around `{% fact %}` tags; rows of name and value go to templates/components/_facts.html itself."""
    return render_to_string("components/_facts.html", {"content": content, "wide": wide})


@register.simple_block_tag
def fact(content: str, name: object) -> SafeString:
    """A name and what stands between the tags; a dash where that is nothing."""
    return format_html("<div><dt>{}</dt><dd>{}</dd></div>", name, mark_safe(content.strip() or "\N{EN DASH}"))


@register.filter
def form_problems(form: BaseForm) -> list[dict[str, object]]:
    """What is wrong with a form, for the list on top of it: field (None: the whole form), message, code if any."""
    return [
        {
            "field": None if name == NON_FIELD_ERRORS else form[name],
            "message": message,
            "code": error.code if error.code and error.code.isupper() else "",
        }
        for name, errors in form.errors.as_data().items()
        for error in errors
        for message in error.messages
    ]


def next_of(context: Mapping[str, Any] | template.Context) -> str:
    """The address to come back to after an action."""
    request = context.get("request")
    return request.get_full_path() if request else ""
