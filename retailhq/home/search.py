"""The search behind the palette: pages by name, and rows by the beginning of their number, within the rights and stores of the person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext, gettext_lazy
from django_stubs_ext import StrPromise

from core.access.access import Access
from core.db.bulk import fetch_all, text_array
from core.i18n.texts import day_text
from core.masterdata.declaration import GROUPS
from retailhq.home.frame import ModuleLinks

LONGEST_TEXT = 80
HITS_OF_A_KIND = 6


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found; `detail` says which one it is among those of the same name."""

    name: str
    detail: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one kind."""

    key: str
    name: StrPromise
    hits: list[Hit]


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows that are found by number. `rows` is a query of id, number, text, day and store (or null) of at most six rows in the number
    range of `p`.
    """

    key: str
    name: StrPromise
    icon: str
    view: str
    rows: str


# The operators ~>=~ and ~<~ compare byte by byte whatever the collation of the database, and are what indexes with varchar_pattern_ops
# serve; U+10FFFF is the last character that there is. Transactions are looked up store by store on (store, number), so that a short
# beginning among millions of transactions costs some index probes a store and never a walk over all of them.
RANGE = "{0} ~>=~ p.low AND {0} ~<~ (p.low || chr(1114111)) ORDER BY {0} USING ~<~ LIMIT 6"
KINDS = (
    Kind(
        "statements", gettext_lazy("Statements"), "statement", "statements:detail",
        "SELECT s.id, s.number, o.code || ' ' || o.name AS text, s.business_date AS day, s.store_id AS store FROM statements_statement s"
        " JOIN orders_store o ON o.id = s.store_id WHERE s.store_id = ANY(%(stores)s) AND " + RANGE.format("s.number"),
    ),
    Kind(
        "transactions", gettext_lazy("POS transactions"), "receipt", "statements:transaction",
        "SELECT t.id, t.number, o.code || ' ' || o.name AS text, t.business_date AS day, o.id AS store FROM orders_store o"
        " CROSS JOIN LATERAL (SELECT t.id, t.number, t.business_date FROM statements_postransaction t"
        " WHERE t.store_id = o.id AND t.reversal_id IS NULL AND "
        + RANGE.format("t.number") + ") t WHERE o.id = ANY(%(stores)s) ORDER BY t.number USING ~<~ LIMIT 6",
    ),
    Kind(
        "orders", gettext_lazy("Sales orders"), "order", "orders:detail",
        "SELECT s.id, s.number, o.code || ' ' || o.name AS text, s.business_date AS day, s.store_id AS store FROM orders_salesorder s"
        " JOIN orders_store o ON o.id = s.store_id WHERE s.store_id = ANY(%(stores)s) AND " + RANGE.format("s.number"),
    ),
    Kind(
        "items", gettext_lazy("Items"), "item", "inventory:item",
        "SELECT i.id, i.code AS number, i.name AS text, NULL::date AS day, NULL::bigint AS store FROM inventory_item i WHERE "
        + RANGE.format("i.code"),
    ),
    Kind(
        "batches", gettext_lazy("Batches"), "batch", "inventory:batch",
        "SELECT b.id, b.number, i.code || ' ' || i.name AS text, b.expires_on AS day, NULL::bigint AS store FROM inventory_batch b"
        " JOIN inventory_item i ON i.id = b.item_id WHERE " + RANGE.format("b.number"),
    ),
)  # fmt: skip


def cleaned(text: str) -> str:
    """What is looked for: without blanks around it, without characters that no number can hold, and not longer than any number."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:LONGEST_TEXT]


def pages_found(modules: Iterable[ModuleLinks], text: str, access: Access) -> Found:
    """The places of the navigation whose name holds the text in the language of the person; all of them for no text.

    The single pages of setup, which the navigation leaves to the start page of setup, are found by a text only.
    """
    wanted = text.casefold()
    hits = [
        Hit(place.name, module.name, place.url, place.icon)
        for module in modules
        for place in module.places
        if wanted in place.name.casefold() or (wanted and wanted in module.name.casefold())
    ]
    if wanted:
        seen = [(group, record) for group in GROUPS for record in group.records if access.has(record.right("view"))]
        hits += [
            Hit(str(record.many), gettext("Setup: %(group)s") % {"group": group.title}, record.address("list"), "setup")
            for group, record in seen
            if wanted in f"{record.many}".casefold()
        ]
    return Found("pages", gettext_lazy("Pages"), hits)


def address(view: str, key: int) -> str:
    """The address of a row, '' where its page does not exist yet."""
    try:
        return reverse(view, args=(key,))
    except NoReverseMatch:
        return ""


def rows_found(access: Access, text: str) -> list[Found]:
    """Rows of all companies of the person whose number begins with the text, as typed or in capitals, six of a kind; one query."""
    kinds = [kind for kind in KINDS if access.may(kind.view) and address(kind.view, 0)]
    if not text or not kinds:
        return []
    parts = [
        f"(SELECT {number} AS kind, f.id, f.number, f.text, f.day, f.store FROM p CROSS JOIN LATERAL ({kind.rows}) f)"
        for number, kind in enumerate(kinds)
    ]
    sql = f"WITH p AS (SELECT DISTINCT unnest(%(lows)s::text[]) AS low) {' UNION ALL '.join(parts)}"
    lows = text_array([text, text.upper()])
    elsewhere = {place.store: place.company_code for place in access.grants.places if place.company not in (None, access.company_id)}
    stores = {place.store for place in access.grants.places if place.store is not None}
    found: Sequence[tuple[int, int, str, str, date | None, int | None]] = fetch_all(sql, {"lows": lows, "stores": sorted(stores)})
    groups = []
    for position, kind in enumerate(kinds):
        rows = [row[1:] for row in found if row[0] == position][:HITS_OF_A_KIND]
        hits = [
            Hit(number, " · ".join(filter(None, (elsewhere.get(store), words, day_text(day)))), address(kind.view, key), kind.icon)
            for key, number, words, day, store in rows
        ]
        if hits:
            groups.append(Found(kind.key, kind.name, hits))
    return groups
