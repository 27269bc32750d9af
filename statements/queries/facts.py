"""Reads of what validation looks at, for a whole batch of transactions; a fixed number of queries."""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from core.db.bulk import array, fetch_all, fetch_as, fetch_by, text_array
from core.lib.document_kinds import SourceKind
from inventory.queries.units import in_sold_unit
from inventory.rules.facts import ReturnedQuantity
from inventory.rules.stock import FallbackSettings
from orders.queries.gift_cards import CardMove, hold_cards, order_card_moves
from orders.rules.till_lines import ReturnRef
from statements.rules.till import Original, PosTransactionKey, StockQuestion, StoreFacts


def stores_by_code(codes: Collection[str]) -> dict[str, StoreFacts]:
    """Stores with what their warehouses say; one query."""
    return fetch_by(
        ("code",),
        StoreFacts,
        """
        SELECT s.code, s.id, s.currency_id AS currency, s.time_zone, s.end_of_business_day, s.rounding_limit, w.id AS warehouse_id,
               COALESCE(w.code, '') AS warehouse,
               w.legal_entity_id, COALESCE(w.store_negative_physical, false) AS negative_physical,
               COALESCE(w.store_negative_financial, false) AS negative_financial,
               COALESCE(w.wms_enabled, false) AS wms_enabled, COALESCE(w.location_plate_controlled, false) AS plate_controlled,
               COALESCE(e.currency_id, '') AS company_currency,
               s.number_series
        FROM orders_store s
        LEFT JOIN inventory_warehouse w ON w.id = s.warehouse_id
        LEFT JOIN parameters_legalentity e ON e.id = w.legal_entity_id
        WHERE s.code = ANY(%s::text[])
        """,
        [text_array(codes)],
    )


