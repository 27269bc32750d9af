"""Every call as its description allows it, and as it does not: Schemathesis with all its checks over the whole OpenAPI document."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from django.test.client import ClientHandler
from hypothesis import HealthCheck, settings
from schemathesis import Case

from tests.retailhq.api.calling import Till, order_of
from tests.scenarios.world import Shop

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


# Django's own server closes the connection after each request, and with it the transaction of the test; its test client does not.
HANDLER = ClientHandler(enforce_csrf_checks=True)


def application(environment: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
    """The product as a WSGI application."""
    response: Any = HANDLER(environment)
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    return [response.content]


# What fits the description may still be refused by what is known about the shop: 422. What cannot be read is 400, and never fits.
UNDERSTOOD = ["2xx", 401, 403, 404, 409, 422]
CONFIG = schemathesis.Config.from_dict({"checks": {"positive_data_acceptance": {"expected-statuses": UNDERSTOOD}}})
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, config=CONFIG)


@schema.hook
def filter_query(_: object, query: dict[str, object] | None) -> bool:
    """A parameter that is an empty list is not written into the address: what Schemathesis takes for an unknown one is a good call."""
    return all(value != [] for value in (query or {}).values())


@schemathesis.serializer("application/x-ndjson")
def write_lines(_: object, value: object) -> bytes:
    """Schemathesis knows no NDJSON: a text is sent as it is."""
    return str(value).encode()


@pytest.fixture
def secret(shop: Shop, settings: Any) -> str:
    """A token of a shop that has an order, a statement and stock; it may call as often as it likes."""
    settings.API_CALLS_PER_MINUTE = 1_000_000
    shop.sells(1)
    shop.calculates()
    till = Till()
    assert till.post("customer-orders", order_of(shop)).status == 201
    return till.secret


def describe(operation: Any) -> Any:
    """A test of its own for the operation: those of `schema.parametrize()` share one id, and of these xdist would run a single one."""

    @schema.include(path=operation.path, method=operation.method).parametrize()
    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    def test(case: Case[Any], secret: str) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {secret}"})

    return test


found: Any
for found in schema.get_all_operations():
    operation = found.ok()
    globals()[f"test_{operation.definition.raw['operationId']}_is_answered_as_described"] = describe(operation)
