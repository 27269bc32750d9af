"""The page of Retail parameters: made from the list of keys, saved by the service of `set_parameters`, nothing typed is lost."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.text import slugify

from parameters.forms import RULE_PREFIX, TABS, RetailParametersForm, initial_values
from parameters.models import DisabledRule, LegalEntity, RetailParameters
from parameters.queries import validation_rules
from parameters.rules.keys import KEYS
from parameters.services import save_retail_parameters, set_retail_parameters
from tests.browser.world import make_company, make_people

pytestmark = pytest.mark.django_db
PAGE = "/parameters/retail/"


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
    sent = {name: "on" if value is True else str(value) for name, value in shown.items() if value is not False}
    return {name: value for name, value in (sent | changes).items() if value != "off"}


def test_form_has_exactly_the_keys(company: LegalEntity) -> None:
    form = RetailParametersForm(rules=(), active_tab="", may_change=True)

    assert set(form.fields) - {"version", "company"} == {key.field for key in KEYS}
    assert all(form.fields[key.field].help_text == key.effect for key in KEYS)


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


def test_rules_are_switched_off_and_on_with_history(signed_in: Client) -> None:
    assert signed_in.post(PAGE, typed(**{f"{RULE_PREFIX}H14": "off"})).status_code == 302
    assert set(DisabledRule.objects.values_list("code", flat=True)) == {"H14"}
    assert signed_in.post(PAGE, typed(**{f"{RULE_PREFIX}H14": "on"})).status_code == 302
    assert not DisabledRule.objects.exists()

    page = signed_in.get("/parameters/retail/history/").content.decode()
    assert page.count("Transaction validation &gt; H14") == 2


def test_history_says_who_changed_what_from_and_to(signed_in: Client) -> None:
    signed_in.post(PAGE, typed(customer_orders_use_default_batch_id="on", customer_orders_default_batch_id="CO-DEF"))

    changes = signed_in.get("/parameters/retail/history/").context["changes"]

    assert {(change["who"], change["field"], change["before"], change["after"]) for change in changes} == {
        ("maria", "Customer orders > Order > Use default batch id", "Off", "On"),
        ("maria", "Customer orders > Order > Default batch id", "blank", "CO-DEF"),
    }


def test_one_record_per_company(signed_in: Client) -> None:
    other = make_company("FRMF", "Marché Vert")

    assert "Marché Vert" in signed_in.get(f"{PAGE}?company=FRMF").content.decode()
    data = {**typed_for(other), "posting_default_batch_id": "FR-DEF"}
    assert signed_in.post(PAGE, data).status_code == 302
    assert dict(RetailParameters.objects.values_list("legal_entity__code", "posting_default_batch_id")) == {"USMF": "", "FRMF": "FR-DEF"}
    assert signed_in.post(PAGE, {**data, "company": "NONE"}).status_code == 404


def typed_for(company: LegalEntity) -> dict[str, str]:
    shown = initial_values(RetailParameters.objects.get(legal_entity=company), validation_rules(), frozenset())
    return {name: "on" if value is True else str(value) for name, value in shown.items() if value is not False}


def test_looking_is_allowed_changing_is_not(client: Client, people: tuple[User, User], company: LegalEntity) -> None:
    client.force_login(people[1])

    page = client.get(PAGE).content.decode()
    client.post(PAGE, typed(posting_default_batch_id="SNEAKED"))

    assert "You may look, but not change" in page
    assert record().posting_default_batch_id == ""


def test_without_a_company_the_page_says_what_to_do(client: Client, people: tuple[User, User]) -> None:
    client.force_login(people[0])

    assert "import_data legal-entities" in client.get(PAGE).content.decode()
