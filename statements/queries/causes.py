"""Open problems of all companies, grouped by what causes them; one query for all groups, one for the documents of one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.auth.models import Group, User
from django.db.models import QuerySet

from core.access.access import Access
from core.db.bulk import array, fetch_all, fetch_as, fetch_dicts, text_array
from core.lib.document_kinds import SourceKind
from core.lib.messages import Message, decode_message
from core.lib.problems import stored_problem
from statements.models import CauseHandling
from statements.rules.causes import (
    AREAS,
    ASPECTS,
    DEFAULT_ASPECTS,
    DIFFERS,
    ORDERS,
    PENDING,
    POSTING,
    VALIDATION,
    CauseKey,
    codes_with,
)

CAUSES_SHOWN = 200
DOCUMENTS_SHOWN = 100
# What it takes to see the documents of an area.
RIGHT_OF_AREA = {
    VALIDATION: "statements.view_validationproblem",
    POSTING: "statements.view_statement",
    ORDERS: "orders.view_customerorder",
    PENDING: "orders.view_pendingorder",
}

# What it takes to try the documents of an area again, and to say who sees to it.
RIGHT_TO_MEND = {
    VALIDATION: "statements.validate_transactions",
    POSTING: "statements.post_statement",
    ORDERS: "orders.add_delivery",
    PENDING: "orders.change_pendingorder",
}


class Money(NamedTuple):
    """A currency as amounts are written in it."""

    code: str
    decimals: int


@dataclass(frozen=True, slots=True)
class OpenCause:
    """Open problems with one cause: how many documents it keeps back, what they are worth, and the oldest business date."""

    key: CauseKey
    severity: str
    item_name: str
    documents: int
    amount: Decimal
    currency: Money | str
    since: date
    handling: CauseHandling | None = None


class CauseDocument(NamedTuple):
    """A document that a cause keeps back: its id, number, store, day, amount, and line and sentence of its first problem of the cause."""

    document: int
    number: str
    store: str
    day: date
    amount: Decimal
    line: int | None
    message: Message | None


# Parts of the union by area. `place` and `said` are line and sentence, read only for the documents of one cause.
_PARTS = {
    VALIDATION: """
        SELECT 'validation' AS area, t.store_id, w.legal_entity_id, p.code, p.severity, COALESCE(l.item_code, '') AS item,
               COALESCE(l.batch_number, '') AS batch, t.customer_code AS customer, COALESCE(l.unit_id, '') AS unit, t.business_date AS day,
               t.id AS document, t.number, COALESCE(l.net + l.tax, t.total) AS amount, p.line_number AS place, p.variant,
               p.params AS said
        FROM statements_postransaction t
        JOIN statements_validationproblem p ON p.transaction_id = t.id
        JOIN orders_store s ON s.id = t.store_id
        LEFT JOIN inventory_warehouse w ON w.id = s.warehouse_id
        LEFT JOIN statements_postransactionline l ON l.transaction_id = p.transaction_id AND l.number = p.line_number
        WHERE t.statement_id IS NULL AND t.validation_status <> 'discarded' AND t.store_id = ANY(%(stores)s::bigint[])
    """,
    POSTING: """
        SELECT 'posting', st.store_id, st.legal_entity_id, COALESCE(p.code, st.error_code), 'error', COALESCE(p.item, ''), '', '',
               COALESCE(p.unit, ''), st.business_date, st.id, st.number, COALESCE(p.amount, st.total), NULL::int, NULL::text,
               COALESCE(p.message, st.error_text)
        FROM statements_statement st
        LEFT JOIN LATERAL (
            SELECT p.code, i.code AS item, i.unit_id AS unit, l.net + l.tax AS amount, p.message
            FROM orders_salesorder o
            JOIN orders_orderproblem p ON p.order_id = o.id
            JOIN inventory_item i ON i.id = p.item_id
            LEFT JOIN statements_postransactionline l ON p.source_kind = %(pos_line)s AND l.id = p.source_id
            WHERE o.source_kind = %(statement)s AND o.source_id = st.id AND o.error_code <> ''
        ) p ON true
        WHERE st.posted_at IS NULL AND st.work_state = '' AND st.error_code <> '' AND st.store_id = ANY(%(stores)s::bigint[])
    """,
    ORDERS: """
        SELECT 'orders', o.store_id, w.legal_entity_id, COALESCE(p.code, o.error_code), 'error', COALESCE(i.code, ''), '', c.code,
               COALESCE(i.unit_id, ''), o.business_date, o.id, o.number, COALESCE(d.net + d.tax, x.total), NULL::int, NULL::text,
               COALESCE(p.message, o.error_text)
        FROM orders_salesorder o
        JOIN inventory_warehouse w ON w.id = o.warehouse_id
        JOIN orders_customer c ON c.id = o.customer_id
        CROSS JOIN LATERAL (SELECT COALESCE(sum(net + tax), 0) AS total FROM orders_salesorderline WHERE order_id = o.id) x
        LEFT JOIN orders_orderproblem p ON p.order_id = o.id
        LEFT JOIN inventory_item i ON i.id = p.item_id
        LEFT JOIN orders_deliveryline d ON p.source_kind = %(delivery_line)s AND d.id = p.source_id
        WHERE NOT o.status = 'invoiced' AND o.origin = 'customer' AND o.error_code <> '' AND o.store_id = ANY(%(stores)s::bigint[])
    """,
    PENDING: """
        SELECT 'pending', o.store_id, w.legal_entity_id, o.error_code, 'error', '', '', '', '', o.received_at::date, o.id, o.number, 0,
               NULL::int, NULL::text, o.error_text
        FROM orders_pendingorder o
        JOIN orders_store s ON s.id = o.store_id
        LEFT JOIN inventory_warehouse w ON w.id = s.warehouse_id
        WHERE o.state = 'failed' AND NOT o.held AND o.store_id = ANY(%(stores)s::bigint[])
    """,
}
_WITH = (
    "WITH found (area, store_id, legal_entity_id, code, severity, item, batch, customer, unit, day, document, number, amount, place, "
    "variant, said) AS"
)
_COLUMNS = {"store": "s.code", "item": "f.item", "batch": "f.batch", "customer": "f.customer", "unit": "f.unit", "day": "f.day::text"}


def _masked(aspect: str) -> str:
    """The aspect where problems of the code differ in it, else ''."""
    like_others = " OR NOT f.code = ANY(%(listed)s::text[])" if aspect in DEFAULT_ASPECTS else ""
    return f"CASE WHEN f.code = ANY(%(with_{aspect})s::text[]){like_others} THEN {_COLUMNS[aspect]} ELSE '' END"


_MASKED = {aspect: _masked(aspect) for aspect in ASPECTS}
_FROM = """
    FROM found f
    JOIN orders_store s ON s.id = f.store_id
    LEFT JOIN parameters_legalentity e ON e.id = f.legal_entity_id
