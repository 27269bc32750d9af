"""Asks in a template whether a page may be opened: {% load access %}{% may "statements:post" as may_post %}."""

from django import template
from django.template.context import Context

from core.access.access import access_of

register = template.Library()


@register.simple_tag(takes_context=True)
def may(context: Context, url_name: str, method: str = "GET") -> bool:
    """Whether the person may open the page, or with "POST" change something on it; False without a request."""
    request = context.get("request")
    return request is not None and access_of(request).may(url_name, method)
