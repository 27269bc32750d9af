"""Retail parameters by command and by page: all or nothing, compare-and-set, who changed what and when."""

from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from core.lib.problems import BusinessError
from parameters import services
from parameters.models import DisabledRule, LegalEntity, RetailParameters
from parameters.queries import changes_for_page, disabled_rules, settings_of
from parameters.rules.keys import KEYS
from parameters.services import CHANGED_MEANWHILE, save_retail_parameters, set_retail_parameters
from tests.core.files.loading import LEGAL_ENTITIES, load_good
from tests.oracle.commands import WRONG_USE, done, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def entity(tmp_path: Path) -> LegalEntity:
    load_good(tmp_path, "legal-entities", LEGAL_ENTITIES)
    return LegalEntity.objects.get()


def record() -> RetailParameters:
    return RetailParameters.objects.get()


def shown() -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in done("show_parameters").data["parameters"]}


def test_defaults_are_those_of_the_contract(entity: LegalEntity) -> None:
    values = {key: row["value"] for key, row in shown().items()}
    assert values == {
        "posting.use_default_batch_id": False,
        "posting.default_batch_id": "",
        "customer_orders.use_default_batch_id": False,
        "customer_orders.default_batch_id": "",
        "inventory.default_batch_scope": "all",
        "inventory.sellable_on_expiration_date": True,
        "inventory.use_batches_received_after_sale": False,
        "inventory.pay_debt_on_receipt": False,
        "inventory.payback_limit_quantity": None,
        "inventory.payback_limit_value": None,
        "inventory.payback_limit_days": None,
        "inventory.fallback_limit_quantity": None,
        "inventory.fallback_limit_value": None,
        "inventory.fallback_limit_share": None,
        "inventory.fallback_over_limit": "warn",
        "posting.aggregate_lines": True,
        "posting.max_lines_per_order": 1000,
        "posting.max_parallel_lanes": 16,
        "posting.max_lines_per_chunk": 28000,
        "posting.max_lines_per_chunk_with_orders": 5000,
        "posting.hold_failing_transactions": False,
        "statements.max_difference": "10.00",
        "statements.max_line_difference": None,
        "statements.max_shift_difference": None,
        "statements.disable_counting": False,
        "customer_orders.offer_pickup": True,
        "customer_orders.offer_ship": True,
        "customer_orders.offer_carry_out": True,
        "customer_orders.default_deposit_percent": "0.00",
        "customer_orders.cancellation_charge_percent": "0.00",
        "statements.late_documents": "period",
        "statements.model": "combined",
        "validation.days_ahead": 1,
        "validation.days_back": 3650,
        "validation.largest_quantity": "10000.0000",
        "validation.largest_amount": "1000000",
        "validation.disabled_rules": "",
    }
    assert settings_of([entity.pk])[entity.pk].posting_max_lines_per_order == 1000


def test_the_order_of_a_pair_does_not_matter(entity: LegalEntity) -> None:
    answer = done("set_parameters", "posting.use_default_batch_id=true", "posting.default_batch_id=DEF")
    assert {row["key"] for row in answer.data["changed"]} == {"posting.use_default_batch_id", "posting.default_batch_id"}
    assert (record().posting_default_batch_id, record().version) == ("DEF", 2)


def test_setting_the_same_again_changes_nothing(entity: LegalEntity) -> None:
    for _ in range(2):
        answer = done("set_parameters", "posting.max_lines_per_order=50")
    assert answer.data["changed"] == []
    assert record().version == 2
    assert RetailParameters.history.count() == 2


def test_show_says_who_changed_what_and_when(entity: LegalEntity) -> None:
    user = get_user_model().objects.create_user("anna")
    set_retail_parameters(["posting.max_lines_per_order=50"], None, "anna")
    done("set_parameters", "statements.max_difference=5", "--legal-entity", "LE")
    rows = shown()
    assert rows["posting.max_lines_per_order"]["changed_by"] == "anna"
    assert rows["posting.max_lines_per_order"]["changed_at"]
    assert rows["statements.max_difference"]["changed_by"].startswith("set_parameters (")
    assert rows["posting.aggregate_lines"]["changed_by"] == ""
    assert RetailParameters.history.filter(history_user=user).count() == 1
    assert [change.who for change in changes_for_page(entity.pk)][1] == "anna"


