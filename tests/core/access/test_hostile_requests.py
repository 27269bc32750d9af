"""Whatever stands in an address, a form, a header or a cookie: an answer of ours, never a page that broke."""

import re
from copy import deepcopy
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from core.access.pages import BY_TOKEN
from core.access.pages import PAGES as DECLARED
from retailhq.setup.masters import RECORDS
from tests.browser.world import Showcase
from tests.core.access.test_matrix import PAGES
from tests.orders.desk import make_desk
from tests.retailhq.api.calling import Till
from tests.retailhq.api.test_tokens import operations
from tests.shared import make_once

pytestmark = pytest.mark.django_db
# Names that lists, tabs, notes and look-ups know, and some that nobody does.
NAMES = (
    *("q", "sort", "after", "before", "view", "columns", "tab", "company", "store", "next", "page", "format", "within", "area", "code"),
    *(
        "item",
        "batch",
        "warehouse",
        "state",
        "status",
        "kind",
        "date",
        "from",
        "through",
        "day",
        "week",
        "month",
        "year",
        "customer",
        "user",
    ),
    *(
        "number",
        "receipt",
        "received_at",
        "quantity",
        "row",
        "part",
        "path",
        "line",
        "lines",
        "terminal",
        "method",
        "shift",
        "field",
        "zone",
    ),
    *(
        "posting_default_batch_id",
        "customer_orders_default_batch_id",
        "version",
        "opened",
        "rows",
        "do",
        "selected",
        "ids",
        "id",
        "pk",
        "name",
    ),
    *(
        "business_date",
        "business_date_after",
        "business_date_before",
        "date_after",
        "date_before",
        "limit",
        "wait",
        "legal_entity",
        "search",
    ),
)
VALUES = (
    *("\x00", "a\nb", "9" * 400, "-1", "0", "1e400", "NaN", "0001-01-01", "9999-12-31", "2024-02-30", "%", "' OR 1=1 --", "[]", "{}"),
    *(
        "\N{GRINNING FACE}" * 70,
        "\N{RIGHT-TO-LEFT OVERRIDE}x",
        "\N{ARABIC-INDIC DIGIT THREE}",
        "../../etc/passwd",
        "x" * 3000,
        "//evil.example",
    ),
    *("<script>alert(1)</script>", "true", "AAAA", "eyJhIjoxfQ==", "2147483648", "9223372036854775808", "2024-05-01T25:00:00Z"),
)
made_grocer = make_once(make_desk)


@pytest.fixture
def showcase(client: Client, made_grocer: Showcase, db: None) -> Showcase:
    client.raise_request_exception = False
    client.force_login(User.objects.create_superuser("root"))
    return deepcopy(made_grocer)


def is_ours(answer: Any) -> bool:
    """An answer and no failure: nothing of a traceback in it, and no way to somebody else's address."""
    text = answer.content.decode(errors="replace")[:2000]
    return answer.status_code < 500 and "Traceback" not in text and "evil.example" not in answer.headers.get("Location", "")


def show(client: Client, path: str, **asked: Any) -> HttpResponse:
    """The answer to a request that leaves nothing behind."""
    before = transaction.savepoint()
    answer = client.post(path, asked["data"]) if "data" in asked else client.get(path, asked["query"])
    transaction.savepoint_rollback(before)
    return answer  # type: ignore[return-value]  # of the test client


@pytest.mark.slow
@pytest.mark.parametrize("turn", [0, 1])
def test_addresses_with_anything_behind_them(client: Client, showcase: Showcase, turn: int) -> None:
    """Each page with two of four values, its neighbour with the other two."""
    queries = [dict.fromkeys(NAMES, value) for value in VALUES[:24:6]]
    for place, path in enumerate((*PAGES.values(), *(f"/setup/{slug}/" for slug in RECORDS)), start=2 * turn):
        assert is_ours(show(client, path, query=queries[place % 4])), path


@pytest.mark.slow
def test_forms_with_anything_in_them(client: Client, showcase: Showcase) -> None:
    """Each page that has a form, with the same in every field of it: one value is checked, another saved, and by turns the other way."""
    values = VALUES[:3:2]
    for place, (name, path) in enumerate(PAGES.items()):
        if name in {"sign_out", "set_language"} or DECLARED.get(name) == BY_TOKEN:
            continue
        page = client.get(path)
        text = page.content.decode(errors="replace") if page.status_code == 200 else ""
        names = {*re.findall(r'name="([a-z_0-9]+)"', text), *NAMES} - {"csrfmiddlewaretoken"}
        assert is_ours(show(client, path, data=dict.fromkeys(names, values[place % 2]))), path
        assert is_ours(show(client, path, data=dict.fromkeys(names, values[(place + 1) % 2]) | {"do": "save"})), path


def test_headers_and_cookies(client: Client, showcase: Showcase) -> None:
    odd = [value for value in VALUES if value.isascii() and value.isprintable()]
    for value in odd:
        headers = dict.fromkeys(
            ("Accept-Language", "HX-Request", "HX-Target", "Accept", "If-None-Match", "Referer", "X-Forwarded-For"), value
        )
        assert is_ours(client.get("/statements/", headers=headers)), value
        client.cookies["django_language"] = value.replace(";", "")
        client.cookies["theme"] = value.replace(";", "")
        assert is_ours(client.get("/")), value
        assert is_ours(client.post("/customer-orders/new/", b"x", content_type=f"multipart/form-data; boundary={value[:60]}")), value
        assert is_ours(client.post("/customer-orders/new/", b"--b\r\n\r\n--b", content_type="multipart/form-data; boundary=b")), value


def test_more_fields_than_a_form_may_have(client: Client, showcase: Showcase) -> None:
    answer = client.post("/customer-orders/new/", {f"item_{number}": "x" for number in range(1_100)})
    assert is_ours(answer), "fields"
    assert answer.status_code in (400, 413, 422)


@pytest.mark.slow
@pytest.mark.parametrize("value", VALUES[:24:8], ids=range(3))
def test_calls_with_anything_behind_them(showcase: Showcase, value: str, settings: Any) -> None:
    settings.API_CALLS_PER_MINUTE = 1_000_000
    till = Till()
    till.client.raise_request_exception = False
    for name, (method, path) in operations().items():
        if method != "GET":
            continue
        document = {parameter for parameter in NAMES if parameter not in ("wait",)}
        for parameter in (None, *sorted(document)) if name in {"list_on_hand", "list_recalls"} else (None,):
            query = {parameter: value} if parameter else dict.fromkeys(("limit", "after", "store", "item", "area", "week", "days"), value)
            address = re.sub("{.*?}", "1", path)
            answer = till.client.get(f"/api/v1/{address}", query, headers={"Authorization": f"Bearer {till.secret}"})
            assert answer.status_code < 500, (name, parameter)
            assert answer.status_code == 200 or answer.json()["code"], name
