"""How many queries the pages of each master cost: reviewed data in query_counts.json, the same with 1 row and with 30."""

import copy
import json
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.models import PaymentMethod
from retailhq.setup.masters import RECORDS
from tests.core.access.people import make_person
from tests.core.masterdata.world import make_world

pytestmark = pytest.mark.django_db
COUNTS: dict[str, dict[str, int]] = json.loads((Path(__file__).parent / "query_counts.json").read_text())


def multiply(row: Model) -> None:
    """Thirty rows like this one; a row without a code of its own stays alone."""
    name = next((name for name in ("code", "number", "payment_method") if hasattr(row, name)), None)
    if name is None:
        return
    key = row._meta.pk.name
    rows = []
    for index in range(30):
        other = copy.copy(row)
        other._state = copy.copy(row._state)
        other._state.adding = True
        if key != name:
            other.pk = None
        setattr(other, name, f"X{index:02}")
        rows.append(other)
    type(row)._default_manager.bulk_create(rows)


@pytest.mark.parametrize("many", [False, True])
def test_pages_cost_what_was_reviewed(client: Client, many: bool) -> None:
    PaymentMethod.objects.create(code="odd", name="Odd")
    world = make_world()
    client.force_login(make_person("ada", "administrator"))
    if many:
        for slug in (
            "item-groups",
            "units",
            "item-model-groups",
            "customers",
            "sites",
            "warehouses",
            "stores",
            "terminals",
            "items",
            "accounts",
        ):
            multiply(world.rows[slug])
    counts: dict[str, dict[str, int]] = {}
    for slug, record in [("", None), *RECORDS.items()]:
        if record is None:
            pages = {"index": "/setup/"}
        else:
            row = world.rows[slug]
            pages = {page: record.address(page, row) for page in ("edit", "history")} | {"list": record.address("list")}
            pages |= {"new": record.address("new")} if record.may_add else {}
        counts[slug] = {}
        for page, address in pages.items():
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code == 200
            counts[slug][page] = len(captured)
    assert counts == COUNTS, json.dumps(counts, indent=2, sort_keys=True)
