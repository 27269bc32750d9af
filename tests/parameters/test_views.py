"""The page of Retail parameters: made from the list of keys, saved by the service of `set_parameters`, nothing typed is lost."""

from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.text import slugify

from core.lib.problems import BusinessError
from core.masterdata.merge import sent_values
from parameters.forms import RULE_PREFIX, TABS, RetailParametersForm, as_typed, column_of, initial_values
from parameters.models import DisabledRule, LegalEntity, RetailParameters
from parameters.queries import validation_rules
from parameters.rules.keys import DISABLED_RULES, KEYS
from parameters.rules.settings import RetailSettings
from parameters.services import save_retail_parameters, set_retail_parameters
from tests.browser.world import make_company, make_people
from tests.core.access.people import make_person
from tests.factories import BatchDebtFactory, WarehouseFactory
from tests.oracle.commands import done, run

pytestmark = pytest.mark.django_db
PAGE = "/parameters/retail/"
HISTORY = f"{PAGE}history/"
NOTE = "/inventory/default-batch-note/"
RESTORE = f"{PAGE}restore/"


@pytest.fixture
def company() -> LegalEntity:
    return make_company()


@pytest.fixture
def people() -> tuple[User, User]:
    return make_people()


@pytest.fixture
def signed_in(client: Client, people: tuple[User, User], company: LegalEntity) -> Client:
    client.force_login(people[0])
    return client


def record() -> RetailParameters:
    return RetailParameters.objects.get()


def typed(**changes: str) -> dict[str, str]:
    """What the browser sends for the stored record with some fields changed; a switch that is off is not sent."""
    rules = validation_rules()
    shown = initial_values(record(), rules, frozenset(DisabledRule.objects.values_list("code", flat=True)))
    return {name: value for name, value in (as_typed(shown) | changes).items() if value != "off"}


def test_keys_columns_and_form_fields_are_the_same_in_all_directions(company: LegalEntity) -> None:
    """Commands, the table, the frozen settings and the form: none has a parameter that another lacks."""
    form = RetailParametersForm(rules=(), active_tab="", may_change=True)
    in_form = set(form.fields) - {"version", "company", "confirmed", "opened"}
    in_table = {column.name for column in RetailParameters._meta.concrete_fields} - {"id", "legal_entity", "version"}
    by_key = {key.field for key in KEYS}

    assert in_form == in_table == by_key
    assert len(by_key) == len(KEYS) == len({key.key for key in KEYS})
    assert all(key.key.replace(".", "_") == key.field for key in KEYS)
    assert {field.name for field in fields(RetailSettings)} - {"legal_entity_id"} <= by_key
    assert set(done("show_parameters").data["parameters"][0]) == {"key", "value", "changed_by", "changed_at"}
    assert {row["key"] for row in done("show_parameters").data["parameters"]} == {*(key.key for key in KEYS), DISABLED_RULES}
    for key in KEYS:
        answer = run("set_parameters", key.key)
        assert answer.data["problems"][0]["code"] == "PARAMETER_WITHOUT_VALUE", "the command knows it, and says what is missing"
        assert form.fields[key.field].help_text == key.effect
        assert form.fields[key.field].label == column_of(key).verbose_name


def test_every_key_stands_on_its_tab_and_fast_tab(signed_in: Client) -> None:
    page = signed_in.get(PAGE).content.decode()

    for key in KEYS:
        start = page.index(f'id="{slugify(f"fast {key.tab} {key.fast_tab}")}"')
        assert page.index(f'name="{key.field}"') > start, key.key
        assert key.tab in TABS
    for name in TABS:
        assert page.count(f'data-bs-target="#tab-{slugify(name)}"') == 1


def test_saves_what_set_parameters_would_save(signed_in: Client, company: LegalEntity) -> None:
    answer = signed_in.post(PAGE, typed(posting_use_default_batch_id="on", posting_default_batch_id="DEF", statements_max_difference="2.5"))
    assert answer.status_code == 302
    by_page = {key.field: getattr(record(), key.field) for key in KEYS}

    assert set_retail_parameters(["posting.default_batch_id=DEF", "statements.max_difference=2.50"], None, "maria") == {}
    assert (by_page["posting_use_default_batch_id"], by_page["posting_default_batch_id"]) == (True, "DEF")


