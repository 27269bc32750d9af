"""Hostile values in every field of every form: an error at the field, what was typed kept, nothing saved, never a 500."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django import forms
from django.db.models import Model
from django.test import Client

from core.masterdata.fields import Choice, CodeOf, RuleField
from core.masterdata.forms import MasterDataForm
from core.masterdata.merge import OPENED
from orders.models import PaymentMethod
from retailhq.setup.masters import RECORDS
from tests.core.access.people import make_person
from tests.core.masterdata.test_pages import typed
from tests.core.masterdata.world import World, make_world, new_values
from tests.shared import make_once

pytestmark = pytest.mark.django_db
LONG = "x" * 5000
# What no field takes, and what only texts take.
NEVER = ("\x00", "a\x00b", "\x1b[2J", LONG)
NOT_A_NUMBER = (
    "1e999",
    "NaN",
    "Infinity",
    "-1",
    "1,5",
    "0x10",
    "\N{ARABIC-INDIC DIGIT ONE}",
    "9" * 30,
    "<script>alert(1)</script>",
    "' OR 1=1 --",
)
NOT_A_CHOICE = ("999999999999999999999999", "-1", "0", "NaN", "<script>alert(1)</script>", "' OR 1=1 --", "no-such")
NOT_A_DATE = ("2031-02-30", "0001-01-01", "9999-12-31", "31.12.2031", "NaN", "2031-13-01", "now", "<script>")
NOT_A_TIME = ("24:00", "4", "25:61", "NaN", "noon")
# Texts that are odd but harmless: they are kept as they are.
HARMLESS = ("<script>alert(1)</script>", "' OR 1=1 --", "{{ 7*7 }}", "%s%n", "\N{SNOWMAN}", "=1+1")
NUMBERS = {"header_row", "shelf_life_days", "standard_cost", "factor", "denominator", "rounding_limit", "credit_limit", "next_number"}
DATES = {"starts_on", "ends_on"}
QUERIES = ("?q=%00", "?q=" + "x" * 3000, "?state=%00", "?state=maybe", "?sort=--code", "?after=junk", "?before=%ff", "?columns=,,")
TEXTS = {"code", "name", "number", "payment_method", "email", "phone", "address", "sheet", "mapping", "barcode"}


def bad_values(slug: str, name: str, field: forms.Field) -> Iterator[str]:
    """Values that the field must refuse. A switch knows only on and off, so it refuses nothing."""
    if isinstance(field, forms.BooleanField):
        return
    yield from NEVER
    if field.required:
        yield ""
        yield "   "
    if isinstance(field, Choice | CodeOf | forms.ChoiceField) or name in ("currency", "time_zone"):
        yield from NOT_A_CHOICE
    elif name in NUMBERS:
        yield from NOT_A_NUMBER
    elif name in DATES:
        yield from NOT_A_DATE
    elif name == "end_of_business_day":
        yield from NOT_A_TIME
    else:
        assert name in TEXTS, f"say what {name} of {slug} must refuse"


def fields_of(slug: str) -> list[tuple[str, forms.Field]]:
    """The fields that people fill; what the form remembers of its opening takes anything (tested by itself below)."""
    return [(name, field) for name, field in RECORDS[slug].form.base_fields.items() if name not in ("seen", OPENED)]


def make_world_with_odd_payments() -> World:
    PaymentMethod.objects.create(code="odd", name="Odd")
    return make_world()


made_world = make_once(make_world_with_odd_payments)


@pytest.fixture
def world(client: Client, made_world: World, db: None) -> World:
    client.force_login(make_person("ada", "administrator"))
    return deepcopy(made_world)


def count(slug: str) -> int:
    return RECORDS[slug].model._default_manager.count()


def refused(answer: Any, name: str, value: str) -> None:
    form: MasterDataForm = answer.context["form"]
    assert answer.status_code == 422, f"{name} took {value[:40]!r}"
    assert name in form.errors, f"{name} = {value[:40]!r}: {form.errors.as_data()}"
    assert form[name].value() == value


def form_of(slug: str, values: dict[str, Any], row: Model, company_id: int) -> MasterDataForm:
    record = RECORDS[slug]
    return record.form(values, instance=row, record=record, company_id=company_id, may_save=True)


def rounds(slug: str, names: list[str]) -> Iterator[dict[str, str]]:
    """The worst for all fields at once: a few whole forms to send."""
    fields = dict(fields_of(slug))
    lists = {name: list(bad_values(slug, name, fields[name])) for name in names}
    for place in (0, 3, -1):
        yield {name: values[place] for name, values in lists.items() if values}


@pytest.mark.parametrize("slug", sorted(slug for slug, record in RECORDS.items() if record.may_add))
def test_new_rows_refuse_it(client: Client, world: World, slug: str) -> None:
    values, before, record = new_values(world)[slug], count(slug), RECORDS[slug]
    for name, field in fields_of(slug):
        for bad in bad_values(slug, name, field):
            row = record.model(**({"legal_entity": world.company} if record.owned else {}))
            form = form_of(slug, {**values, name: bad}, row, world.company.pk)
            assert name in form.errors, f"{name} took {bad[:40]!r}"
            assert form[name].value() == bad
    for sent in rounds(slug, [name for name, _ in fields_of(slug)]):
        answer = client.post(f"/setup/{slug}/new/", {**values, **sent})
        for name, bad in sent.items():
            refused(answer, name, bad)
    assert count(slug) == before


@pytest.mark.parametrize("slug", sorted(RECORDS))
def test_changes_refuse_it(client: Client, world: World, slug: str) -> None:
    record, row = RECORDS[slug], world.rows[slug]
    address = record.address("edit", row)
    values = typed(client, address)
    before = record.model._default_manager.filter(pk=row.pk).values().get()
    for sent in rounds(slug, [name for name, _ in fields_of(slug) if name not in record.form.fixed]):
        answer = client.post(address, {**values, **sent})
        for name, bad in sent.items():
            refused(answer, name, bad)
    assert record.model._default_manager.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize(
    ("slug", "name", "foreign"),
    [
        ("warehouses", "site", "sites"),
        ("stores", "warehouse", "warehouses"),
        ("terminals", "store", "stores"),
        ("posting-profiles", "account", "accounts"),
    ],
)
def test_rows_of_another_company_are_no_choice(client: Client, world: World, slug: str, name: str, foreign: str) -> None:
    bad = str(world.foreign[foreign].pk)
    before = count(slug)
    refused(client.post(f"/setup/{slug}/new/", {**new_values(world)[slug], name: bad}), name, bad)
    assert count(slug) == before


@pytest.mark.parametrize("text", HARMLESS)
def test_odd_texts_are_kept_and_shown_as_text(client: Client, world: World, text: str) -> None:
    answer = client.post("/setup/customers/new/", {"code": text, "name": text})
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "<script>alert" not in page
    listed = client.get("/setup/customers/")
    assert listed.status_code == 200
    assert "<script>alert" not in listed.content.decode()


@pytest.mark.parametrize("slug", sorted(RECORDS))
def test_fixed_fields_cannot_be_sent(client: Client, world: World, slug: str) -> None:
    record, row = RECORDS[slug], world.rows[slug]
    if any(column.name == "name" for column in record.model._meta.concrete_fields):
        # A blank name would become the code.
        record.model._default_manager.filter(pk=row.pk).update(name="Known")
    before = record.model._default_manager.filter(pk=row.pk).values().get()
    address = record.address("edit", row)
    sent = {name: "HACKED" for name in record.form.fixed}
    extra = {"id": "1", "is_active": "", "legal_entity": world.other.pk, "legal_entity_id": world.other.pk}
    assert client.post(address, {**typed(client, address), **sent, **extra}).status_code == 302
    assert record.model._default_manager.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize("slug", sorted(RECORDS))
def test_lists_take_any_query(client: Client, world: World, slug: str) -> None:
    for query in QUERIES:
        assert client.get(RECORDS[slug].address("list") + query).status_code == 200, query


@pytest.mark.parametrize("sent", [{"active": "\x00"}, {"active": ""}, {}, {"active": "maybe"}, {"active": "yes" * 100}])
def test_the_switch_knows_two_positions(client: Client, world: World, sent: dict[str, str]) -> None:
    assert client.post(RECORDS["items"].address("switch", world.rows["items"]), sent).status_code == 404


@pytest.mark.parametrize("opened", ["\x00", LONG, "{", "[1]", "7", '{"name": {}}', '{"name": 1}', "[" * 100_000, "9" * 5000])
def test_a_form_that_remembers_nonsense_is_as_typed(client: Client, world: World, opened: str) -> None:
    address = RECORDS["customers"].address("edit", world.rows["customers"])
    answer = client.post(address, {**typed(client, address), "name": "Typed", OPENED: opened})
    assert answer.status_code == 302
    world.rows["customers"].refresh_from_db()
    assert world.rows["customers"].name == "Typed"  # type: ignore[attr-defined]


def test_all_kinds_of_fields_are_known() -> None:
    kinds = {type(field).__name__ for slug in RECORDS for _, field in fields_of(slug)}
    assert kinds == {"BooleanField", "Choice", "ChoiceField", "CodeOf", "CurrencyField", "RuleField", "TypedChoiceField"}
    assert issubclass(RuleField, forms.CharField)
