"""How codes of stock are said on pages."""

from django import template

from inventory.words import REASONS

register = template.Library()


@register.filter
def reason(code: str) -> str:
    """Why this batch, in plain words."""
    return str(REASONS.get(code, code))
