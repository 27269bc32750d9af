"""Asks in a template where files of a kind are imported: {% load imports %}{% import_url "items" as address %}."""

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils.http import urlencode

from core.access.access import access_of
from retailhq.exchange.services.guards import may_import

register = template.Library()


@register.simple_tag(takes_context=True)
def import_url(context: Context, kind: str) -> str:
    """The wizard for files of the kind; '' where there are none, or the person may not import them."""
    request = context.get("request")
    if request is None or not may_import(access_of(request).has, kind):
        return ""
    return f"{reverse('imports:start')}?{urlencode({'kind': kind})}"
