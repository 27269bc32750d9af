"""How much batch debt receipts and recurrences pay by themselves, and what they only propose (docs/domain.md#settlement)."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from core.access.models import AuditEntry
from core.jobs.recurrence_kinds import RECURRING
from core.jobs.services import run_job
from inventory.models import DebtSettlement, SettlementProposal
from inventory.rules.payback import PaybackLimits, Proposed, within_limits
from inventory.rules.settlements import OpenDebt, Payment
from inventory.rules.stock import StockKey
from inventory.services.background import SETTLE
from tests.cases.world import PricedShop
from tests.core.access.people import make_person
from tests.oracle.commands import WRONG_USE, done, run
from tests.scenarios.world import DEFAULT, NOON

TODAY = date(2024, 5, 10)


@pytest.fixture
def owing(shop: PricedShop) -> PricedShop:
    """3 milk and 2 tea are owed in W1 since NOON, 0.60 each; goods that come in pay."""
    shop.sells_at_cost("0.60")
    shop.sells_at_cost("0.60", item="TEA")
    shop.falls_back()
    shop.parameters(inventory__pay_debt_on_receipt="true")
    shop.sells(3)
    shop.sells(2, item="TEA")
    shop.posts()
    return shop


def arrives(shop: PricedShop) -> list[str]:
    """Milk and tea that were there before the sales come in, in one file; the codes of its warnings."""
    shop.comes_in()
    shop.receives(10, "1.00", "A")
    shop.receives(10, "1.00", "T", item="TEA")
    shop.comes_in()
    return [proposal.passed for proposal in SettlementProposal.objects.filter(decided_at=None).order_by("item__code")]


@pytest.mark.parametrize(
    ("limit", "value", "passed"),
    [
        ("quantity", "4", "quantity"),
        ("value", "2.99", "value"),
        ("days", "1", "age"),
    ],
)
def test_what_is_above_a_limit_is_proposed_and_a_person_approves_it(
    owing: PricedShop, client: Client, limit: str, value: str, passed: str
) -> None:
    owing.parameters(**{f"inventory__payback_limit_{limit}": value})
    assert arrives(owing) == [passed, passed]
    assert (owing.debts(), DebtSettlement.objects.count()) == ([("1", "3"), ("2", "2")], 0)
    milk = SettlementProposal.objects.get(item__code="MILK")
    assert (milk.lines, milk.quantity, milk.value, milk.oldest_on) == (1, Decimal(3), Decimal("1.80"), NOON.date())
    client.force_login(make_person("ivy", "inventory_controller"))
    assert "Goods of 2 items came in that could pay batch debt" in client.get("/").content.decode()
    assert "Waits for your approval" in client.get("/inventory/debt/").content.decode()
    (pool,) = client.get("/inventory/debt/settle/?warehouse=W1&item=MILK").context["pools"]
    client.post("/inventory/debt/settle/", {"pool": [pool.pick], "reason": "known"})
    milk.refresh_from_db()
    settlement = DebtSettlement.objects.get()
    assert (milk.decided_by, milk.settlement) == ("ivy", settlement)
    assert [one.item.code for one in client.get("/inventory/debt/").context["proposals"]] == ["TEA"]
    owing.must_be_worth_what_it_costs()


@pytest.mark.parametrize("limits", [{"quantity": "5"}, {"value": "3.00"}, {"days": "100000"}, {"quantity": "", "value": "", "days": ""}])
def test_up_to_the_limits_goods_pay_by_themselves(owing: PricedShop, limits: dict[str, str]) -> None:
    owing.parameters(**{f"inventory__payback_limit_{name}": value for name, value in limits.items()})
    assert arrives(owing) == []
    assert owing.debts() == []
    owing.must_be_worth_what_it_costs()


def test_the_import_says_what_is_proposed(owing: PricedShop) -> None:
    owing.parameters(inventory__payback_limit_quantity="2")
    owing.comes_in()
    path = owing.folder / "late.csv"
    path.write_text(
        "receipt,line,warehouse,item,batch,quantity,unit_cost,received_at,manufactured_on,expires_on,disposition\n"
        f"LATE,1,W1,MILK,A,10,1.00,{(NOON - timedelta(days=1)).isoformat()},,,\n",
        encoding="utf-8",
    )
    answer = run("import_data", "receipts", str(path))
    assert "PAYBACK_PROPOSED" in str(answer.data)
    assert "3 units of batch debt worth 1.80" in str(answer.data)
    assert owing.debts() == [("1", "3"), ("2", "2")]


def test_later_goods_and_higher_limits_pay_what_was_proposed_and_decide_it(owing: PricedShop) -> None:
    owing.parameters(inventory__payback_limit_quantity="2")
    assert arrives(owing) == ["quantity", "quantity"]
    owing.parameters(inventory__payback_limit_quantity="")
    owing.comes_in()
    owing.receives(1, "1.00", "B")
    owing.comes_in()
    assert [one.item.code for one in SettlementProposal.objects.filter(decided_at=None)] == ["TEA"]
    assert SettlementProposal.objects.get(item__code="MILK").settlement == DebtSettlement.objects.get()


def test_a_recurrence_has_the_same_limits(owing: PricedShop) -> None:
    owing.parameters(inventory__pay_debt_on_receipt="false", inventory__payback_limit_quantity="4")
    assert arrives(owing) == []
    robot = make_person("robot", "administrator")
    ran = RECURRING[SETTLE].start("Settle", robot)
    run_job(ran.pk)
    ran.refresh_from_db()
    assert (ran.result["settlements"], ran.result["proposed"]) == (0, 2)
    done("set_parameters", "inventory.payback_limit_quantity=5")
    again = RECURRING[SETTLE].start("Settle", robot)
    run_job(again.pk)
    again.refresh_from_db()
    assert (again.result["settlements"], again.result["lines"], again.result["proposed"]) == (1, 2, 0)
    assert not SettlementProposal.objects.filter(decided_at=None).exists()


def test_a_command_that_a_person_gives_has_no_limits(owing: PricedShop) -> None:
    owing.parameters(inventory__payback_limit_quantity="1")
    arrives(owing)
    assert done("settle_batch_debt").data["lines"] == 2
    assert not SettlementProposal.objects.filter(decided_at=None).exists()


def test_a_proposal_is_put_aside_by_who_may_and_is_gone_when_nothing_is_owed(owing: PricedShop, client: Client) -> None:
    owing.parameters(inventory__payback_limit_quantity="1")
    arrives(owing)
    milk = SettlementProposal.objects.get(item__code="MILK")
    client.force_login(make_person("ada", "auditor"))
    assert client.post(f"/inventory/debt/proposals/{milk.pk}/put-aside/").status_code == 403
    client.force_login(make_person("ivy", "inventory_controller"))
    for status in (302, 404):
        assert client.post(f"/inventory/debt/proposals/{milk.pk}/put-aside/").status_code == status
    milk.refresh_from_db()
    assert (milk.decided_by, milk.settlement) == ("ivy", None)
    assert AuditEntry.objects.filter(action="settle", actor="ivy").exists()
    (statement,) = owing.exports("statements")
    assert run("reverse", "--statement", statement["statement"], "--reason", "wrong day").status == 0
    assert client.get("/inventory/debt/").context["proposals"] == []
    assert owing.debts() == []
    assert owing.shelf() == {"A": "10"}
    assert DEFAULT not in owing.shelf()


@pytest.mark.parametrize(
    "assignment", ["inventory.payback_limit_days=x", "inventory.payback_limit_days=-1", "inventory.payback_limit_value=-1"]
)
def test_bad_limits_are_refused(shop: PricedShop, assignment: str) -> None:
    shop.comes_in()
    answer = run("set_parameters", assignment)
    assert (answer.status, answer.data["problems"][0]["code"]) == (WRONG_USE, "BAD_PARAMETER_VALUE")


# -- the rule ----------------------------------------------------------------------------------------------------------


def payment(quantity: int, days: int) -> Payment:
    debt = OpenDebt(1, 9, TODAY - timedelta(days=days), timezone.now(), Decimal(quantity), Decimal(2))
    return Payment(debt, 7, Decimal(quantity))


def test_debt_of_exactly_the_age_is_paid_and_older_one_proposed() -> None:
    value_of: Callable[[StockKey, Payment], Decimal] = lambda _, of: of.quantity * 2  # noqa: E731
    young, old = payment(1, 3), payment(2, 4)
    share = within_limits({(1, 1): [old, young]}, PaybackLimits(days=3), TODAY, value_of)
    assert share.paid == {(1, 1): [young]}
    (proposed,) = share.proposed
    assert proposed == Proposed((1, 1), "age", 1, Decimal(2), Decimal(4), old.debt.day)


def test_what_is_too_old_does_not_count_and_too_much_is_proposed_whole() -> None:
    value_of: Callable[[StockKey, Payment], Decimal] = lambda _, of: of.quantity * 2  # noqa: E731
    plan = {(1, 1): [payment(9, 4), payment(2, 0)], (1, 2): [payment(1, 0)]}
    assert list(within_limits(plan, PaybackLimits(Decimal(3), Decimal(6), 3), TODAY, value_of).paid) == [(1, 1), (1, 2)]
    share = within_limits(plan, PaybackLimits(Decimal(2), None, 3), TODAY, value_of)
    assert share.paid == {}
    assert [(one.pool, one.passed, one.lines) for one in share.proposed] == [((1, 1), "quantity", 2), ((1, 2), "quantity", 1)]