def test_rules_are_switched_off_and_on_by_the_command(entity: LegalEntity) -> None:
    """The list says exactly which rules are off; it is one of the parameters, with its history, and obeys what the page obeys."""
    answer = done("set_parameters", "validation.disabled_rules=H14, H06", "posting.max_lines_per_order=50")
    assert {row["key"]: row["value"] for row in answer.data["changed"]}["validation.disabled_rules"] == "H06,H14"
    assert shown()["validation.disabled_rules"]["value"] == "H06,H14"
    assert shown()["validation.disabled_rules"]["changed_by"].startswith("set_parameters (")
    assert done("set_parameters", "validation.disabled_rules=H06,H14").data["changed"] == []
    assert disabled_rules(entity.pk) == {"H06", "H14"}
    for wrong, code in (("H06,H99", "BAD_PARAMETER_VALUE"), ("H02", "RULE_ALWAYS_ON")):
        assert run("set_parameters", f"validation.disabled_rules={wrong}").data["problems"][0]["code"] == code
    assert disabled_rules(entity.pk) == {"H06", "H14"}
    assert done("set_parameters", "validation.disabled_rules=").data["changed"] == [{"key": "validation.disabled_rules", "value": ""}]
    assert disabled_rules(entity.pk) == frozenset()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nonsense=1"], "UNKNOWN_PARAMETER"), (["posting.aggregate_lines"], "PARAMETER_WITHOUT_VALUE"),
        (["posting.aggregate_lines=1"], "BAD_PARAMETER_VALUE"), ([], "PARAMETER_WITHOUT_VALUE"),
        (["posting.use_default_batch_id=true"], "DEFAULT_BATCH_NOT_SET"),
        (["posting.default_batch_id=" + "x" * 61], "BAD_PARAMETER_VALUE"), (["posting.default_batch_id=a\0b"], "BAD_PARAMETER_VALUE"),
        (["posting.max_lines_per_order=1e3"], "BAD_PARAMETER_VALUE"), (["statements.max_difference=\u0661"], "BAD_PARAMETER_VALUE"),
        (["statements.max_difference=0.0001"], "BAD_PARAMETER_VALUE"),
        (["customer_orders.default_deposit_percent=101"], "BAD_PARAMETER_VALUE"),
    ],
)  # fmt: skip
def test_wrong_use_is_answered_with_a_code_and_the_keys(entity: LegalEntity, words: list[str], code: str) -> None:
    answer = run("set_parameters", *words, "posting.max_parallel_lanes=3") if words else run("set_parameters")
    assert answer.status == WRONG_USE
    assert answer.data["problems"][0]["code"] == code
    assert code == "DEFAULT_BATCH_NOT_SET" or all(key.key in str(answer.data) for key in KEYS)
    assert record().version == 1


def test_a_legal_entity_is_needed(tmp_path: Path) -> None:
    assert run("set_parameters", "posting.aggregate_lines=true").data["problems"][0]["code"] == "UNKNOWN_LEGAL_ENTITY"
    assert run("show_parameters").status == WRONG_USE
    load_good(tmp_path, "legal-entities", LEGAL_ENTITIES + "LE2,,USD\n")
    assert run("set_parameters", "posting.aggregate_lines=true").data["problems"][0]["code"] == "LEGAL_ENTITY_NEEDED"
    assert run("show_parameters", "--legal-entity", "nope").data["problems"][0]["code"] == "UNKNOWN_LEGAL_ENTITY"
    assert done("show_parameters", "--legal-entity", "LE2").data["legal_entity"] == "LE2"


def test_a_page_that_is_too_late_changes_nothing(entity: LegalEntity) -> None:
    save_retail_parameters(entity.pk, {"posting_max_lines_per_order": 7}, 1, "anna", frozenset({"H03"}))
    for values, rules in (({"posting_max_lines_per_order": 8}, None), ({}, frozenset({"H04"}))):
        with pytest.raises(BusinessError) as refused:
            save_retail_parameters(entity.pk, values, 1, "ben", rules)
        assert refused.value.problems[0].code == CHANGED_MEANWHILE
    assert record().posting_max_lines_per_order == 7
    assert [rule.code for rule in DisabledRule.objects.all()] == ["H03"]


def test_rules_go_off_and_on_with_history(entity: LegalEntity) -> None:
    save_retail_parameters(entity.pk, {}, 1, "anna", frozenset({"H03", "B05"}))
    save_retail_parameters(entity.pk, {}, 2, "anna", frozenset({"B05"}))
    save_retail_parameters(entity.pk, {}, 3, "anna", frozenset({"B05"}))
    assert [rule.code for rule in DisabledRule.objects.all()] == ["B05"]
    assert record().version == 3, "the last save changed nothing"
    history = list(DisabledRule.history.order_by("history_id").values_list("code", "history_type"))
    assert history == [("B05", "+"), ("H03", "+"), ("H03", "-")]


def test_a_page_cannot_switch_on_without_a_value(entity: LegalEntity) -> None:
    with pytest.raises(BusinessError, match="DEFAULT_BATCH_NOT_SET"):
        save_retail_parameters(entity.pk, {"posting_use_default_batch_id": True}, 1, "anna")


@pytest.mark.django_db(transaction=True)
def test_a_page_that_saves_between_reading_and_writing_is_not_overwritten(entity: LegalEntity, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command reads, the page saves, the command's compare-and-set fails and it reads again."""
    store = services._store
    meanwhile = iter([True])

    def page() -> None:
        save_retail_parameters(entity.pk, {"posting_aggregate_lines": False}, 1, "anna")
        connection.close()

    def store_after_the_page(*arguments: Any, **options: Any) -> None:
        if next(meanwhile, False):
            saving = Thread(target=page)
            saving.start()
            saving.join()
        store(*arguments, **options)

    monkeypatch.setattr(services, "_store", store_after_the_page)
    set_retail_parameters(["posting.max_lines_per_order=7"], None, "ben")
    assert (record().posting_aggregate_lines, record().posting_max_lines_per_order, record().version) == (False, 7, 3)
