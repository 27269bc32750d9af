"""What a master is, declared once as data: its pages, its rules and what hangs on it follow from here."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Model, Q
from django.urls import reverse

from core.access.scope import Scope
from core.lib.problems import Problem
from core.masterdata.keys import write_key

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from core.masterdata.forms import MasterDataForm


class FieldProblem(NamedTuple):
    """Why a record cannot be saved; `field` is where it shows, blank for the whole form."""

    field: str
    problem: Problem


class Author(NamedTuple):
    """Who changes something: the person's key and name."""

    id: int | None
    name: str


class Section(NamedTuple):
    """A fast tab of the form."""

    title: "StrPromise"
    fields: tuple[str, ...]


class MasterColumn(NamedTuple):
    """A column of the list: `path` may reach over relations. A `wide` one is left out on a telephone."""

    path: str
    title: "StrPromise"
    wide: bool = False


class Use(NamedTuple):
    """What refers to a record: counted in its fact box."""

    title: "StrPromise"
    model: type[Model]
    path: str


# Both get the row as it is stored (None for a new one) and as it would be.
Check = Callable[[Any, Any], Iterable[FieldProblem]]
Effect = Callable[[Any, Any], Iterable[str]]


class Group(NamedTuple):
    """Masters that belong together on the page of setup."""

    title: "StrPromise"
    records: "tuple[MasterData, ...]"


def everywhere(scope: Scope) -> Q:
    """Masters that all companies share."""
    return Q()


def of_company(scope: Scope) -> Q:
    """Masters that belong to the company that the person works in."""
    return Q(legal_entity=scope.company_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterData:
    """A master.

    `within` narrows its rows to what a person may see; `owned`: a new row gets the company that the person works in. `imports` are the
    kinds of files that write it as well: saving waits for them. `checks` refuse a change, `effects` say what it does beside itself: then
    it is saved only after the person has agreed. `before_save` makes what the row refers to and the form does not ask for,
    `after_create` what a new row needs, `after_change` what a change of a row (before, after) brings about. `pages` names the addresses of
    a master that does not stand under /setup/; `links` are other pages about a row: what they are called, the icon, the address.
    """

    slug: str
    model: type[Model]
    form: "type[MasterDataForm]"
    one: "StrPromise"
    many: "StrPromise"
    purpose: "StrPromise"
    sections: tuple[Section, ...]
    columns: tuple[MasterColumn, ...]
    search: tuple[str, ...] = ("code", "name")
    order: tuple[str, ...] = ("code",)
    related: tuple[str, ...] = ()
    within: Callable[[Scope], Q] = everywhere
    owned: bool = False
    may_add: bool = True
    imports: tuple[int, ...] = ()
    checks: tuple[Check, ...] = ()
    effects: tuple[Effect, ...] = ()
    before_save: Callable[[Any], None] | None = None
    after_create: Callable[[Any, Author], None] | None = None
    after_change: Callable[[Any, Any], None] | None = None
    uses: tuple[Use, ...] = ()
    links: tuple[tuple["StrPromise", str, str], ...] = ()
    pages: Mapping[str, str] = field(default_factory=dict)

    def right(self, kind: str) -> str:
        """The permission to `view`, `add` or `change`."""
        return f"{self.model._meta.app_label}.{kind}_{self.model._meta.model_name}"

    @property
    def can_deactivate(self) -> bool:
        """Whether rows can be deactivated."""
        return any(column.name == "is_active" for column in self.model._meta.concrete_fields)

    def address(self, page: str, row: Model | None = None) -> str:
        """Where a page (list, new, edit, switch, history) of the record stands."""
        key = [] if row is None else [write_key(row.pk)]
        if page in self.pages:
            return reverse(self.pages[page], args=key)
        return reverse(f"setup:{self.slug}") if page == "list" else reverse(f"setup:{page}", args=[self.slug, *key])


# Filled by the project package, which knows all apps.
GROUPS: list[Group] = []


def declare(*groups: Group) -> None:
    """Makes masters known to search, setup and the table of rights; each app declares its own, the project puts them in order."""
    GROUPS.extend(groups)


def declared() -> "dict[str, MasterData]":
    """All masters by slug, in the order of their groups."""
    return {record.slug: record for group in GROUPS for record in group.records}
