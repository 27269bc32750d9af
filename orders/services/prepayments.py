"""Posts what changes the prepayments of one order, inside the caller's transaction; the order is held by the caller (order_locks.py)."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from core.lib.decimals import ZERO
from core.lib.document_kinds import SourceKind
from core.lib.problems import BusinessError, Problem
from ledger.queries import closed_dates, payment_account, posting_accounts
from ledger.services import ensure_periods
from ledger.writes import insert_vouchers
from orders.queries import deliveries as reads
from orders.queries.settlement import prepaid_by_method, settled_sales
from orders.rules.accounts import ON_ACCOUNT
from orders.rules.gift_cards import taken_from_cards
from orders.rules.order_state import OrderState, currency_problem
from orders.rules.prepayments import CHARGE, Prepaid, Series, plan_prepayment_voucher
from orders.rules.settlement import SettledSale
from orders.services.accounts import customer_accounts
from orders.services.gift_cards import back_to_cards, refuse_takings
from orders.writes.deliveries import insert_customer_transactions
from orders.writes.gift_cards import ensure_cards
from orders.writes.place_orders import insert_payments


def post_prepayments(order: OrderState, series: Series, moved: Sequence[Prepaid], now: datetime) -> str:
    """One voucher and the payments of the order that stand behind it; gives its number, blank where nothing moved. Eight queries, five
    more where gift cards are paid with. What goes back by gift card goes to the cards that paid.

    Holds the cards. Raises BusinessError: CURRENCY_MISMATCH, PERIOD_CLOSED (today where the store is), ACCOUNT_MISSING; UNKNOWN_GIFT_CARD,
    GIFT_CARD_SHORT, GIFT_CARD_BLOCKED.
    """
    if not moved:
        return ""
    if mismatch := currency_problem(order.currency, order.company, order.company_currency):
        raise BusinessError(mismatch)
    entity, day = order.legal_entity_id, now.astimezone(ZoneInfo(order.time_zone)).date()
    moved = back_to_cards([order.order_id], moved)
    refuse_takings(entity, taken_from_cards(moved))
    ensure_periods({(entity, day)})
    if closed_dates({(entity, day)}):
        raise BusinessError(Problem("PERIOD_CLOSED", {"date": day}, variant="payment"))
    known = posting_accounts({entity})
    wanted = {f"payment {one.method}": payment_account(known, entity, one.method) for one in moved if one.method is not None}
    wanted["prepayment"] = known.get((entity, "prepayment", ""))
    if any(one.kind == CHARGE for one in moved):
        wanted["cancellation"] = known.get((entity, "cancellation", ""))
    accounts = {name: account for name, account in wanted.items() if account is not None}
    if missing := sorted(wanted.keys() - accounts.keys()):
        raise BusinessError(Problem("ACCOUNT_MISSING", {"kinds": missing}, variant="payment"))
    ordinal = reads.count_of_vouchers(order.order_id, series.step) + 1
    plan = plan_prepayment_voucher(order, series, ordinal, day, moved, accounts)
    vouchers = insert_vouchers([plan])
    cards = ensure_cards(one.gift_card for one in moved)
    insert_payments(
        (order.order_id, None, place, one.kind, one.method, one.amount, now, vouchers.get((entity, plan.number)), cards.get(one.gift_card))
        for place, one in enumerate(moved, reads.last_payment(order.order_id) + 1)
    )
    if credited := sum((one.amount for one in moved if one.method == ON_ACCOUNT), ZERO):
        insert_customer_transactions(
            SourceKind.VOUCHER, [(entity, order.order_id, vouchers[entity, plan.number], day, credited, plan.number)]
        )
    return plan.number if vouchers else ""


def prepaid_of(order: OrderState) -> SettledSale:
    """What was paid ahead by method, and what of the order the customer still owes: that goes before money is paid back.

    Six queries at most, none where nothing is left of what was paid ahead.
    """
    if not order.deposit_left:
        return SettledSale(ZERO, {})
    owed = settled_sales([order.order_id])[order.order_id].owed
    if owed:
        key = (order.legal_entity_id, order.customer)
        owed = min(owed, max(customer_accounts([key])[key].open_amount, ZERO))
    return SettledSale(owed, prepaid_by_method(order.order_id))
