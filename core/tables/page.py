"""The declaration of a list, and the register in which jobs find it again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django_stubs_ext import StrPromise

from core.access.access import Access
from core.tables.filters import ListFilter
from core.tables.tables import Column, PickColumn


@dataclass(frozen=True, slots=True)
class ListPage:
    """A list of rows.

    `key` names it in saved views and jobs, `view` is its url name. `rows` gives what a person may see at all, with everything that cells
    need; `annotate_page` adds to the rows of one page what is looked up for all of them at once. `sorts` maps names of columns to database
    columns, the last of them unique; `-` in front of a name turns all of them round. `quick` are lookups, one of which the quick filter
    must fulfil. `export_right` is the right to export, for lists where seeing is not enough; `import_kind` the kind of
    file that makes such rows. `selectable` lists have a `pick` column.
    """

    key: str
    view: str
    title: StrPromise
    rows: Callable[[Access], "QuerySet[Any, Any]"]
    table: Any
    filters: type[ListFilter]
    sorts: Mapping[str, tuple[str, ...]]
    default_sort: str
    nothing: tuple[StrPromise, StrPromise]
    no_match: StrPromise
    quick: tuple[str, ...] = ()
    quick_label: StrPromise | str = ""
    annotate_page: Callable[[Sequence[Any], Access], None] | None = None
    export_right: str = ""
    import_kind: str = ""
    template: str = "tables/list.html"

    def order_of(self, sort: str) -> tuple[str, ...]:
        """The database columns of a sort; raises KeyError for one that is none."""
        columns = self.sorts[sort.removeprefix("-")]
        return tuple(turned(column) for column in columns) if sort.startswith("-") else columns

    @property
    def columns(self) -> dict[str, Column]:
        """All columns that can be chosen, by name, in the order of the table."""
        return {name: column for name, column in self.table.base_columns.items() if not isinstance(column, PickColumn)}

    @property
    def selectable(self) -> bool:
        """Whether rows can be picked."""
        return any(isinstance(column, PickColumn) for column in self.table.base_columns.values())

    @property
    def first_columns(self) -> tuple[str, ...]:
        """What is shown to somebody who chose nothing."""
        return tuple(name for name, column in self.columns.items() if column.shown)

    def quick_condition(self, text: str) -> Q:
        """The condition of the quick filter."""
        condition = Q()
        for lookup in self.quick:
            condition |= Q(**{lookup: text})
        return condition


def turned(column: str) -> str:
    """The column in the other direction."""
    return column[1:] if column.startswith("-") else f"-{column}"


LISTS: dict[str, ListPage] = {}


def register(page: ListPage) -> ListPage:
    """Makes the list known by its key."""
    if page.key in LISTS and LISTS[page.key].view != page.view:
        raise ValueError(f"two lists are called {page.key}")
    if page.default_sort.removeprefix("-") not in page.sorts:
        raise ValueError(f"{page.key}: {page.default_sort} is no sort")
    LISTS[page.key] = page
    return page