"""


def _values(stores: Collection[int]) -> dict[str, Any]:
    return {
        "stores": array(sorted(stores)),
        "listed": text_array(sorted(DIFFERS)),
        **{f"with_{aspect}": text_array(codes_with(aspect)) for aspect in ASPECTS},
        "pos_line": SourceKind.POS_LINE,
        "delivery_line": SourceKind.DELIVERY_LINE,
        "statement": SourceKind.STATEMENT,
    }


def stores_of(access: Access) -> frozenset[int]:
    """The stores that a person sees, in all companies."""
    return frozenset(place.store for place in access.grants.places if place.store is not None)


def areas_of(access: Access) -> list[str]:
    """The areas whose documents a person sees."""
    return [area for area in AREAS if access.has(RIGHT_OF_AREA[area])]


def open_causes(stores: Collection[int], areas: Sequence[str]) -> list[OpenCause]:
    """All causes in the stores, errors before warnings, those that keep most back first; two queries, none without areas."""
    if not areas or not stores:
        return []
    masked = ", ".join(f"{sql} AS {aspect}" for aspect, sql in _MASKED.items())
    rows = fetch_dicts(
        f"""
        {_WITH} ({" UNION ALL ".join(_PARTS[area] for area in areas)})
        SELECT g.*, c.code AS currency, c.decimals, COALESCE((SELECT name FROM inventory_item WHERE code = g.item), '') AS item_name
        FROM (
            SELECT f.area, COALESCE(e.code, '') AS company, f.code, {masked}, min(f.severity) AS severity,
                   count(DISTINCT f.document) AS documents, sum(f.amount) AS amount, min(f.day) AS since,
                   min(e.currency_id) AS currency_code
            {_FROM}
            GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
        ) g
        LEFT JOIN parameters_currency c ON c.code = g.currency_code
        ORDER BY g.severity, g.documents DESC, g.area, g.company, g.code, g.store COLLATE "C", g.item COLLATE "C", g.since
        LIMIT {CAUSES_SHOWN + 1}
        """,
        _values(stores),
    )
    handled = {
        (one.area, one.company, one.code, *one.subject): one
        for one in CauseHandling.objects.select_related("assigned_to").filter(code__in={row["code"] for row in rows})
    }
    causes = []
    for row in rows:
        key = CauseKey(**{name: row[name] for name in CauseKey._fields})
        currency = Money(row["currency"], row["decimals"]) if row["currency"] else ""
        values = (row["severity"], row["item_name"], row["documents"], row["amount"], currency, row["since"])
        causes.append(OpenCause(key, *values, handled.get(tuple(key))))
    return causes


def _of_cause(key: CauseKey) -> tuple[str, dict[str, Any]]:
    """The condition that a problem belongs to a cause."""
    same = " AND ".join(f"{sql} = %(is_{aspect})s" for aspect, sql in _MASKED.items())
    values = {f"is_{aspect}": getattr(key, aspect) for aspect in ASPECTS}
    return (
        f"f.code = %(code)s AND COALESCE(e.code, '') = %(company)s AND {same}",
        {**values, "code": key.code, "company": key.company},
    )


def documents_of(key: CauseKey, stores: Collection[int]) -> list[CauseDocument]:
    """The first documents that a cause keeps back, oldest first, each with its first problem; one query."""
    condition, values = _of_cause(key)
    rows = fetch_all(
        f"""
        {_WITH} ({_PARTS[key.area]})
        SELECT DISTINCT ON (f.day, f.document) f.document, f.number, s.code, f.day,
               sum(f.amount) OVER (PARTITION BY f.document), f.place, f.variant, f.said
        {_FROM} WHERE {condition}
        ORDER BY f.day, f.document, f.place NULLS FIRST LIMIT {DOCUMENTS_SHOWN + 1}
        """,
        {**_values(stores), **values},
    )
    return [CauseDocument._make((*row[:6], _message(key.code, row[6], row[7]))) for row in rows]


def _message(code: str, variant: str | None, said: Any) -> Message | None:
    """The sentence of a problem: by code and values where it was found by validation, else as a message."""
    if variant is None:
        return decode_message(said) if said else None
    return stored_problem(code, variant, said or {}).message


def ids_of(key: CauseKey, stores: Collection[int]) -> list[int]:
    """All documents that a cause keeps back; one query."""
    condition, values = _of_cause(key)
    sql = f"{_WITH} ({_PARTS[key.area]}) SELECT DISTINCT f.document {_FROM} WHERE {condition} ORDER BY 1"
    return [row[0] for row in fetch_all(sql, {**_values(stores), **values})]


class DocumentLine(NamedTuple):
    """A line (None: the document itself) of a POS transaction, by the key of the transaction."""

    store: str
    terminal: str
    number: str
    line: int | None


def places_of(key: CauseKey, stores: Collection[int]) -> list[DocumentLine]:
    """Where validation found the problems of a cause, by transaction and line; one query."""
    condition, values = _of_cause(key)
    return fetch_as(
        DocumentLine,
        f"""
        {_WITH} ({_PARTS[key.area]})
        SELECT DISTINCT s.code AS store, m.code AS terminal, t.number, f.place AS line {_FROM}
        JOIN statements_postransaction t ON t.id = f.document JOIN orders_terminal m ON m.id = t.terminal_id
        WHERE {condition} ORDER BY 1, 2, 3, 4
        """,
        {**_values(stores), **values},
    )


def is_snoozed(cause: OpenCause, today: date) -> bool:
    """Whether somebody put the cause off to a later day."""
    return cause.handling is not None and cause.handling.snoozed_until is not None and cause.handling.snoozed_until > today


def waiting_count(causes: Sequence[OpenCause], today: date) -> int:
    """How many causes keep documents back and are not put off."""
    return sum(cause.severity == "error" and not is_snoozed(cause, today) for cause in causes)


def people_who_see(area: str) -> "QuerySet[User, User]":
    """Who may be given a cause of the area: everybody whose role sees its documents; by name."""
    app, codename = RIGHT_OF_AREA[area].split(".")
    with_right = Group.objects.filter(permissions__content_type__app_label=app, permissions__codename=codename)
    return User.objects.filter(is_active=True, groups__in=with_right).distinct().order_by("username")
