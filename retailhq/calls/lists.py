"""Lists that are paged by cursor: the answer names the cursor of the next page, the next call brings it back."""

from collections.abc import Sequence
from typing import Annotated

from django.db.models import QuerySet
from ninja import Path, Query

from retailhq.calls.answers import refusal
from retailhq.db.keyset import ModelT, Page, keyset_page, read_cursor

# PostgreSQL has no text with a NUL in it.
_TEXT = r"^[^\x00]*$"
Asked = Annotated[str, Query(max_length=90, pattern=_TEXT)]
Named = Annotated[str, Path(min_length=1, max_length=90, pattern=_TEXT)]
After = Annotated[str, Query(max_length=1000, description="`next` of the page before; leave it out for the first page.")]
Limit = Annotated[int, Query(ge=1, le=500, description="Rows of a page.")]


def page_of(rows: "QuerySet[ModelT, ModelT]", order: Sequence[str], after: str, limit: int) -> Page[ModelT]:
    """One page; one statement. Raises CallError BAD_PARAMETER for a cursor that is not ours, or is of another list."""
    if after and read_cursor(after, [column.lstrip("-") for column in order]) is None:
        raise refusal("BAD_PARAMETER", "The cursor in `after` is not one that this list gave; start with the first page.")
    return keyset_page(rows, order, after=after, size=limit)