def test_switch_without_value_is_an_error_at_the_field(signed_in: Client) -> None:
    answer = signed_in.post(PAGE, typed(posting_use_default_batch_id="on", posting_max_lines_per_order="77"))
    page = answer.content.decode()

    assert answer.status_code == 422
    assert '<a href="#id_posting_default_batch_id">' in page
    assert 'href="#id_customer_orders_default_batch_id"' not in page
    assert 'value="77"' in page, "what was typed is still there"
    assert record().posting_max_lines_per_order == 1000


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("posting_max_lines_per_order", "0"),
        ("posting_max_parallel_lanes", "many"),
        ("posting_max_lines_per_chunk", "0"),
        ("posting_max_lines_per_chunk_with_orders", "1000001"),
        ("statements_max_difference", "1.234"),
        ("customer_orders_default_deposit_percent", "101"),
        ("inventory_default_batch_scope", "some"),
        ("posting_default_batch_id", "x" * 61),
    ],
)
def test_bad_value_is_refused_with_what_is_allowed(signed_in: Client, field: str, text: str) -> None:
    answer = signed_in.post(PAGE, typed(**{field: text}))

    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert text in answer.content.decode()


def test_concurrent_edit_shows_both_versions_and_keeps_what_was_typed(signed_in: Client, company: LegalEntity) -> None:
    mine = typed(posting_use_default_batch_id="on", posting_default_batch_id="MINE")
    save_retail_parameters(company.pk, {"posting_default_batch_id": "THEIRS"}, record().version, "theo")

    answer = signed_in.post(PAGE, mine)
    page = answer.content.decode()

    assert answer.status_code == 409
    assert "THEIRS" in page
    assert 'value="MINE"' in page
    assert "theo" in page
    assert record().posting_default_batch_id == "THEIRS"

    again = signed_in.post(PAGE, mine | {"version": str(record().version)})
    assert again.status_code == 302
    assert record().posting_default_batch_id == "MINE"


def opened(client: Client) -> dict[str, str]:
    """What the browser sends of the form as the page shows it."""
    form = client.get(PAGE).context["form"]
    return sent_values(form) | {"opened": form["opened"].value()}


def test_a_concurrent_edit_keeps_what_one_never_touched(signed_in: Client, company: LegalEntity) -> None:
    """Two people change two things: neither overwrites the other's, and only own changes are shown as such (C14)."""
    mine = opened(signed_in) | {"posting_default_batch_id": "MINE", "posting_use_default_batch_id": "on"}
    theirs: dict[str, bool | int | str | Decimal | None] = {"statements_max_difference": Decimal(12), "posting_aggregate_lines": False}
    save_retail_parameters(company.pk, theirs, record().version, "theo", frozenset({"H14"}))
    answer = signed_in.post(PAGE, mine)
    assert answer.status_code == 409
    assert {field for field, *_ in answer.context["conflict"]} == {"posting_default_batch_id", "posting_use_default_batch_id"}
    form = answer.context["form"]
    again = signed_in.post(PAGE, sent_values(form) | {"opened": form["opened"].value()})
    assert again.status_code == 302
    kept = record()
    assert (kept.posting_default_batch_id, kept.statements_max_difference, kept.posting_aggregate_lines) == ("MINE", Decimal(12), False)
    assert set(DisabledRule.objects.values_list("code", flat=True)) == {"H14"}


def test_a_value_that_both_changed_is_decided_by_who_saves_last(signed_in: Client, company: LegalEntity) -> None:
    mine = opened(signed_in) | {"posting_max_lines_per_order": "77"}
    save_retail_parameters(company.pk, {"posting_max_lines_per_order": 88}, record().version, "theo")
    answer = signed_in.post(PAGE, mine)
    assert [row[0::2] for row in answer.context["conflict"]] == [("posting_max_lines_per_order", "77")]
    form = answer.context["form"]
    assert signed_in.post(PAGE, sent_values(form) | {"opened": form["opened"].value()}).status_code == 302
    assert record().posting_max_lines_per_order == 77


# -- the note beside a default batch id ------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "de"])
def test_who_may_only_look_reads_what_is_stored(client: Client, company: LegalEntity, language: str) -> None:
    """A browser sends nothing of fields that are switched off (C8)."""
    save_retail_parameters(company.pk, {"posting_use_default_batch_id": True, "posting_default_batch_id": "DEF"}, record().version, "theo")
    client.force_login(make_person("ada", "auditor"))
    headers = {"accept-language": language}
    note = client.get(NOTE, {"path": "posting", "company": company.code}, headers=headers).content.decode()
    assert "DEF" in note
    assert not any(words in note for words in ("Blank:", "not used while", "nicht verwendet", "Leer:"))
    page = client.get(PAGE).content.decode()
    assert f'"company": "{company.code}"' in page, "the note asks about the company of the page"


