"""Lists that are paged by cursor: the answer names the cursor of the next page, the next call brings it back."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from django.db.models import QuerySet
from ninja import Path, Query

from core.api.answers import refusal
from core.db.pagination import ModelT, Page, keyset_page, read_cursor
from core.lib import parsing
from core.lib.problems import Problem

# PostgreSQL has no text with a NUL in it.
NO_NUL = r"^[^\x00]*$"
QueryText = Annotated[str, Query(max_length=90, pattern=NO_NUL)]
Named = Annotated[str, Path(min_length=1, max_length=90, pattern=NO_NUL)]
DAY = r"^(\d{4}-\d{2}-\d{2})?$"
Day = Annotated[str, Query(pattern=DAY, examples=["2017-01-31"])]
After = Annotated[str, Query(max_length=1000, description="`next` of the page before; leave it out for the first page.")]
Limit = Annotated[int, Query(ge=1, le=500, description="Rows of a page.")]


def day_of(text: str) -> date | None:
    """A day of the address, None for blank. Raises ApiError BAD_DATE."""
    try:
        return parsing.day(text) if text else None
    except parsing.FieldError as error:
        raise refusal(error.at("day").problem) from None


def page_of(rows: "QuerySet[ModelT, ModelT]", order: Sequence[str], after: str, limit: int) -> Page[ModelT]:
    """One page; one query. Raises ApiError BAD_CURSOR for a cursor that is not ours, or is of another list."""
    if after and read_cursor(after, [column.lstrip("-") for column in order]) is None:
        raise refusal(Problem("BAD_CURSOR"))
    return keyset_page(rows, order, after=after, size=limit)
