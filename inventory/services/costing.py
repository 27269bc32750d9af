"""What stock is worth follows a new standard cost or costing method, at once and in the ledger."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from django.utils import timezone

from core.lib.document_kinds import SourceKind
from core.lib.problems import BusinessError, Problem
from inventory.queries.costing import entities_with_stock, hold_costs_of_items
from inventory.rules.costing import AdjustmentReason
from inventory.writes.costing import NewAdjustment, insert_adjustments, save_costs
from ledger.queries import closed_dates, posting_accounts
from ledger.rules.vouchers import Entry, VoucherPlan, account_missing, merged, period_closed
from ledger.services import ensure_periods
from ledger.writes import insert_vouchers

_ACCOUNTS = ("inventory", "cost_adjustment")


def revaluation_refusals(item_codes: Collection[str]) -> dict[str, Problem]:
    """Why what lies in stock of items cannot be revalued today, by item code: a closed period or missing accounts. Five statements."""
    entities = entities_with_stock(item_codes)
    found = _problems({entity for of_item in entities.values() for entity in of_item}, timezone.localdate())
    return {code: found[entity] for code, of_item in entities.items() for entity in sorted(of_item) if entity in found}


def _problems(entities: Collection[int], today: date) -> dict[int, Problem]:
    """Why nothing may be posted today, by legal entity."""
    dates = {(entity, today) for entity in entities}
    ensure_periods(dates)
    closed = closed_dates(dates)
    accounts = posting_accounts(entities)
    problems: dict[int, Problem] = {}
    for entity in entities:
        missing = [kind for kind in _ACCOUNTS if (entity, kind, "") not in accounts]
        if (entity, today) in closed:
            problems[entity] = period_closed(today)
        elif missing:
            problems[entity] = account_missing(missing)
    return problems


def revalue_items(item_ids: Collection[int]) -> None:
    """Brings what lies in stock of items to the cost that they have by now, inside the caller's transaction that changed it.

    One voucher per legal entity, dated today: inventory against cost adjustments. Holds the cost rows. A fixed number of queries.
    Raises BusinessError (PERIOD_CLOSED, ACCOUNT_MISSING) where something would have to be posted and cannot.
    """
    if not item_ids:
        return
    held = hold_costs_of_items(item_ids)
    changes = [(row, row.cost.revalue(row.standard_cost, row.moving_average)) for row in held]
    save_costs({row.pool: row.cost for row, _ in changes})
    posted = [(row, amount) for row, amount in changes if amount]
    if not posted:
        return
    today = timezone.localdate()
    entities = {row.legal_entity_id for row, _ in posted}
    if problems := _problems(entities, today):
        raise BusinessError(*problems.values())
    ids = insert_adjustments(
        [
            NewAdjustment(row.pool, today, AdjustmentReason.STANDARD_CHANGED, row.cost.quantity, row.cost.unit_cost, amount)
            for row, amount in posted
        ]
    )
    accounts = posting_accounts(entities)
    sums: dict[int, Decimal] = {}
    first: dict[int, int] = {}
    for (row, amount), adjustment_id in zip(posted, ids, strict=True):
        entity = row.legal_entity_id
        first.setdefault(entity, adjustment_id)
        sums[entity] = sums.get(entity, Decimal(0)) + amount
    insert_vouchers(
        [
            VoucherPlan(
                entity,
                f"REV-{first[entity]}",
                today,
                SourceKind.COST_ADJUSTMENT,
                first[entity],
                "revaluation",
                merged((Entry(accounts[entity, "inventory", ""], amount), Entry(accounts[entity, "cost_adjustment", ""], -amount))),
            )
            for entity, amount in sums.items()
        ]
    )