def test_the_note_counts_debt_of_the_company_of_the_page(signed_in: Client, company: LegalEntity) -> None:
    """Debt of another company is none of it (C9)."""
    warehouse = WarehouseFactory.create(legal_entity=make_company("TWO", "Two"))
    debt = BatchDebtFactory.create(warehouse=warehouse)
    asked = {"path": "posting", "posting_default_batch_id": debt.batch.number, "posting_use_default_batch_id": "on"}
    assert "Open batch debt on it" in signed_in.get(NOTE, asked | {"company": "TWO"}).content.decode()
    assert "No open batch debt on it." in signed_in.get(NOTE, asked | {"company": company.code}).content.decode()


def test_rules_are_switched_off_and_on_with_history(signed_in: Client) -> None:
    assert signed_in.post(PAGE, typed(**{f"{RULE_PREFIX}H14": "off"})).status_code == 302
    assert set(DisabledRule.objects.values_list("code", flat=True)) == {"H14"}
    assert signed_in.post(PAGE, typed(**{f"{RULE_PREFIX}H14": "on"})).status_code == 302
    assert not DisabledRule.objects.exists()

    changes = signed_in.get(HISTORY).context["changes"]
    assert [(change["what"], change["before"], change["after"]) for change in changes] == [
        ("Transaction validation > H14", "Off", "On"),
        ("Transaction validation > H14", "On", "Off"),
    ]


ALWAYS_ON = sorted(rule.code for rule in validation_rules() if rule.always_on)


def test_currency_and_company_are_among_the_rules_that_stay_on() -> None:
    assert {"CURRENCY_MISMATCH", "OTHER_COMPANY", "L04", "L13", "L14", "L16", "L17", "B01"} <= set(ALWAYS_ON)


@pytest.mark.parametrize("code", ALWAYS_ON)
def test_a_rule_that_posting_relies_on_is_switched_off_by_no_door(signed_in: Client, company: LegalEntity, code: str) -> None:
    """Page, service and command; no file and no parameter names a rule."""
    before = record()
    assert signed_in.post(PAGE, typed(**{f"{RULE_PREFIX}{code}": "off"})).status_code == 302
    with pytest.raises(BusinessError) as refusal:
        save_retail_parameters(company.pk, {}, record().version, "ada", {code, "H14"})
    assert [problem.code for problem in refusal.value.problems] == ["RULE_ALWAYS_ON"]
    assert run("set_parameters", f"{code}=false").codes == {"UNKNOWN_PARAMETER"}
    assert not DisabledRule.objects.exists()
    assert record().version == before.version


def test_history_says_who_changed_what_from_and_to(signed_in: Client) -> None:
    signed_in.post(PAGE, typed(customer_orders_use_default_batch_id="on", customer_orders_default_batch_id="CO-DEF"))

    changes = signed_in.get("/parameters/retail/history/").context["changes"]

    assert {(change["who"], change["what"], change["before"], change["after"]) for change in changes} == {
        ("maria", "Customer orders > Order > Use default batch id", "Off", "On"),
        ("maria", "Customer orders > Order > Default batch id", "blank", "CO-DEF"),
    }


def restore(client: Client, row: dict[str, str]) -> Any:
    return client.post(RESTORE, {"company": "USMF", "change": row["change_id"], "field": row["name"]})


def test_history_of_one_field(signed_in: Client) -> None:
    signed_in.post(PAGE, typed(posting_max_lines_per_order="50", **{f"{RULE_PREFIX}H14": "off"}))
    signed_in.post(PAGE, typed(posting_max_parallel_lanes="3"))

    def what(query: str) -> list[str]:
        return [change["name"] for change in signed_in.get(f"{HISTORY}?{query}").context["changes"]]

    assert sorted(what("")) == ["posting_max_lines_per_order", "posting_max_parallel_lanes", "rule_H14"]
    assert what("field=posting_max_lines_per_order") == ["posting_max_lines_per_order"]
    assert what("field=rule_H14") == ["rule_H14"]
    assert what("field=posting_aggregate_lines") == []
    assert len(what("field=nonsense%00")) == 3


