"""What forms with lines share, whatever their documents: how many rows they show, and the moment at which they were opened."""

from datetime import UTC, datetime

from django.http import HttpRequest
from django.utils import timezone

from core.lib.parsing import FieldError, instant

FIRST_ROWS, MORE_ROWS = 5, 5
# A request may bring a thousand fields, and a row of the order desk has nine.
MOST_ROWS = 100


def rows_asked(request: HttpRequest) -> int:
    """How many rows the form had; what is no number is the first number."""
    text = request.POST.get("rows", "")
    return int(text) if text.isdecimal() and len(text) < 4 else FIRST_ROWS


def opened_at(request: HttpRequest) -> datetime:
    """When the form was opened: part of the document's number, so that a second press makes no second document."""
    try:
        return instant(request.POST.get("opened", "")).astimezone(UTC)
    except FieldError:
        return timezone.now().replace(microsecond=0)
