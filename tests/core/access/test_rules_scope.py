"""The conditions that a scope makes: a list of keys, unless there is nothing to hold rows against."""

import pytest
from django.db.models import Q

from core.access.scope import Grants, StoreGrant, scope_in

SOUTH, NORTH = StoreGrant(1, 11, 100, "SOUTH"), StoreGrant(2, 12, 200, "NORTH")


@pytest.mark.parametrize(
    ("grants", "stores", "warehouses"),
    [
        pytest.param(Grants(True, (SOUTH,)), Q(), Q(), id="everything of the only company"),
        pytest.param(Grants(True, ()), Q(), Q(), id="everything of an empty installation"),
        pytest.param(Grants(True, (SOUTH, NORTH)), Q(store__in=[1]), Q(warehouse__in=[11]), id="everything, but two companies"),
        pytest.param(Grants(False, (SOUTH,)), Q(store__in=[1]), Q(warehouse__in=[11]), id="one store, though there is no other"),
        pytest.param(Grants(False, ()), Q(store__in=[]), Q(warehouse__in=[]), id="nothing"),
    ],
)
def test_rows_are_held_against_keys_unless_all_are_seen(grants: Grants, stores: Q, warehouses: Q) -> None:
    scope = scope_in(grants, "SOUTH")
    assert (scope.stores(), scope.warehouses()) == (stores, warehouses)
