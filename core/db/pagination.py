"""Paging by the values of the last row seen: the tenth thousandth page costs as much as the first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

from django.core import signing
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Model, Q, QuerySet, Value
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan

ModelT = TypeVar("ModelT", bound=Model)
RowT = TypeVar("RowT")

COUNT_LIMIT = 10_000
SIGNER = signing.Signer(salt="retailhq.keyset")


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """Rows of one page and the cursors of its neighbours, empty where there is none."""

    rows: list[RowT] = field(default_factory=list)
    earlier: str = ""
    later: str = ""


def write_cursor(names: Sequence[str], values: Sequence[object]) -> str:
    """The values of a row's sort columns as text for an address, signed: only we can make one that the database is asked with."""
    return SIGNER.sign_object([list(names), [plain(value) for value in values]])


def plain(value: object) -> object:
    """A value as JSON can hold it."""
    if value is None or isinstance(value, int):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def read_cursor(text: str, names: Sequence[str]) -> list[Any] | None:
    """The values of a cursor, or None when the address was tampered with or belongs to another sort."""
    try:
        of_names, values = SIGNER.unsign_object(text)
    except signing.BadSignature:
        return None
    return list(values) if of_names == list(names) else None


def keyset_page(
    rows: "QuerySet[ModelT, ModelT]", order: Sequence[str], *, after: str = "", before: str = "", size: int = 50
) -> Page[ModelT]:
    """One page of `rows` by `order` (the last column must be unique); one query.

    Blank values stand behind all others, and in front when the order is turned round, as PostgreSQL sorts them by itself. A cursor that
    does not fit starts from the first page.
    """
    names = [column.lstrip("-") for column in order]
    backwards = bool(before) and not after
    values = read_cursor(after or before, names) if after or before else None
    if values is None:
        backwards = False
    directions = [column.startswith("-") != backwards for column in order]
    found = rows.order_by(*(f"-{name}" if down else name for name, down in zip(names, directions, strict=True)))
    if values is not None:
        found = beyond(found, names, directions, values)
    fetched = list(found[: size + 1])
    more = len(fetched) > size
    fetched = fetched[:size]
    if backwards:
        fetched.reverse()
    if not fetched:
        return Page()
    first, last = (write_cursor(names, [value_of(row, name) for name in names]) for row in (fetched[0], fetched[-1]))
    has_earlier = more if backwards else values is not None
    has_later = True if backwards else more
    return Page(fetched, first if has_earlier else "", last if has_later else "")


def beyond(
    rows: "QuerySet[ModelT, ModelT]", names: Sequence[str], directions: Sequence[bool], values: Sequence[Any]
) -> "QuerySet[ModelT, ModelT]":
    """The rows that come after `values` in the order of the columns; `directions` is true for descending ones.

    Columns of an index are compared as one row value, which it answers exactly. Elsewhere that would mislead the planner: it guesses how
    many rows are left by the first column alone, and takes ties for none.
    """
    if len(names) > 1 and len(set(directions)) == 1 and has_index(rows.model, names):
        compare = TupleLessThan if directions[0] else TupleGreaterThan
        return rows.filter(compare(tuple(F(name) for name in names), tuple(values)))
    condition, equal = Q(), Q()
    for name, down, value in zip(names, directions, values, strict=True):
        condition |= equal & behind(name, down, value, blank=may_be_blank(rows.model, name))
        equal &= Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})
    if values[0] is not None and not may_be_blank(rows.model, names[0]):
        # The first column alone lets an index skip what was seen; the disjunction is the exact rule.
        condition &= Q(**{f"{names[0]}__{'lte' if directions[0] else 'gte'}": values[0]})
    return rows.filter(condition)


def has_index(model: type[Model], names: Sequence[str]) -> bool:
    """Whether an index of the model ends with exactly these columns, none of which may be blank."""
    wanted = ["id" if name == "pk" else name for name in names]
    ends = (index.fields[-len(wanted) :] for index in model._meta.indexes if not index.condition)
    return wanted in ends and not any(may_be_blank(model, name) for name in names)


def behind(name: str, down: bool, value: Any, *, blank: bool) -> Q:
    """What stands behind a value in one column; blanks are larger than everything."""
    if value is None:
        return Q(**{f"{name}__isnull": False}) if down else Q(pk__in=())
    if down:
        return Q(**{f"{name}__lt": value})
    larger = Q(**{f"{name}__gt": value})
    return larger | Q(**{f"{name}__isnull": True}) if blank else larger


def may_be_blank(model: type[Model], name: str) -> bool:
    """Whether a column, maybe reached over relations, can be null; what is computed counts as one that can."""
    if name == "pk":
        return False
    for part in name.split("__"):
        try:
            column: Any = model._meta.pk if part == "pk" else model._meta.get_field(part)
        except FieldDoesNotExist:
            return True
        if column.null:
            return True
        model = column.related_model or model
    return False


def value_of(row: Model, name: str) -> Any:
    """The value of a column that may be reached over relations."""
    value: Any = row
    for part in name.split("__"):
        value = getattr(value, part) if value is not None else None
    return value


def count_up_to(rows: "QuerySet[ModelT, Any]", limit: int = COUNT_LIMIT) -> int:
    """How many rows there are, at most `limit` + 1; one query that stops counting there."""
    return rows.order_by().values(one=Value(1))[: limit + 1].count()
