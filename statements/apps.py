"""Application configuration."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from django.apps import AppConfig

from core.lib.document_kinds import SourceKind
from core.ui.explained import register_explained
from inventory.rules.master_data import UsedUnit
from orders.rules.accounts import WaitingAmount
from parameters.rules.effects import Effect, ProposedChange

if TYPE_CHECKING:
    from ledger.rules.master_data import OpenDocument
    from ledger.services import PeriodQuestion
    from orders.queries.gift_cards import CardMove


class StatementsConfig(AppConfig):
    """Registers the app with Django, and has it asked before Retail parameters are saved."""

    name = "statements"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Contributes what lower apps ask about documents of this one."""
        from inventory.services.open_documents import OPEN_DOCUMENTS, OPEN_UNITS, WAREHOUSE_DOCUMENTS
        from ledger.services import OPEN_IN_PERIOD
        from orders.services.accounts import WAITING_AMOUNTS
        from orders.services.gift_cards import CARD_MOVES
        from orders.services.store_documents import STORE_DOCUMENTS
        from parameters.services import CHANGE_EFFECTS

        register_explained(SourceKind.POS_LINE, "statements:why")
        CHANGE_EFFECTS.add(effects_of_change)
        OPEN_DOCUMENTS.add(items_with_open_documents)
        OPEN_UNITS.add(units_on_open_documents)
        WAREHOUSE_DOCUMENTS.add(warehouses_with_documents)
        STORE_DOCUMENTS.add(companies_of_documents)
        WAITING_AMOUNTS.add(waiting_amounts)
        CARD_MOVES.add(card_moves)
        OPEN_IN_PERIOD.add(open_documents)


def card_moves(cards: Collection[str]) -> "list[CardMove]":
    """What valid transactions left on gift cards."""
    from statements.queries.facts import till_card_moves

    return till_card_moves(cards)


def effects_of_change(change: ProposedChange) -> Sequence[Effect]:
    """What the change would do to documents of this app; imported when it is asked for, because only pages ask."""
    from statements.views import effects

    return effects.effects_of_change(change)


def items_with_open_documents(item_ids: Collection[int]) -> set[int]:
    """Items that open documents of this app rely on; the models are not there yet when the app registers."""
    from statements.queries.open_sales import items_with_open_sales

    return items_with_open_sales(item_ids)


def units_on_open_documents(units: Collection[str]) -> set[UsedUnit]:
    """What open documents of this app have in another unit than the item's own."""
    from statements.queries.open_sales import units_on_open_sales

    return units_on_open_sales(units)


def warehouses_with_documents(warehouse_ids: Collection[int]) -> set[int]:
    """Warehouses of statements."""
    from statements.queries.open_sales import warehouses_with_statements

    return warehouses_with_statements(warehouse_ids)


def companies_of_documents(store_ids: Collection[int]) -> set[tuple[int, str]]:
    """Companies in which statements and transactions of the stores are, by store id."""
    from statements.queries.open_sales import companies_of_stores

    return companies_of_stores(store_ids)


def waiting_amounts(customers: Collection[str]) -> Sequence[WaitingAmount]:
    """What tills put on the accounts of customers and is not posted."""
    from statements.queries.facts import waiting_amounts as read

    return [WaitingAmount(*one) for one in read(customers)]


def open_documents(question: "PeriodQuestion") -> "Sequence[OpenDocument]":
    """Statements and transactions that are not posted."""
    from statements.queries.open_sales import open_in_period

    return open_in_period(*question)
