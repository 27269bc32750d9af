"""What happens in the showcase after its posted days: addresses of pages that need rows of their own."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from core.jobs.services import run_job
from inventory.models import Item, Warehouse
from orders.models import GiftCard, Terminal
from orders.services.gift_cards import block_card
from parameters.services import set_retail_parameters
from retailhq.integrity.checks import Difference
from retailhq.integrity.models import KeptDifference
from retailhq.integrity.services import keep_differences, look_after
from statements.models import GiftCardMovement, PosTransaction, Statement
from statements.services.calculation import calculate_statements
from statements.services.counts import CountRequest, count_tender
from statements.services.policy_lab import Period, request_lab
from statements.services.posting import request_posting, run_inline
from statements.services.z_report import PrintedReport, enter_z_report
from tests.browser.world import FIRST_DAY, Showcase, ring
from tests.orders.desk import invoice, take_order

NEXT_DAY = 3


def post(statements: Iterable[Statement], showcase: Showcase) -> None:
    """By the real engine in this process; they may fail."""
    run_inline(request_posting([one.pk for one in statements], showcase.poster.pk, "maria", to_workers=False).pk, "worker")


def count_cash(store: str, day: int, pieces: dict[str, int], reason: str) -> None:
    """Coins and notes of till T1, entered by hand."""
    counted = tuple((Decimal(value), number) for value, number in pieces.items())
    amount = sum((value * number for value, number in counted), Decimal(0))
    count_tender(CountRequest(store, "T1", FIRST_DAY + timedelta(days=day), "cash", amount, reason, pieces=counted), "theo")


def ring_late(showcase: Showcase) -> None:
    """A ticket of a day that is posted; the next statement takes it."""
    late = ring(showcase.stores[0], showcase.items, 0, 60, (("866211", "2"),))
    PosTransaction.objects.filter(pk=late.pk).update(day_posted_at=timezone.now())


def show_late_count(showcase: Showcase) -> dict[str, str]:
    """Addresses: a count of a day that is posted, and its page, which names coins and notes."""
    count_cash("S367", 0, {"20": 3, "5": 1, "0.25": 6}, "Counted on Tuesday")
    counted = PosTransaction.objects.filter(kind="tender_declaration").latest("pk")
    return {"late-documents": "/pos-transactions/late/", "pos-transaction-count": f"/pos-transactions/{counted.pk}/"}


def show_z_report(showcase: Showcase) -> dict[str, str]:
    """Addresses: till T1 printed one sale more than it sent."""
    statement = showcase.statement("S367", 0)
    figures = {"transactions": Decimal(7), "total": Decimal("95.10"), "returns": Decimal(0)}
    enter_z_report(PrintedReport("S367", "T1", FIRST_DAY, None, figures), "theo")
    page = f"/statements/{statement.pk}/z-reports/{Terminal.objects.get(store__code='S367', code='T1').pk}/"
    return {
        "statement-z-reports": f"/statements/{statement.pk}/?tab=z",
        "statement-z-report": page,
        "statement-z-report-print": f"{page}print/",
    }


def show_split_day(showcase: Showcase) -> dict[str, str]:
    """Addresses: S367 posts sales and money apart on the next day, and what is counted of it differs by more than the limit."""
    store = showcase.stores[0]
    store.statement_model = "split"
    store.save(update_fields=["statement_model"])
    for number in (1, 2):
        ring(store, showcase.items, NEXT_DAY, number, (("866211", "3"), ("1133018", "1")))
    set_retail_parameters(["statements.max_difference=1"], showcase.company.code, "maria")
    count_cash("S367", NEXT_DAY, {"10": 2, "0.25": 3}, "Counted in the evening")
    for kind in ("transactional", "financial"):
        calculate_statements(("S367",), None, "maria", kind=kind)
    own = Statement.objects.filter(store=store, business_date=FIRST_DAY + timedelta(days=NEXT_DAY))
    sales, money = own.get(kind="transactional"), own.get(kind="financial")
    post([sales, money], showcase)
    return {
        "statement-transactional": f"/statements/{sales.pk}/",
        "statement-financial": f"/statements/{money.pk}/",
        "statement-accept-difference": f"/statements/{money.pk}/accept-difference/",
    }


def show_fallback(showcase: Showcase) -> dict[str, str]:
    """Addresses: S406 sells more spinach on the next day than there is, over the limit of the week, and waits for somebody's approval.

    So does an order of milk.
    """
    for number in range(3):
        ring(showcase.stores[1], showcase.items, NEXT_DAY, number, (("995785", "25"), ("981760", "2")))
    values = ["inventory.fallback_limit_quantity=20", "inventory.fallback_limit_share=5", "inventory.fallback_over_limit=ask"]
    set_retail_parameters(values, showcase.company.code, "maria")
    calculate_statements(("S406",), None, "maria")
    stopped = Statement.objects.get(store__code="S406", business_date=FIRST_DAY + timedelta(days=NEXT_DAY))
    post([stopped], showcase)
    order = take_order(showcase.stores[1], ("1029743", "300"), number="CO-1010")
    invoice(order)
    return {
        "statement-over-the-fallback-limit": f"/statements/{stopped.pk}/",
        "statement-approve-fallback": f"/statements/{stopped.pk}/approve-fallback/",
        "customer-order-over-the-fallback-limit": f"/customer-orders/{order.pk}/",
        "customer-order-approve-fallback": f"/customer-orders/{order.pk}/approve-fallback/",
        "statement-preview-vouchers": f"/statements/{stopped.pk}/preview/",
        "fallback-budget": f"/inventory/debt/budget/?week={FIRST_DAY}",
    }


def show_gift_cards(showcase: Showcase) -> dict[str, str]:
    """Addresses: a card that was sold and paid with, and one that is blocked."""
    sold, paid = PosTransaction.objects.filter(store=showcase.stores[0], statement__post_state="Posted").order_by("sold_at")[:2]
    card, stolen = [GiftCard.objects.create(number=number) for number in ("6035-0417", "6035-0418")]
    moved = ((card, sold, 1, None, "50.00"), (card, paid, None, 1, "-12.35"), (stolen, sold, 2, None, "25.00"))
    for one, sale, line, payment, amount in moved:
        GiftCardMovement.objects.create(card=one, transaction=sale, line_number=line, payment_number=payment, amount=Decimal(amount))
    block_card(stolen.pk, blocked=True, actor="maria")
    return {"gift-cards": "/gift-cards/", "gift-card": f"/gift-cards/{card.pk}/", "gift-card-blocked": f"/gift-cards/{stolen.pk}/"}


def show_differences(showcase: Showcase) -> dict[str, str]:
    """Addresses: what a recount found; one difference is looked after, one is gone."""
    found = [
        Difference("on-hand", "W367/1029743/M-1228-W367", "22", "21"),
        Difference("on-hand", "W406/866211/", "96", "99"),
        Difference("documents", "S367/T2/31100000007", "12.34", "12.43"),
    ]
    now = timezone.now()
    keep_differences(found, now - timedelta(days=3))
    keep_differences(found[:2], now)
    kept = KeptDifference.objects.get(key=found[0].key)
    look_after(kept.pk, showcase.poster, "The shelf was counted on Monday; a journal follows.", "maria")
    return {"differences": "/jobs/differences/", "difference": f"/jobs/differences/{kept.pk}/"}


def show_policy_lab(showcase: Showcase) -> dict[str, str]:
    """Addresses: the form, and the posted days decided again without default batches."""
    period = Period(FIRST_DAY, FIRST_DAY + timedelta(days=6), list(Warehouse.objects.values_list("pk", flat=True)))
    job = request_lab(period, {"policy": "batch_number", "use_default_batch": False}, showcase.poster)
    run_job(job.pk)
    return {"policy-lab": "/inventory/policy-lab/", "policy-lab-result": f"/inventory/policy-lab/{job.pk}/"}


def show_later_days(showcase: Showcase) -> dict[str, str]:
    """All of the above."""
    Item.objects.filter(code="1082185").update(barcode="4006381333931")
    ring_late(showcase)
    return {
        **show_z_report(showcase),
        **show_split_day(showcase),
        **show_fallback(showcase),
        **show_late_count(showcase),
        **show_gift_cards(showcase),
        **show_differences(showcase),
        **show_policy_lab(showcase),
    }
