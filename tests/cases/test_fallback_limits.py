"""How much of an item group may go to default batches in a week and warehouse (docs/domain.md#fallback-limits)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from core.access.models import AuditEntry
from core.api.models import Token
from inventory.models import Warehouse
from inventory.rules.fallback_budget import Forecast, Spent, forecast
from orders.models import CustomerOrder, Delivery, OrderApproval, OrderEvent
from statements.models import FallbackApproval, Statement, StatementEvent
from tests.cases.world import PricedShop
from tests.core.access.people import make_person
from tests.oracle.commands import PARTLY, WRONG_USE, Answer, run
from tests.retailhq.api.calling import Till
from tests.scenarios.world import CREATED, INVOICED, NOON, milk

WEEK = timedelta(days=7)
CODE = "FALLBACK_OVER_LIMIT"


@pytest.fixture
def limited(shop: PricedShop) -> PricedShop:
    """At most 5 units a week, 0.60 each; what passes that is stopped."""
    shop.sells_at_cost("0.60")
    shop.sells_at_cost("0.60", item="TEA")
    shop.falls_back()
    shop.parameters(inventory__fallback_limit_quantity="5", inventory__fallback_over_limit="stop")
    return shop


def codes(shop: PricedShop) -> list[str]:
    return [row["error_code"] for row in shop.exports("statements")]


def test_up_to_the_limit_everything_is_posted(limited: PricedShop) -> None:
    limited.sells(2)
    limited.sells(3, item="TEA")
    limited.posts()
    limited.must_be_posted()
    assert codes(limited) == [""]


def test_items_of_a_group_share_the_limit_and_what_passes_it_stops_with_its_item_and_a_way_out(limited: PricedShop) -> None:
    limited.sells(3)
    limited.sells(3, item="TEA")
    assert limited.posts().status == PARTLY
    row = limited.statement()
    assert (row["post_state"], row["failed_state"], row["error_code"]) == (CREATED, INVOICED, CODE)
    assert limited.debts() == []
    limited.parameters(inventory__fallback_limit_quantity="6")
    limited.posts()
    limited.must_be_posted()


def test_what_was_owed_before_in_the_week_counts_and_another_week_or_warehouse_does_not(limited: PricedShop) -> None:
    limited.sells(4)
    limited.posts()
    limited.sells(2, at=NOON + WEEK)
    limited.sells(2, store="S2")
    limited.posts()
    assert codes(limited) == ["", "", ""]
    limited.sells(2)
    limited.posts()
    assert sorted(codes(limited)) == ["", "", "", CODE]


def test_sales_with_real_batches_go_on(limited: PricedShop) -> None:
    limited.receives(3, "0.60", "A")
    limited.parameters(posting__hold_failing_transactions="true", posting__aggregate_lines="false")
    sold = limited.sells(3)
    limited.sells(9)
    limited.posts()
    assert limited.batches_of(sold) == {"A": "3"}
    assert sorted(codes(limited)) == ["", CODE]
    assert limited.debts() == []


def test_a_receipt_is_another_way_out(limited: PricedShop) -> None:
    limited.sells(9)
    limited.posts()
    limited.receives(9, "0.60", "A")
    limited.posts()
    limited.must_be_posted()
    assert limited.debts() == []


def test_the_value_is_limited_too(limited: PricedShop) -> None:
    limited.parameters(inventory__fallback_limit_quantity="", inventory__fallback_limit_value="1.79")
    limited.sells(3)
    limited.posts()
    assert codes(limited) == [CODE]
    limited.parameters(inventory__fallback_limit_value="1.80")
    limited.posts()
    limited.must_be_posted()


def test_where_it_only_warns_the_statement_says_so(limited: PricedShop) -> None:
    limited.parameters(inventory__fallback_over_limit="warn")
    limited.sells(9)
    limited.posts()
    limited.must_be_posted()
    (event,) = StatementEvent.objects.filter(event="fallback limit")
    monday = NOON.date() - timedelta(days=NOON.weekday())
    said = f"Item group GROUP, week from {monday}: 9 units worth 5.40 on default batches, above the limit."
    assert str(event.text) == said


def test_where_it_only_warns_statements_and_orders_that_put_nothing_there_say_nothing(limited: PricedShop) -> None:
    limited.parameters(inventory__fallback_over_limit="warn")
    limited.orders_fall_back()
    limited.receives(4, "0.60", "A")
    covered = limited.is_ordered(milk(4))
    passing = limited.is_ordered(milk(9))
    assert limited.invoices().status == 0
    alerts = OrderEvent.objects.filter(what=OrderEvent.What.ALERT, order__number__in=(covered.order, passing.order))
    (alert,) = alerts.select_related("order")
    assert (alert.order.number, alert.data["code"]) == (passing.order, CODE)
    assert ": 9 units worth 5.40 on default batches, above the limit." in str(alert.message)


def test_customer_orders_and_tills_share_the_limit(limited: PricedShop) -> None:
    limited.orders_fall_back()
    limited.sells(4)
    limited.posts()
    limited.is_ordered(milk(2))
    answer = limited.invoices()
    # The day of an order is today, whose week is another one than that of the sale.
    assert answer.status == 0, answer
    stopped = limited.is_ordered(milk(4))
    assert limited.invoices().status == PARTLY
    delivery = Delivery.objects.get(order__number=stopped.order)
    assert (delivery.error_code, delivery.invoice) == (CODE, None)
    assert "Register the missing receipts or raise the fallback limit, then post again." in str(delivery.error_text)


def test_the_preview_decides_alike(limited: PricedShop) -> None:
    limited.sells(9)
    limited.calculates()
    answer = run("preview_posting")
    assert CODE in str(answer.data)


def test_bad_values_are_refused(limited: PricedShop) -> None:
    limited.comes_in()
    for assignment in ("inventory.fallback_limit_quantity=-1", "inventory.fallback_over_limit=never", "inventory.fallback_limit_value=x"):
        answer = run("set_parameters", assignment)
        assert (answer.status, answer.data["problems"][0]["code"]) == (WRONG_USE, "BAD_PARAMETER_VALUE")


def refused(answer: Answer) -> str:
    assert answer.status == WRONG_USE, answer
    return str(answer.data["problems"][0]["code"])


def test_what_asks_for_approval_waits_and_is_approved_once_with_a_note(limited: PricedShop) -> None:
    limited.parameters(inventory__fallback_over_limit="ask")
    limited.sells(9)
    limited.posts()
    row = limited.statement()
    assert (row["failed_state"], row["error_code"]) == (INVOICED, CODE)
    number = row["statement"]
    assert refused(run("approve_fallback", number, "--note", " ")) == "MISSING_FIELD"
    assert refused(run("approve_fallback", number, "--note", "x" * 201)) == "BAD_VALUE"
    assert refused(run("approve_fallback", "S9-S9", "--note", "x")) == "UNKNOWN_STATEMENT"
    assert limited.debts() == []
    assert run("approve_fallback", number, "--note", "the truck stands in the snow").status == 0
    assert refused(run("approve_fallback", number, "--note", "again")) == "NOTHING_TO_APPROVE"
    assert run("preview_posting").data["failures"] == []
    limited.posts()
    limited.must_be_posted()
    assert limited.debts() == [("1", "9")]
    said = [str(event.text) for event in StatementEvent.objects.filter(event__startswith="fallback").order_by("pk")]
    assert said[0] == "Let pass the fallback limit: the truck stands in the snow"
    assert "9 units worth 5.40 on default batches, above the limit." in said[1]
    assert refused(run("approve_fallback", number, "--note", "x")) == "NOTHING_TO_APPROVE"


def test_an_approval_is_for_its_statement_alone(limited: PricedShop) -> None:
    limited.parameters(inventory__fallback_over_limit="ask")
    limited.sells(9)
    limited.posts()
    run("approve_fallback", limited.statement()["statement"], "--note", "known")
    limited.sells(7, store="S2")
    limited.posts()
    assert {row["store"]: row["error_code"] for row in limited.exports("statements")} == {"S1": "", "S2": CODE}


def test_where_limits_stop_nobody_approves(limited: PricedShop) -> None:
    limited.sells(9)
    limited.posts()
    number = limited.statement()["statement"]
    assert refused(run("approve_fallback", number, "--note", "x")) == "NOTHING_TO_APPROVE"
    limited.parameters(inventory__fallback_over_limit="ask")
    limited.comes_in()
    run("approve_fallback", number, "--note", "x")
    limited.parameters(inventory__fallback_over_limit="stop")
    limited.posts()
    assert codes(limited) == [CODE]


def test_the_share_of_what_is_sold_is_limited(limited: PricedShop) -> None:
    """Three of four is 75 percent; what was sold from real batches before in the week counts."""
    limited.parameters(inventory__fallback_limit_quantity="", inventory__fallback_limit_share="40")
    limited.receives(4, "0.60", "A")
    limited.sells(4)
    limited.posts()
    limited.sells(2)
    limited.sells(1, item="TEA")
    limited.posts()
    assert codes(limited)[-1] == CODE
    limited.parameters(inventory__fallback_limit_share="43")
    limited.posts()
    limited.must_be_posted()
    (line,) = run("fallback_budget", "--week", NOON.date().isoformat()).data["lines"]
    assert (line["quantity"], line["sold"], line["share"], line["limit_share"], line["state"]) == (
        "3.0000",
        "7.0000",
        "42.86",
        "43.00",
        "within",
    )


def test_the_budget_of_a_week_is_shown(limited: PricedShop, client: Client) -> None:
    limited.parameters(inventory__fallback_over_limit="warn")
    limited.sells(9)
    limited.sells(1, store="S2")
    limited.posts()
    lines = run("fallback_budget", "--week", NOON.date().isoformat()).data["lines"]
    assert [(line["warehouse"], line["quantity"], line["value"], line["state"]) for line in lines] == [
        ("W1", "9.0000", "5.40", "over"),
        ("W2", "1.0000", "0.60", "within"),
    ]
    assert run("fallback_budget", "--week", NOON.date().isoformat(), "--warehouse", "W2").data["over"] == 0
    assert run("fallback_budget").data["lines"] == []
    assert refused(run("fallback_budget", "--warehouse", "NONE")) == "UNKNOWN_WAREHOUSE"
    Warehouse.objects.filter(code="W1").update(is_active=False)
    assert run("fallback_budget", "--week", NOON.date().isoformat()).data["lines"] == lines
    client.force_login(make_person("ivy", "inventory_controller"))
    page = client.get(f"/inventory/debt/budget/?week={NOON.date()}")
    assert [(line.warehouse, line.is_over) for line in page.context["lines"]] == [("W1", True), ("W2", False)]
    assert "Over the limit" in page.content.decode()
    assert "Forecast" not in page.content.decode(), "the week is over"
    assert client.get("/inventory/debt/budget/?week=never").context["is_current"]
    called = Till(Token.Verb.VIEW_STOCK, stores=["S2"]).get(f"fallback-budget?week={NOON.date()}").body["rows"]
    assert [(row["warehouse"], row["state"]) for row in called] == [("W2", "within")]


def test_who_has_the_right_approves_on_the_page(limited: PricedShop, client: Client) -> None:
    limited.parameters(inventory__fallback_over_limit="ask")
    limited.sells(9)
    limited.posts()
    statement = Statement.objects.get()
    address = f"/statements/{statement.pk}/approve-fallback/"
    client.force_login(make_person("pete", "poster"))
    assert client.get(address).status_code == 403
    client.force_login(make_person("ivy", "inventory_controller"))
    assert "Approve it with a note" in client.get(f"/statements/{statement.pk}/").content.decode()
    assert "more of the item group" in client.get(address).content.decode().lower()
    assert client.post(address, {"note": ""}).status_code == 422
    assert client.post(address, {"note": "known"}).status_code == 302
    approval = FallbackApproval.objects.get()
    assert (approval.actor, approval.note) == ("ivy", "known")
    assert AuditEntry.objects.filter(action="approve", actor="ivy").exists()
    assert client.get(address).status_code == 302


def test_the_week_at_its_pace_is_forecast() -> None:
    spent = Spent(Decimal(6), Decimal(3))
    assert forecast(spent, 3) == Forecast(Decimal(14), Decimal(7))
    for days in (0, 7):
        assert forecast(spent, days) == Forecast(Decimal(6), Decimal(3))


# -- customer orders ---------------------------------------------------------------------------------------------------


@pytest.fixture
def stopped(limited: PricedShop) -> str:
    """An order of 9, stopped by a limit that asks."""
    limited.orders_fall_back()
    limited.parameters(inventory__fallback_over_limit="ask")
    order = limited.is_ordered(milk(9)).order
    assert limited.invoices().status == PARTLY
    assert Delivery.objects.get(order__number=order).error_code == CODE
    return order


def test_what_a_limit_stops_says_so_though_others_have_goods_reserved(limited: PricedShop) -> None:
    """It may be approved; that goods lie there for somebody else is not what stops it."""
    limited.orders_fall_back()
    limited.receives(2, "0.60", "A")
    limited.is_ordered(milk(2))
    limited.comes_in()
    late = limited.is_ordered(milk(9)).order
    limited.invoices(late)
    text = str(Delivery.objects.get(order__number=late).error_text)
    assert "than the limit allows" in text
    assert "approve the document instead" in text


def test_an_order_is_approved_once_with_a_note(limited: PricedShop, stopped: str) -> None:
    assert refused(run("approve_fallback", "--order", stopped, "--note", " ")) == "MISSING_FIELD"
    assert refused(run("approve_fallback", "--order", "CO99", "--note", "x")) == "UNKNOWN_ORDER"
    assert run("approve_fallback", "--order", stopped, "--note", "promised for Easter").data == {
        "order": stopped,
        "note": "promised for Easter",
    }
    assert refused(run("approve_fallback", "--order", stopped, "--note", "again")) == "NOTHING_TO_APPROVE"
    assert limited.invoices().status == 0
    approval = OrderApproval.objects.get()
    delivery = Delivery.objects.get(order__number=stopped)
    assert (approval.delivery, approval.actor) == (delivery, "command")
    (event,) = OrderEvent.objects.filter(what=OrderEvent.What.APPROVED)
    assert str(event.message) == "Let pass the fallback limit: promised for Easter"
    assert refused(run("approve_fallback", "--order", stopped, "--note", "x")) == "NOTHING_TO_APPROVE"
    second = limited.is_ordered(milk(1)).order
    assert limited.invoices().status == PARTLY, "the approval was for the first order"
    assert Delivery.objects.get(order__number=second).error_code == CODE
    limited.must_be_sound()


def test_an_approval_is_kept_for_the_delivery_that_passes_the_limit(limited: PricedShop, stopped: str) -> None:
    """Goods that arrive meanwhile need no approval; what is left of the order may still use it."""
    run("approve_fallback", "--order", stopped, "--note", "known")
    limited.receives(20, "0.60", "A")
    assert limited.invoices().status == 0
    assert OrderApproval.objects.get().delivery is None
    assert limited.debts() == []


def test_an_approved_order_of_limits_that_stop_is_stopped(limited: PricedShop, stopped: str) -> None:
    run("approve_fallback", "--order", stopped, "--note", "known")
    limited.parameters(inventory__fallback_over_limit="stop")
    assert limited.invoices().status == PARTLY
    other = limited.is_ordered(milk(9)).order
    limited.invoices()
    assert refused(run("approve_fallback", "--order", other, "--note", "x")) == "NOTHING_TO_APPROVE"


def test_who_has_the_right_approves_an_order_on_its_page(limited: PricedShop, stopped: str, client: Client) -> None:
    order = CustomerOrder.objects.get(order__number=stopped)
    address = f"/customer-orders/{order.pk}/approve-fallback/"
    client.force_login(make_person("dora", "order_desk"))
    assert client.get(address).status_code == 403
    client.force_login(make_person("ivy", "inventory_controller"))
    page = client.get(f"/customer-orders/{order.pk}/").content.decode()
    assert f'href="{address}"' in page
    assert "more of the item group" in client.get(address).content.decode().lower()
    assert client.post(address, {"note": ""}).status_code == 422
    assert client.post(address, {"note": "known"}).status_code == 302
    approval = OrderApproval.objects.get()
    assert (approval.actor, approval.note) == ("ivy", "known")
    assert AuditEntry.objects.filter(action="approve", actor="ivy").exists()
    assert client.get(address).status_code == 302
    assert "Fallback approved" in client.get(f"/customer-orders/{order.pk}/?tab=history").content.decode()


def test_documents_are_approved_over_the_api(limited: PricedShop, stopped: str) -> None:
    limited.sells(9)
    limited.posts()
    statement = limited.statement()["statement"]
    till = Till(Token.Verb.APPROVE_FALLBACKS)
    for address, said in ((f"customer-orders/{stopped}", {"order": stopped}), (f"statements/{statement}", {"statement": statement})):
        assert till.post(f"{address}/approve-fallback", {"note": " "}).codes == ["MISSING_FIELD"]
        assert till.post(f"{address}/approve-fallback", {"note": "known"}).body == {**said, "note": "known"}
        assert till.post(f"{address}/approve-fallback", {"note": "again"}).codes == ["NOTHING_TO_APPROVE"]
    assert Till(Token.Verb.APPROVE_FALLBACKS, stores=["S2"]).post(f"statements/{statement}/approve-fallback", {"note": "x"}).status == 404
    assert Till(Token.Verb.POST_STATEMENTS).post(f"statements/{statement}/approve-fallback", {"note": "x"}).status == 403
    limited.posts()
    assert codes(limited) == [""]
    assert limited.invoices().status == 0