def terminal_ids(pairs: Collection[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Terminals by (store id, code); one query."""
    rows = fetch_all(
        """
        SELECT t.store_id, t.code, t.id FROM unnest(%s::bigint[], %s::text[]) AS k (store_id, code)
        JOIN orders_terminal t ON t.store_id = k.store_id AND t.code = k.code
        """,
        [array(store_id for store_id, _ in pairs), text_array(code for _, code in pairs)],
    )
    return {(store_id, code): terminal_id for store_id, code, terminal_id in rows}


def keys_of(transaction_ids: Collection[int]) -> dict[int, tuple[str, str, str]]:
    """Store, terminal and number of those of the transactions that stand; what was reversed is left out. One query."""
    rows = fetch_all(
        """
        SELECT t.id, s.code, m.code, t.number
        FROM statements_postransaction t
        JOIN orders_store s ON s.id = t.store_id
        JOIN orders_terminal m ON m.id = t.terminal_id
        WHERE t.id = ANY(%s::bigint[]) AND t.reversal_id IS NULL ORDER BY t.id
        """,
        [array(transaction_ids)],
    )
    return {row[0]: tuple(row[1:]) for row in rows}


class KnownDigest(NamedTuple):
    """A transaction that exists, and the digest of what came in last under its key."""

    id: int
    digest: UUID


def known_digests(keys: Sequence[tuple[int, int, str]]) -> dict[tuple[int, int, str], KnownDigest]:
    """Transactions that exist, by (store id, terminal id, number); one query."""
    rows = fetch_all(
        """
        SELECT t.store_id, t.terminal_id, t.number, t.id, t.content_hash
        FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS k (store_id, terminal_id, number)
        JOIN statements_postransaction t ON t.store_id = k.store_id AND t.terminal_id = k.terminal_id AND t.number = k.number
            AND t.reversal_id IS NULL
        """,
        [array(key[0] for key in keys), array(key[1] for key in keys), text_array(key[2] for key in keys)],
    )
    return {(row[0], row[1], row[2]): KnownDigest(row[3], row[4]) for row in rows}


def ids_by_key(keys: Collection[PosTransactionKey]) -> dict[PosTransactionKey, int]:
    """Ids of the transactions that exist; three queries."""
    stores = stores_by_code({key.store for key in keys})
    terminals = terminal_ids({(stores[key.store].id, key.terminal) for key in keys if key.store in stores})
    places = {}
    for key in keys:
        store_id = stores[key.store].id if key.store in stores else 0
        if (store_id, key.terminal) in terminals:
            places[store_id, terminals[store_id, key.terminal], key.number] = key
    return {places[place]: known.id for place, known in known_digests(list(places)).items()} if places else {}


def disabled_rules(legal_entity_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Rules that are switched off, by legal entity; one query."""
    found: dict[int, set[str]] = {}
    for entity, code in fetch_all(
        "SELECT legal_entity_id, code FROM parameters_disabledrule WHERE legal_entity_id = ANY(%s::bigint[])", [array(legal_entity_ids)]
    ):
        found.setdefault(entity, set()).add(code)
    return {entity: frozenset(codes) for entity, codes in found.items()}


@dataclass(frozen=True, slots=True)
class KnownOriginals:
    """Lines that returns name, and how much of each other valid transactions brought back."""

    originals: Mapping[ReturnRef, Original]
    returned: Mapping[ReturnRef, ReturnedQuantity]


# What a return `r` brings back, in the unit of the sold line `l` of item `i`.
BACK_OF_SALE = in_sold_unit("r.quantity", "r.stock_quantity", "r.unit_id", "l", "i")


def returned_lines(refs: Collection[ReturnRef], without: Collection[int]) -> KnownOriginals:
    """The lines that returns name, as they are stored, and what came back of them; transactions `without` are left out. One query.

    The company is that of the statement that a sale is on, as at posting; while it is on none, that of its store.
    """
    rows = fetch_all(
        f"""
        SELECT k.store, k.terminal, k.number, k.line, l.item_code, l.stock_quantity, t.kind = 'sale',
               l.voided OR t.validation_status = 'discarded',
               l.return_line IS NOT NULL OR l.quantity < 0, COALESCE(st.legal_entity_id, w.legal_entity_id),
               l.unit_id, l.quantity, b.quantity, b.stock_quantity
        FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[]) AS k (store, terminal, number, line)
        JOIN orders_store s ON s.code = k.store
        LEFT JOIN inventory_warehouse w ON w.id = s.warehouse_id
        JOIN orders_terminal e ON e.store_id = s.id AND e.code = k.terminal
        JOIN statements_postransaction t ON t.store_id = s.id AND t.terminal_id = e.id AND t.number = k.number AND t.reversal_id IS NULL
        LEFT JOIN statements_statement st ON st.id = t.statement_id
        JOIN statements_postransactionline l ON l.transaction_id = t.id AND l.number = k.line
        LEFT JOIN inventory_item i ON i.code = l.item_code
        CROSS JOIN LATERAL (
            SELECT -sum(r.stock_quantity) AS stock_quantity, -sum({BACK_OF_SALE}) AS quantity
            FROM statements_postransactionline r JOIN statements_postransaction rt ON rt.id = r.transaction_id
            WHERE r.return_of_id = l.id AND NOT r.voided AND rt.validation_status = 'valid' AND rt.id <> ALL(%s::bigint[])
        ) b
        """,
        [*(text_array(str(ref[part]) for ref in refs) for part in range(3)), array(ref[3] for ref in refs), array(without)],
    )
    return KnownOriginals(
        {ReturnRef(*row[:4]): Original(*row[4:12]) for row in rows},
        {ReturnRef(*row[:4]): ReturnedQuantity(Fraction(row[12] or 0), row[13]) for row in rows if row[13]},
    )


def waiting_amounts(customers: Collection[str], apart_from: Collection[int] = ()) -> list[tuple[int, str, Decimal]]:
    """What valid transactions that are not posted add to accounts: legal entity, customer, amount; transactions `apart_from` do not count.

    One query.
    """
    rows = fetch_all(
        """
        SELECT w.legal_entity_id, c.code, sum(p.amount)
        FROM (
            SELECT transaction_id AS id, 'sale' AS kind, amount FROM statements_pospayment WHERE method_id = 'on_account'
            UNION ALL
            SELECT r.id, r.kind, -p.amount FROM statements_postransaction r JOIN statements_pospayment p ON p.transaction_id = r.id
            WHERE r.kind = 'payment'
        ) p
        JOIN statements_postransaction t ON t.id = p.id AND t.kind = p.kind AND t.validation_status = 'valid'
            AND t.id <> ALL(%(apart)s::bigint[])
        JOIN orders_customer c ON c.id = t.customer_id
        JOIN orders_store s ON s.id = t.store_id
        JOIN inventory_warehouse w ON w.id = s.warehouse_id
        WHERE c.code = ANY(%(codes)s::text[])
          AND NOT EXISTS (SELECT FROM orders_customertransaction x WHERE x.source_kind = %(till)s AND x.source_id = t.id)
        GROUP BY 1, 2
        """,
        {"codes": text_array(customers), "apart": array(apart_from), "till": SourceKind.POS_TRANSACTION},
    )
    return [(entity, customer, amount) for entity, customer, amount in rows]


def till_card_moves(cards: Collection[str], apart_from: Collection[int] = ()) -> list[CardMove]:
    """What valid transactions, but for those `apart_from`, left on gift cards by company; one query."""
    return fetch_as(
        CardMove,
        """
        SELECT w.legal_entity_id, g.number AS card, sum(m.amount) AS amount
        FROM orders_giftcard g
        JOIN statements_giftcardmovement m ON m.card_id = g.id
        JOIN statements_postransaction t ON t.id = m.transaction_id AND t.validation_status = 'valid' AND t.id <> ALL(%s::bigint[])
        JOIN orders_store s ON s.id = t.store_id
        JOIN inventory_warehouse w ON w.id = s.warehouse_id
        WHERE g.number = ANY(%s::text[]) GROUP BY 1, 2
        """,
        [array(apart_from), text_array(cards)],
    )


class HeldCards(NamedTuple):
    """What gift cards hold, by legal entity and number, and the numbers of those that are blocked."""

    balances: Mapping[tuple[int, str], Decimal]
    blocked: Set[str]


def hold_gift_cards(cards: Collection[str], apart_from: Collection[int]) -> HeldCards:
    """What orders and valid transactions, but for those `apart_from`, left on cards, which are held as `hold_cards` does; three queries."""
    blocked = hold_cards(cards)
    balances: dict[tuple[int, str], Decimal] = {}
    for entity, card, amount in (*order_card_moves(cards), *till_card_moves(cards, apart_from)):
        balances[entity, card] = balances.get((entity, card), Decimal(0)) + amount
    return HeldCards(balances, {card for card, is_blocked in blocked.items() if is_blocked})


def available_stock(questions: Collection[tuple[StockQuestion, FallbackSettings]]) -> dict[StockQuestion, Decimal]:
    """Unreserved stock in batches that are valid for a sale (docs/domain.md#valid-batch), where there is any; one query."""
    rows = fetch_all(
        """
        SELECT q.place, sum(o.physical - o.reserved)
        FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::timestamptz[], %s::bool[], %s::bool[])
            WITH ORDINALITY AS q (warehouse_id, item_id, business_date, sold_at, on_the_day, received_later, place)
        JOIN inventory_onhand o ON o.warehouse_id = q.warehouse_id AND o.item_id = q.item_id AND o.physical > o.reserved
        JOIN inventory_batch b ON b.id = o.batch_id AND NOT b.is_default_batch
        JOIN inventory_disposition d ON d.id = b.disposition_id AND NOT d.blocks_sale
        WHERE (b.expires_on IS NULL OR b.expires_on > q.business_date OR (q.on_the_day AND b.expires_on = q.business_date))
          AND (q.received_later OR o.first_received_at <= q.sold_at)
        GROUP BY q.place
        """,
        [
            array(question.warehouse_id for question, _ in questions),
            array(question.item_id for question, _ in questions),
            array(question.business_date for question, _ in questions),
            array(question.sold_at for question, _ in questions),
            array(settings.sellable_on_expiration_date for _, settings in questions),
            array(settings.use_batches_received_after_sale for _, settings in questions),
        ],
    )
    ordered = [question for question, _ in questions]
    return {ordered[place - 1]: quantity for place, quantity in rows}


class Candidate(NamedTuple):
    """A stored sale that has store, moment and total in common with another one."""

    id: int
    key: PosTransactionKey
    sold_at: datetime
    total: Decimal


def sales_like(moments: Collection[tuple[int, datetime, Decimal]]) -> list[Candidate]:
    """Stored sales with one of the (store id, moment, total), oldest first; one query."""
    rows = fetch_all(
        """
        SELECT t.id, s.code, e.code, t.number, t.sold_at, t.total
        FROM (SELECT DISTINCT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::numeric[])) AS k (store_id, sold_at, total)
        JOIN statements_postransaction t ON t.store_id = k.store_id AND t.sold_at = k.sold_at AND t.total = k.total AND t.kind = 'sale'
            AND t.validation_status NOT IN ('discarded', 'reversed')
        JOIN orders_store s ON s.id = t.store_id
        JOIN orders_terminal e ON e.id = t.terminal_id
        ORDER BY t.id
        """,
        [array(moment[0] for moment in moments), array(moment[1] for moment in moments), array(moment[2] for moment in moments)],
    )
    return [Candidate(row[0], PosTransactionKey(*row[1:4]), row[4], row[5]) for row in rows]


def line_contents(transaction_ids: Collection[int]) -> dict[int, tuple[tuple[object, ...], ...]]:
    """What was sold on stored transactions, lines in order; one query."""
    found: dict[int, list[tuple[object, ...]]] = {}
    for row in fetch_all(
        """
        SELECT transaction_id, item_code, quantity, unit_id, price, discount, net, tax, voided
        FROM statements_postransactionline WHERE transaction_id = ANY(%s::bigint[]) ORDER BY transaction_id, number
        """,
        [array(transaction_ids)],
    ):
        found.setdefault(row[0], []).append(row[1:])
    return {transaction_id: tuple(lines) for transaction_id, lines in found.items()}
