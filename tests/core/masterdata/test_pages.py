"""Every page of every master: opens, makes, changes, switches, shows its history, keeps to the company and to the rights."""

from copy import deepcopy
from typing import Any

import pytest
from django.test import Client

from core.masterdata.services import version_of
from orders.models import PaymentMethod
from parameters.models import RetailParameters
from retailhq.setup.masters import RECORDS
from tests.core.access.people import make_person
from tests.core.masterdata.world import World, make_world, new_values
from tests.shared import make_once

pytestmark = pytest.mark.django_db
NOUNS = sorted(RECORDS)
FOREIGN = ("accounts", "fiscal-periods", "posting-profiles", "sites", "stores", "terminals", "warehouses")
MADE = sorted(slug for slug, record in RECORDS.items() if record.may_add)


def make_world_with_odd_payments() -> World:
    PaymentMethod.objects.create(code="odd", name="Odd")
    return make_world()


made_world = make_once(make_world_with_odd_payments)


@pytest.fixture
def world(client: Client, made_world: World, db: None) -> World:
    client.force_login(make_person("ada", "administrator"))
    return deepcopy(made_world)


def typed(client: Client, address: str) -> dict[str, Any]:
    """What the form sends back when nothing was touched."""
    form = client.get(address).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: getattr(value, "pk", value) for name, value in values.items() if value not in (None, False)}


def test_index_counts_all_masters(client: Client, world: World) -> None:
    page = client.get("/setup/")
    assert page.status_code == 200
    counted = {master.record.slug: master.active for group in page.context["groups"] for master in group.masters}
    assert set(counted) == set(RECORDS)
    assert counted["warehouses"] == 1
    assert counted["legal-entities"] == 2


@pytest.mark.parametrize("slug", NOUNS)
def test_pages_open(client: Client, world: World, slug: str) -> None:
    record, row = RECORDS[slug], world.rows[slug]
    for page in ("edit", "history"):
        assert client.get(record.address(page, row)).status_code == 200, page
    listed = client.get(record.address("list"))
    assert listed.status_code == 200
    assert record.address("edit", row) in listed.content.decode()
    assert client.get(f"/setup/{slug}/new/").status_code == (200 if record.may_add else 404)


@pytest.mark.parametrize("slug", MADE)
def test_a_row_is_made_changed_and_remembered(client: Client, world: World, slug: str) -> None:
    record = RECORDS[slug]
    before = set(record.model._default_manager.values_list("pk", flat=True))
    answer = client.post(f"/setup/{slug}/new/", new_values(world)[slug])
    assert answer.status_code == 302, answer.context["form"].problems
    (row,) = record.model._default_manager.exclude(pk__in=before)
    address = record.address("edit", row)
    assert answer["Location"] == address
    values = typed(client, address)
    changed = next(name for name in ("name", "factor", "account", "ends_on") if name in values)
    other = {"name": "Changed", "factor": "7", "ends_on": "2031-01-30"}.get(changed) or world.rows["accounts"].pk + 1
    answer = client.post(address, {**values, changed: other})
    assert answer.status_code == 302, answer.context["form"].problems
    row.refresh_from_db()
    history = client.get(record.address("history", row)).context["changes"]
    assert [change.who for change in history] == ["ada", "ada"]
    assert history[0].after in ("Changed", "7", "1020") or changed == "ends_on"
    assert history[1].what == "Made"


@pytest.mark.parametrize("slug", [slug for slug in NOUNS if RECORDS[slug].can_deactivate])
def test_a_row_is_switched_off_and_on(client: Client, world: World, slug: str) -> None:
    record, row = RECORDS[slug], world.rows[slug]
    for active, wanted in (("no", False), ("yes", True)):
        answer = client.post(record.address("switch", row), {"active": active})
        if answer.status_code == 409:
            answer = client.post(record.address("switch", row), {"active": active, "agreed": answer.context["unconfirmed"].token})
        assert answer.status_code == 302
        row.refresh_from_db()
        assert row.is_active is wanted  # type: ignore[attr-defined]
    whats = [change.what for change in client.get(record.address("history", row)).context["changes"]]
    assert whats[:2] == ["Active", "Active"]


def test_a_new_company_can_post_at_once(client: Client, world: World) -> None:
    client.post("/setup/legal-entities/new/", {"code": "C3", "name": "", "currency": "SEK"})
    company = RECORDS["legal-entities"].model._default_manager.get(code="C3")
    assert str(company.name) == "C3"  # type: ignore[attr-defined]
    assert RetailParameters.objects.filter(legal_entity=company.pk).exists()
    assert company.postingprofile_set.exists()  # type: ignore[attr-defined]


@pytest.mark.parametrize("slug", FOREIGN)
def test_rows_of_another_company_are_not_there(client: Client, world: World, slug: str) -> None:
    client.force_login(make_person("uma", "administrator", stores=[world.rows["stores"]]))  # type: ignore[list-item]
    record, row = RECORDS[slug], world.foreign[slug]
    assert client.get(record.address("edit", world.rows[slug])).status_code == 200
    assert client.get(record.address("edit", row)).status_code == 404
    assert client.get(record.address("history", row)).status_code == 404
    assert client.post(record.address("edit", row), {"seen": version_of(row)}).status_code == 404
    assert client.post(record.address("switch", row), {"active": "no"}).status_code == 404
    assert record.address("edit", row) not in client.get(record.address("list")).content.decode()


@pytest.mark.parametrize("slug", FOREIGN)
@pytest.mark.parametrize("page", ["edit", "history"])
def test_rows_of_another_company_that_one_sees_open_there(client: Client, world: World, slug: str, page: str) -> None:
    record, row = RECORDS[slug], world.foreign[slug]
    assert client.post(record.address("edit", row), {"seen": version_of(row)}).status_code == 404
    assert client.post(record.address("switch", row), {"active": "no"}).status_code == 404
    assert record.address("edit", row) not in client.get(record.address("list")).content.decode()
    assert client.session.get("company") != world.other.code
    answer = client.get(record.address(page, row), follow=True)
    assert answer.redirect_chain == [(record.address(page, row), 302)]
    assert answer.status_code == 200
    assert client.session["company"] == world.other.code


@pytest.mark.parametrize("slug", NOUNS)
def test_an_auditor_may_look_only(client: Client, world: World, slug: str) -> None:
    client.force_login(make_person("otto", "auditor"))
    record, row = RECORDS[slug], world.rows[slug]
    assert client.get(record.address("edit", row)).status_code == 200
    assert client.get(record.address("history", row)).status_code == 200
    assert client.post(record.address("edit", row), typed(client, record.address("edit", row))).status_code == 403
    assert client.post(record.address("switch", row), {"active": "no"}).status_code == 403
    assert client.get(f"/setup/{slug}/new/").status_code == 403


@pytest.mark.parametrize("slug", NOUNS)
def test_unknown_keys_are_not_found(client: Client, world: World, slug: str) -> None:
    for key in ("0", "999999999999999999999999", "_00", "abc", "_2F", "%00", "-1"):
        for page in ("edit", "history"):
            assert client.get(f"/setup/{slug}/{key}/{page}/").status_code == 404, key
        assert client.post(f"/setup/{slug}/{key}/active/", {"active": "no"}).status_code == 404, key