def test_one_value_is_restored_and_what_came_later_stays(signed_in: Client) -> None:
    signed_in.post(PAGE, typed(posting_max_lines_per_order="50", **{f"{RULE_PREFIX}H14": "off"}))
    signed_in.post(PAGE, typed(posting_max_parallel_lanes="3"))
    rows = {row["name"]: row for row in signed_in.get(HISTORY).context["changes"]}

    assert restore(signed_in, rows["posting_max_lines_per_order"]).status_code == 302
    assert (record().posting_max_lines_per_order, record().posting_max_parallel_lanes) == (1000, 3)
    assert DisabledRule.objects.exists()
    assert restore(signed_in, rows["rule_H14"]).status_code == 302
    assert not DisabledRule.objects.exists()
    before = record().version
    assert restore(signed_in, rows["rule_H14"]).status_code == 302, "a second click finds the value there"
    assert record().version == before
    assert signed_in.get(HISTORY).context["changes"][0]["who"] == "maria"


def test_restoring_obeys_the_rules_of_the_form(signed_in: Client) -> None:
    signed_in.post(PAGE, typed(posting_default_batch_id="DEF"))
    signed_in.post(PAGE, typed(posting_use_default_batch_id="on"))
    row = next(row for row in signed_in.get(HISTORY).context["changes"] if row["name"] == "posting_default_batch_id")

    answer = restore(signed_in, row)

    assert answer.status_code == 422
    assert answer.context["form"].errors["posting_default_batch_id"]
    assert record().posting_default_batch_id == "DEF"


@pytest.mark.parametrize(("change", "field"), [("", ""), ("p1x", "a"), ("p999999999999999999", "statements_max_difference"), ("r1", "\0")])
def test_a_change_that_is_not_there_cannot_be_restored(signed_in: Client, change: str, field: str) -> None:
    assert signed_in.post(RESTORE, {"company": "USMF", "change": change, "field": field}).status_code == 404


def test_a_change_of_another_company_cannot_be_restored(signed_in: Client) -> None:
    signed_in.post(PAGE, typed(posting_max_lines_per_order="50"))
    row = signed_in.get(HISTORY).context["changes"][0]
    make_company("FRMF", "Marché Vert")

    assert signed_in.post(RESTORE, {"company": "FRMF", "change": row["change_id"], "field": row["name"]}).status_code == 404


def test_restoring_needs_the_right_to_change(client: Client, people: tuple[User, User], company: LegalEntity) -> None:
    set_retail_parameters(["posting.max_lines_per_order=50"], None, "maria")
    client.force_login(people[1])

    row = client.get(HISTORY).context["changes"][0]
    assert "Restore 1" not in client.get(HISTORY).content.decode()
    assert restore(client, row).status_code == 403
    assert record().posting_max_lines_per_order == 50


def test_one_record_per_company(signed_in: Client) -> None:
    other = make_company("FRMF", "Marché Vert")

    assert "Marché Vert" in signed_in.get(f"{PAGE}?company=FRMF").content.decode()
    data = {**typed_for(other), "posting_default_batch_id": "FR-DEF"}
    assert signed_in.post(PAGE, data).status_code == 302
    assert dict(RetailParameters.objects.values_list("legal_entity__code", "posting_default_batch_id")) == {"USMF": "", "FRMF": "FR-DEF"}
    assert signed_in.post(PAGE, {**data, "company": "NONE"}).status_code == 404


def typed_for(company: LegalEntity) -> dict[str, str]:
    return as_typed(initial_values(RetailParameters.objects.get(legal_entity=company), validation_rules(), frozenset()))


def test_looking_is_allowed_changing_is_not(client: Client, people: tuple[User, User], company: LegalEntity) -> None:
    client.force_login(people[1])

    page = client.get(PAGE).content.decode()
    client.post(PAGE, typed(posting_default_batch_id="SNEAKED"))

    assert "You may look, but not change" in page
    assert record().posting_default_batch_id == ""


def test_without_a_company_the_page_says_what_to_do(client: Client, people: tuple[User, User]) -> None:
    client.force_login(people[0])

    assert "import_data legal-entities" in client.get(PAGE).content.decode()


def test_fast_tabs_lead_to_what_is_kept_in_setup(signed_in: Client) -> None:
    for address, link in {
        "/ledger/posting-accounts/?part=invoice": "/setup/posting-profiles/",
        "/inventory/policies/": "/setup/item-model-groups/",
        "/inventory/policies/?part=warehouses": "/setup/warehouses/",
        f"{PAGE}?tab=number-sequences": "/setup/number-sequences/",
    }.items():
        assert f'href="{link}"' in signed_in.get(address).content.decode(), address
        assert signed_in.get(link).status_code == 200
