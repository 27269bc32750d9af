"""The page of a batch: its dates and its disposition, with what that means for stock."""

from copy import deepcopy
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from core.ui.templatetags.page import form_problems
from inventory.models import Batch, OnHand
from tests.core.access.people import make_person
from tests.core.masterdata.test_pages import typed
from tests.core.masterdata.world import World, make_world
from tests.shared import make_once

pytestmark = pytest.mark.django_db


made_world = make_once(make_world)


@pytest.fixture
def world(client: Client, made_world: World, db: None) -> World:
    client.force_login(make_person("ada", "inventory_controller"))
    return deepcopy(made_world)


def test_a_batch_gets_dates_and_remembers_who_gave_them(client: Client, world: World) -> None:
    batch = Batch.objects.get(item=world.item)
    address = reverse("inventory:batch_edit", args=[batch.pk])
    values = typed(client, address)
    answer = client.post(address, {**values, "manufactured_on": "2024-05-02", "expires_on": "2024-05-01"})
    assert [problem["code"] for problem in form_problems(answer.context["form"])] == ["BATCH_DATES"]
    answer = client.post(address, {**values, "item": "other", "number": "other", "expires_on": "2024-05-01"})
    assert answer.status_code == 302
    number = batch.number
    batch.refresh_from_db()
    assert (batch.expires_on, batch.number, batch.item_id) == (date(2024, 5, 1), number, world.item.pk)
    changes = client.get(reverse("inventory:batch_history", args=[batch.pk])).context["changes"]
    assert (changes[0].who, changes[0].what) == ("ada", "Expires on")


def test_blocking_a_batch_says_what_can_no_longer_be_sold(client: Client, world: World) -> None:
    batch = Batch.objects.get(item=world.item)
    address = reverse("inventory:batch_edit", args=[batch.pk])
    blocked = client.get(address).context["form"].fields["disposition"].queryset.get(code="blocked")
    sent = {**typed(client, address), "disposition": blocked.pk}
    answer = client.post(address, sent)
    assert answer.status_code == 409
    assert "can no longer be sold" in answer.context["unconfirmed"].effects[0]
    assert client.post(address, {**sent, "agreed": answer.context["unconfirmed"].token}).status_code == 302
    batch.refresh_from_db()
    assert batch.disposition_id == blocked.pk


def test_the_default_batch_stays_what_it_is(client: Client, world: World) -> None:
    batch = Batch.objects.get(item=world.item)
    OnHand.objects.filter(batch=batch).delete()
    Batch.objects.filter(pk=batch.pk).update(is_default_batch=True)
    address = reverse("inventory:batch_edit", args=[batch.pk])
    answer = client.post(address, {**typed(client, address), "expires_on": "2031-01-01"})
    assert [problem["code"] for problem in form_problems(answer.context["form"])] == ["BATCH_IS_DEFAULT"]


def test_a_clerk_may_look_only(client: Client, world: World) -> None:
    client.force_login(make_person("theo", "clerk"))
    address = reverse("inventory:batch_edit", args=[Batch.objects.get(item=world.item).pk])
    assert client.get(address).status_code == 200
    assert client.post(address, typed(client, address)).status_code == 403


@pytest.mark.parametrize("value", ["\x00", "2024-02-30", "0001-01-01", "9999-12-30", "NaN", "x" * 3000])
@pytest.mark.parametrize("name", ["manufactured_on", "best_before", "expires_on", "disposition"])
def test_bad_input_stays_in_the_form(client: Client, world: World, name: str, value: str) -> None:
    address = reverse("inventory:batch_edit", args=[Batch.objects.get(item=world.item).pk])
    answer = client.post(address, {**typed(client, address), name: value})
    assert answer.status_code == 422
    assert name in answer.context["form"].errors
    assert answer.context["form"][name].value() == value
