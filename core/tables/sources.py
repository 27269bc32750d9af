"""Who owns the origin of a posted row: the app that owns it registers how it is called, where its page is, and which ones a person sees.

Lower apps write their origin as (kind, id) and cannot know the tables above them; lists of movements and vouchers still link to it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q, QuerySet

from core.access.access import Access
from core.lib.document_kinds import SourceKind


@dataclass(frozen=True, slots=True)
class Origin:
    """What a row was made from: its number, and its page where it has one."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class OriginKind:
    """A kind of origin: `origins` names those of the ids given in one query, `seen_by` gives the ids that somebody sees.

    `view` is the page that origins link to, shown only to those who may open it. `sold_lines` gives the keys of the receipt lines that a
    sales order of this origin was made from.
    """

    origins: Callable[[Collection[int]], Mapping[int, Origin]]
    seen_by: Callable[[Access], "QuerySet[Any, Any]"]
    view: str = ""
    sold_lines: Callable[[int], "QuerySet[Any, Any]"] | None = None


SOURCES: dict[SourceKind, OriginKind] = {}


def register_source(kind: SourceKind, source: OriginKind) -> None:
    """Makes the owner of a kind known."""
    SOURCES[kind] = source


def origins_of(keys: Collection[tuple[int, int]], access: Access, kinds: Collection[SourceKind]) -> dict[tuple[int, int], Origin]:
    """Origins by (kind, id), linked where the person may open them; one query per kind of `kinds`, whatever the number of rows."""
    found: dict[tuple[int, int], Origin] = {}
    for kind, source in ((kind, SOURCES[kind]) for kind in kinds if kind in SOURCES):
        # Also asked when no row is of the kind: a page costs the same whatever it shows.
        origins = source.origins({source_id for of_kind, source_id in keys if of_kind == kind} or {0})
        linked = bool(source.view) and access.may(source.view)
        found |= {(kind.value, key): origin if linked else replace(origin, url="") for key, origin in origins.items()}
    return found


def sources_seen_by(access: Access) -> Q:
    """The rows whose origin somebody sees, for tables that carry no store; nobody sees a kind that no app owns."""
    condition = Q(pk__in=())
    for kind, source in SOURCES.items():
        condition |= Q(source_kind=kind.value, source_id__in=source.seen_by(access))
    return condition


def sold_lines_of(kind: int, order_id: int) -> "QuerySet[Any, Any] | None":
    """The transaction lines behind a sales order, None where there are none."""
    source = SOURCES.get(SourceKind(kind))
    return source.sold_lines(order_id) if source and source.sold_lines else None
