"""Transactions on their way into the tables: what they name is found or made, the rules run, rows come out."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from core.lib.problems import Problem
from parameters.writes import add_currencies, add_units
from statements.rules.till import PosTransactionData, PosTransactionKey, StoreFacts
from statements.rules.validation import keeps_off_statements
from statements.services.validate_batch import Checked, check_transactions
from statements.writes.imports import ensure_staff, ensure_terminals

VALID, ERROR = "valid", "error"


@dataclass(frozen=True, slots=True)
class Documents:
    """Transactions with their ids, what the rules found on each, and the ids of what they name."""

    ids: Sequence[int]
    values: Sequence[PosTransactionData]
    stores: Mapping[str, StoreFacts]
    terminals: Mapping[tuple[int, str], int]
    staff: Mapping[str, int]
    checked: Checked

    def headers(self, digests: Sequence[UUID | None]) -> Iterator[tuple[object, ...]]:
        """Rows in the order of `TRANSACTION_COLUMNS`."""
        customers = self.checked.facts.customers
        for row_id, row, digest, found in zip(self.ids, self.values, digests, self.checked.problems, strict=True):
            store_id = self.stores[row.key.store].id
            yield (
                *(row_id, store_id, self.terminals[store_id, row.key.terminal], row.key.number, row.kind),
                *(row.sold_at, row.business_date, row.currency, customers.get(row.customer), row.customer),
                *(self.staff.get(row.staff), row.net, row.tax, row.total, row.discount, row.paid, row.item_count, digest),
                *(ERROR if keeps_off_statements(found) else VALID, row.shift),
            )

    def days(self) -> set[tuple[int, date]]:
        """The stores and business dates that they are of."""
        return {(self.stores[row.key.store].id, row.business_date) for row in self.values}

    def lines(self) -> Iterator[tuple[object, ...]]:
        """Rows in the order of `LINE_COLUMNS`."""
        facts = self.checked.facts
        for row_id, row in zip(self.ids, self.values, strict=True):
            for line in row.lines:
                item = facts.items.get(line.item)
                batch = facts.captured_batch(line) if line.batch else None
                yield (
                    *(row_id, line.number, item.id if item else None, line.item, line.unit, line.quantity),
                    *(self.checked.stock_quantity(row.key, line), line.price, line.discount, line.net, line.tax, line.batch),
                    *(batch.id if batch else None, line.voided, *(line.return_of or ("", "", "", None)), line.expires_on),
                )

    def payments(self) -> Iterator[tuple[object, ...]]:
        """Rows in the order of `PAYMENT_COLUMNS`."""
        return ((row_id, *payment) for row_id, row in zip(self.ids, self.values, strict=True) for payment in row.payments)

    def gift_card_movements(self) -> list[tuple[int, str, Decimal, int | None, int | None]]:
        """What gift cards get and give: (transaction, card, amount, line, payment)."""
        return [(row_id, *move) for row_id, row in zip(self.ids, self.values, strict=True) for move in row.gift_cards]

    def problems(self) -> Iterator[tuple[int, Problem]]:
        """What the rules found, by id."""
        return ((row_id, problem) for row_id, found in zip(self.ids, self.checked.problems, strict=True) for problem in found)

    def returns(self) -> list[int]:
        """Those that name lines which came back."""
        return [row_id for row_id, row in zip(self.ids, self.values, strict=True) if any(line.return_of for line in row.lines)]


def resolve_documents(
    ids: Sequence[int],
    values: Sequence[PosTransactionData],
    stores: Mapping[str, StoreFacts],
    *,
    are_stored: bool = False,
    valid_before: Set[PosTransactionKey] = frozenset(),
) -> Documents:
    """Makes the terminals, staff, units and currencies that transactions name, and runs the rules; some thirty queries."""
    add_units({line.unit for row in values for line in row.lines})
    add_currencies({row.currency for row in values})
    staff = ensure_staff({row.staff for row in values if row.staff})
    terminals = ensure_terminals({(stores[row.key.store].id, row.key.terminal) for row in values})
    checked = check_transactions(values, stores, valid_before, ids if are_stored else ())
    return Documents(ids, values, stores, terminals, staff, checked)
