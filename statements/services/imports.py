"""Import of till transactions: resolved, validated and kept, batch by batch."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from zoneinfo import ZoneInfo

from django.db import transaction

from core.db.ids import reserve_ids
from core.db.locks import TRANSACTION_IMPORT, lock_for_transaction
from core.db.upsert import ids_by_code
from core.lib.imports import BatchResult, Row
from orders.queries.stores import payment_methods
from orders.rules.business_day import business_date
from parameters.writes import add_currencies, add_units
from statements.queries import facts as reads
from statements.rules.till import PosTransactionData, StoreFacts
from statements.rules.validation import keeps_off_statements
from statements.services.decode import Incoming
from statements.services.validate_batch import Checked, check_transactions
from statements.writes import imports as writes

VALID, ERROR = "valid", "error"


@cache
def zone_named(name: str) -> ZoneInfo:
    """The time zone of a store."""
    return ZoneInfo(name)


@transaction.atomic
def import_transactions(rows: Sequence[Row[Incoming]]) -> BatchResult:
    """Keeps and validates one batch of transactions; terminals, staff, units and currencies that they name are made.

    A repeat with the same content counts as unchanged. Refuses UNKNOWN_STORE, BAD_VALUE for an unknown payment method, and CONFLICT. Takes
    the import locks of its stores; at most forty queries for any number of rows.
    """
    result = BatchResult()
    stores = reads.stores_by_code({row.value.transaction.key.store for row in rows})
    lock_for_transaction(TRANSACTION_IMPORT, [store.id for store in stores.values()])
    known = _acceptable(rows, stores, result)
    terminals = reads.terminal_ids({(stores[row.value.transaction.key.store].id, row.value.transaction.key.terminal) for row in known})
    fresh = [_dated(row.value, stores) for row in _without_repeats(known, stores, terminals, result)]
    if fresh:
        _keep(fresh, stores, terminals, result)
    return result


def _acceptable(rows: Sequence[Row[Incoming]], stores: Mapping[str, StoreFacts], result: BatchResult) -> list[Row[Incoming]]:
    """Rows of known stores and payment methods."""
    methods = payment_methods()
    known_methods = frozenset(methods)
    accepted = []
    for row in rows:
        incoming = row.value.transaction
        if incoming.key.store not in stores:
            result.reject(row, "UNKNOWN_STORE", f"Store {incoming.key.store} is not known; import it first (kind stores).")
        elif unknown := [payment.method for payment in incoming.payments if payment.method not in known_methods]:
            result.reject(row, "BAD_VALUE", f"Payment method {unknown[0]} is not known; use one of {', '.join(methods)}.")
        else:
            accepted.append(row)
    return accepted


def _without_repeats(
    rows: Sequence[Row[Incoming]], stores: Mapping[str, StoreFacts], terminals: Mapping[tuple[int, str], int], result: BatchResult
) -> list[Row[Incoming]]:
    """Rows whose key is new, in the database and in the batch."""
    wanted = []
    for row in rows:
        store, terminal, number = row.value.transaction.key
        terminal_id = terminals.get((stores[store].id, terminal))
        if terminal_id is not None:
            wanted.append((stores[store].id, terminal_id, number))
    stored = reads.known_digests(wanted) if wanted else {}
    here: dict[object, object] = {}
    fresh = []
    for row in rows:
        key = row.value.transaction.key
        store_id = stores[key.store].id
        terminal_id = terminals.get((store_id, key.terminal))
        before = here.get(key) if terminal_id is None else stored.get((store_id, terminal_id, key.number), here.get(key))
        if before is None:
            here[key] = row.value.digest
            fresh.append(row)
        elif before == row.value.digest:
            result.unchanged += 1
            result.repeated.append(row.number)
        else:
            message = f"Transaction {key} came in before with other content (duplicate receipt, H16); correct the number or leave it out."
            result.reject(row, "CONFLICT", message)
    return fresh


def _dated(incoming: Incoming, stores: Mapping[str, StoreFacts]) -> Incoming:
    """With the business date that the store decides, unless one was given."""
    if incoming.given_date is not None:
        return incoming
    store = stores[incoming.transaction.key.store]
    date = business_date(incoming.transaction.sold_at, zone_named(store.time_zone), store.end_of_business_day)
    return incoming._replace(transaction=incoming.transaction._replace(business_date=date))


def _keep(
    fresh: Sequence[Incoming], stores: Mapping[str, StoreFacts], terminals: Mapping[tuple[int, str], int], result: BatchResult
) -> None:
    transactions = [incoming.transaction for incoming in fresh]
    add_units({line.unit for row in transactions for line in row.lines})
    add_currencies({row.currency for row in transactions})
    staff = _staff_ids({row.staff for row in transactions if row.staff})
    named = {(stores[row.key.store].id, row.key.terminal) for row in transactions}
    if missing := named - terminals.keys():
        writes.add_terminals(missing)
        terminals = {**terminals, **reads.terminal_ids(missing)}
    checked = check_transactions(transactions, stores)
    ids = reserve_ids("statements_postransaction", len(fresh))
    status = [ERROR if keeps_off_statements(problems) else VALID for problems in checked.problems]
    writes.insert_transactions(
        (
            *(row_id, stores[row.key.store].id, terminals[stores[row.key.store].id, row.key.terminal], row.key.number, row.kind),
            *(row.sold_at, row.business_date, row.currency, checked.facts.customers.get(row.customer), row.customer),
            *(staff.get(row.staff), row.net, row.tax, row.total, row.discount, row.paid, row.item_count, incoming.digest, state, row.shift),
        )
        for row_id, row, incoming, state in zip(ids, transactions, fresh, status, strict=True)
    )
    _insert_lines(ids, transactions, checked)
    writes.insert_payments((row_id, *payment) for row_id, row in zip(ids, transactions, strict=True) for payment in row.payments)
    writes.insert_gift_card_movements([(row_id, *move) for row_id, row in zip(ids, transactions, strict=True) for move in row.gift_cards])
    writes.insert_problems((row_id, problem) for row_id, found in zip(ids, checked.problems, strict=True) for problem in found)
    if returns := [row_id for row_id, row in zip(ids, transactions, strict=True) if any(line.return_of for line in row.lines)]:
        writes.link_returns(returns)
    _count(result, transactions, checked, ids)


def _staff_ids(codes: set[str]) -> dict[str, int]:
    known = ids_by_code("orders_staff", codes)
    if missing := codes - known.keys():
        writes.add_staff(missing)
        known |= ids_by_code("orders_staff", missing)
    return known


def _insert_lines(ids: Sequence[int], transactions: Sequence[PosTransactionData], checked: Checked) -> None:
    facts = checked.facts

    def rows() -> Iterator[tuple[object, ...]]:
        items = facts.items
        for row_id, row in zip(ids, transactions, strict=True):
            for line in row.lines:
                item = items.get(line.item)
                batch = facts.captured_batch(line) if line.batch else None
                yield (
                    row_id,
                    line.number,
                    item.id if item else None,
                    line.item,
                    line.unit,
                    line.quantity,
                    checked.stock_quantity(row.key, line),
                    line.price,
                    line.discount,
                    line.net,
                    line.tax,
                    line.batch,
                    batch.id if batch else None,
                    line.voided,
                    *(line.return_of or ("", "", "", None)),
                )

    writes.insert_lines(rows())


def _count(result: BatchResult, transactions: Sequence[PosTransactionData], checked: Checked, ids: Sequence[int]) -> None:
    result.new += len(transactions)
    result.lines += sum(len(row.lines) for row in transactions)
    for row_id, found in zip(ids, checked.problems, strict=True):
        if found:
            result.found.update(problem.code for problem in found)
            result.errors += keeps_off_statements(found)
            if any(problem.code == "L16" for problem in found):
                result.waiting.append(row_id)
