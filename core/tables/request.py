"""What the address of a list asks for: filters, sort, columns, page; what it leaves out comes from the person's own choice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from core.access.access import Access
from core.tables.filters import ListFilter
from core.tables.models import ColumnChoice, SavedView
from core.tables.page import ListPage

QUICK, SORT, COLUMNS, VIEW, AFTER, BEFORE = "q", "sort", "columns", "view", "after", "before"
LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True)
class ListRequest:
    """A list as asked for. `query` is the whole address, `kept` what of it a saved view keeps (no page, no view)."""

    query: QueryDict
    sort: str
    columns: tuple[str, ...]
    quick: str
    view: SavedView | None

    @property
    def after(self) -> str:
        """The cursor behind which the page starts."""
        return self.query.get(AFTER, "")

    @property
    def before(self) -> str:
        """The cursor before which the page ends."""
        return self.query.get(BEFORE, "")


def cleaned(query: QueryDict) -> QueryDict:
    """The query without what no database can be asked with: NUL characters, and values longer than any filter needs."""
    found = QueryDict(mutable=True)
    for name, values in query.lists():
        keep = len(values[-1]) <= LONGEST_VALUE or name in (AFTER, BEFORE, COLUMNS)
        if keep and "\0" not in name:
            found.setlist(name, [value.replace("\0", "") for value in values])
    return found


def read_request(
    page: ListPage, query: QueryDict, views: Sequence[SavedView], choice: Sequence[str], start: Mapping[str, str] | None = None
) -> ListRequest:
    """Reads the query; unknown sorts and columns are left out.

    A bare address stands for the person's default view and for what lists `start` with, as far as the view does not say otherwise.
    """
    query = cleaned(query)
    if not query:
        default = next((view for view in views if view.is_default), None)
        query = address_of(default) if default else query
        for name, value in (start or {}).items():
            query.setdefault(name, value)
    view = next((view for view in views if str(view.pk) == query.get(VIEW)), None)
    sort = query.get(SORT, "")
    if sort.removeprefix("-") not in page.sorts:
        sort = page.default_sort
    columns = known(page, query.get(COLUMNS, "").split(",")) or known(page, choice) or page.first_columns
    return ListRequest(query, sort, columns, query.get(QUICK, "").strip() if page.quick else "", view)


def known(page: ListPage, names: Sequence[str]) -> tuple[str, ...]:
    """The names that are columns of the list, each once, in their order."""
    columns = page.columns
    return tuple(dict.fromkeys(name for name in names if name in columns))


def address_of(view: SavedView) -> QueryDict:
    """The query under which a saved view is opened."""
    query = QueryDict(view.query, mutable=True)
    query[VIEW] = str(view.pk)
    return query


def kept_of(page: ListPage, asked: ListRequest) -> str:
    """The query that a saved view of this keeps: active filters, quick filter, sort and columns."""
    query = QueryDict(mutable=True)
    for name in sorted(page.filters.base_filters):
        if values := [value for value in asked.query.getlist(name) if value]:
            query.setlist(name, values)
    if asked.quick:
        query[QUICK] = asked.quick
    query[SORT] = asked.sort
    query[COLUMNS] = ",".join(asked.columns)
    return query.urlencode(safe=",")


def found_rows(page: ListPage, access: Access, asked: ListRequest) -> tuple[ListFilter, "QuerySet[Any, Any]"]:
    """The filter with its form, and all rows that match it, unsorted."""
    narrowed = page.filters(asked.query, page.rows(access), access=access)
    rows = narrowed.qs
    return narrowed, rows.filter(page.quick_condition(asked.quick)) if asked.quick else rows


def views_of(user_id: int, list_key: str) -> list[SavedView]:
    """A person's views of a list by name; one query."""
    return list(SavedView.objects.filter(user_id=user_id, list_key=list_key).order_by("name", "pk"))


def choice_of(user_id: int, list_key: str) -> list[str]:
    """The columns that a person chose; one query."""
    found = ColumnChoice.objects.filter(user_id=user_id, list_key=list_key).values_list("columns", flat=True).first()
    return [str(name) for name in found] if isinstance(found, list) else []
