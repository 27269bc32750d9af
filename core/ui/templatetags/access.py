"""Asks in a template whether a page may be opened: {% load access %}{% may "statements:post" as may_post %}."""

from django import template
from django.template.context import Context
from django.urls import reverse

from core.access.access import access_of
from core.ui.explained import EXPLAINED

register = template.Library()


@register.simple_tag(takes_context=True)
def may(context: Context, url_name: str, method: str = "GET") -> bool:
    """Whether the person may open the page, or with "POST" change something on it; False without a request."""
    request = context.get("request")
    return request is not None and access_of(request).may(url_name, method)


@register.simple_tag(takes_context=True)
def why_url(context: Context, source_kind: int, source_id: int) -> str:
    """The page that explains an allocation of this line; '' where there is none, or the person may not open it."""
    view = EXPLAINED.get(source_kind)
    return reverse(view, args=[source_id]) if view and may(context, view) else ""
