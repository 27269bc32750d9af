"""Every operation of the API with every kind of token, as declared here; an operation that is not declared fails."""

import re
from datetime import timedelta
from functools import lru_cache
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from core.access.models import AuditEntry
from core.api import caller
from core.api.models import Token
from core.api.services import digest_of, revoke_token
from tests.retailhq.api.calling import ALL, Till, make_token
from tests.retailhq.api.counting import counts
from tests.scenarios.world import Shop, milk

pytestmark = pytest.mark.django_db
V = Token.Verb

# Operation: the verbs of which one is enough (none: any token), and whether its address names something of a store.
DECLARED: dict[str, tuple[set[str], bool]] = {
    "send_transactions": ({V.SEND_TRANSACTIONS}, False),
    "place_customer_orders": ({V.PLACE_ORDERS}, False),
    "get_pending_order": ({V.VIEW_ORDERS, V.PLACE_ORDERS}, True),
    "get_customer_order": ({V.VIEW_ORDERS, V.PLACE_ORDERS}, True),
    "pick_customer_order": ({V.HANDLE_ORDERS}, True),
    "unpick_customer_order": ({V.HANDLE_ORDERS}, True),
    "pack_customer_order": ({V.HANDLE_ORDERS}, True),
    "unpack_customer_order": ({V.HANDLE_ORDERS}, True),
    "invoice_customer_order": ({V.DELIVER_ORDERS}, True),
    "ship_customer_order": ({V.DELIVER_ORDERS}, True),
    "pick_up_customer_order": ({V.DELIVER_ORDERS}, True),
    "cancel_customer_order": ({V.CANCEL_ORDERS}, True),
    "return_customer_order": ({V.CANCEL_ORDERS}, True),
    "reverse_delivery": ({V.CANCEL_ORDERS}, True),
    "list_statements": ({V.VIEW_STATEMENTS}, False),
    "post_statement": ({V.POST_STATEMENTS}, True),
    "discard_orders": ({V.POST_STATEMENTS}, True),
    "calculate_statements": ({V.POST_STATEMENTS}, False),
    "repair_statement": ({V.POST_STATEMENTS}, True),
    "reverse_journal": ({V.POST_JOURNALS}, False),
    "correct_transactions": ({V.HANDLE_INBOX}, False),
    "accept_difference": ({V.ACCEPT_DIFFERENCES}, True),
    "approve_statement_fallback": ({V.APPROVE_FALLBACKS}, True),
    "approve_order_fallback": ({V.APPROVE_FALLBACKS}, True),
    "count_tender": ({V.SEND_TRANSACTIONS}, False),
    "enter_z_report": ({V.SEND_TRANSACTIONS}, False),
    "reverse_statement": ({V.POST_STATEMENTS}, True),
    "reverse_transaction": ({V.POST_STATEMENTS}, False),
    "list_on_hand": ({V.VIEW_STOCK}, False),
    "list_batch_debt": ({V.VIEW_STOCK}, False),
    "list_expiring_stock": ({V.VIEW_STOCK}, False),
    "list_fallback_budget": ({V.VIEW_STOCK}, False),
    "list_recalls": ({V.VIEW_RECALLS}, False),
    "post_journals": ({V.POST_JOURNALS}, False),
    "post_receipts": ({V.POST_JOURNALS}, False),
    "list_fiscal_periods": ({V.CLOSE_PERIODS}, False),
    "set_fiscal_period": ({V.CLOSE_PERIODS}, False),
    "list_late_documents": ({V.VIEW_STATEMENTS}, False),
    "list_causes": ({V.VIEW_INBOX}, False),
    "list_cause_documents": ({V.VIEW_INBOX}, False),
    "replay_cause": ({V.HANDLE_INBOX}, False),
    "correct_cause": ({V.HANDLE_INBOX}, False),
    "assign_cause": ({V.HANDLE_INBOX}, False),
    "note_cause": ({V.HANDLE_INBOX}, False),
    "snooze_cause": ({V.HANDLE_INBOX}, False),
    "preview_statements": ({V.VIEW_STATEMENTS}, False),
    "list_journals": ({V.VIEW_STOCK}, False),
    "get_job": (set(), True),
}
HANDLED = ("pick", "unpick", "pack", "unpack")
BODIES: dict[str, Any] = {f"{verb}_customer_order": {"lines": [{"line": 1, "quantity": "1"}]} for verb in HANDLED} | {
    "reverse_statement": {"reason": "Posted by mistake"},
    "reverse_delivery": {"reason": "The wrong order"},
    "accept_difference": {"note": "Counted twice"},
    "repair_statement": {"action": "recalculate"},
    "approve_statement_fallback": {"note": "The truck is late"},
    "approve_order_fallback": {"note": "The truck is late"},
}


@lru_cache
def operations() -> dict[str, tuple[str, str]]:
    """Method and address of every operation of the description, which is made anew for each who asks."""
    document = Client().get("/api/v1/openapi.json").json()
    return {
        operation["operationId"]: (method.upper(), path.removeprefix("/api/v1/"))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def call(till: Till, name: str, **names: str) -> Any:
    """The operation as the till would call it, on what `names` say."""
    method, path = operations()[name]
    address = re.sub(r"{(\w+)}", lambda match: names.get(match[1], "1"), path)
    return till.call(method, address, BODIES.get(name, {}) if method == "POST" else None)


@pytest.fixture
def named(shop: Shop) -> dict[str, str]:
    """An order, a statement and a job of store S1."""
    shop.sells(1)
    shop.calculates()
    shop.is_ordered(milk(2))
    all_stores = Till()
    assert all_stores.post("customer-orders", shop.orders.pop()).status == 201
    shop.is_ordered(milk(1))
    handed_in = all_stores.post("customer-orders", shop.orders.pop(), headers={"Prefer": "respond-async"})
    names = {"order": "CO1", "confirmation": handed_in.body["confirmation"], "job_id": "1"}
    return {**names, "statement": shop.statement()["statement"]}


def test_every_operation_is_declared(db: None) -> None:
    """A new one: add it to DECLARED with the verb that it needs."""
    assert set(operations()) == set(DECLARED)


@pytest.mark.parametrize("name", DECLARED)
def test_only_a_valid_token_with_the_verb_is_let_in(name: str) -> None:
    method, path = operations()[name]
    address = f"/api/v1/{re.sub('{.*?}', '1', path)}"
    before = counts()
    for headers in ({}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer"}):
        response = Client().generic(method, address, headers=headers)
        assert (response.status_code, response.json()["code"]) == (401, "TOKEN_MISSING")
        assert response["WWW-Authenticate"].startswith("Bearer")
    assert call(Till(secret="rhq_guessed"), name).body["code"] == "TOKEN_UNKNOWN"
    assert counts() == before

    user = User.objects.create_user("theo")
    token, secret = make_token()
    Token.objects.filter(pk=token.pk).update(expires_at=timezone.now())
    assert (call(Till(secret=secret), name).status, call(Till(secret=secret), name).body["code"]) == (401, "TOKEN_EXPIRED")
    revoke_token(token.pk, user)
    assert (call(Till(secret=secret), name).status, call(Till(secret=secret), name).body["code"]) == (401, "TOKEN_REVOKED")

    wanted, _ = DECLARED[name]
    if wanted:
        answer = call(Till(*(set(ALL) - wanted)), name)
        assert (answer.status, answer.body["code"]) == (403, "VERB_NOT_ALLOWED"), answer
    for verb in wanted or {V.VIEW_STOCK}:
        assert call(Till(verb), name).status not in {401, 403}


@pytest.mark.parametrize("name", [name for name, (_, of_a_store) in DECLARED.items() if of_a_store])
def test_what_belongs_to_another_store_is_not_found(name: str, shop: Shop, named: dict[str, str]) -> None:
    other = Till(stores=["S2"])
    before = counts()
    answer = call(other, name, **named)
    assert (answer.status, answer.body["code"][:8]) == (404, "UNKNOWN_"), answer
    assert counts() == {**before, "calls_token": before["calls_token"]}
    if name != "get_job":
        assert call(Till(stores=["S1"]), name, **named).status not in {403, 404}


def test_rows_of_another_store_are_refused_and_change_nothing(shop: Shop) -> None:
    other = Till(stores=["S2"])
    shop.is_ordered(milk(1))
    transaction = {
        **{"store": "S1", "terminal": "T1", "number": "1", "kind": "sale", "sold_at": "2024-05-01T12:00:00Z", "currency": "USD"},
        **{"net": "0", "tax": "0", "total": "0"},
    }
    before = counts()
    for answer in (other.post("customer-orders", shop.orders.pop()), other.post("transactions", [transaction])):
        assert (answer.status, answer.codes) == (403, ["STORE_NOT_ALLOWED"]), answer
    assert counts() == before


def test_lists_show_the_stores_of_the_token(shop: Shop, named: dict[str, str]) -> None:
    own, other = Till(stores=["S1"]), Till(stores=["S2"])
    assert {row["warehouse"] for row in own.get("on-hand").body["rows"]} == {"W1"}
    assert other.get("on-hand").body == {"rows": [], "next": None}
    assert [row["store"] for row in own.get("statements").body["rows"]] == ["S1"]
    assert other.get("statements").body["rows"] == []
    assert Till(stores=[]).get("on-hand").body["rows"] == []


def test_a_session_opens_nothing(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root"))
    assert client.get("/api/v1/on-hand").status_code == 401


def test_a_job_is_for_the_token_that_asked(shop: Shop, named: dict[str, str]) -> None:
    one, two = Till(), Till()
    job = one.post("customer-orders/CO1/invoice").body["job"]["job"]
    assert one.get(f"jobs/{job}").status == 200
    assert (two.get(f"jobs/{job}").status, two.get(f"jobs/{job}").body["code"]) == (404, "UNKNOWN_JOB")
    assert two.get(f"jobs/{2**70}").status == 404


def test_only_a_digest_is_kept_and_the_trail_names_who_made_it(db: None) -> None:
    token, secret = make_token(name="front till")
    assert (token.digest, token.prefix) == (digest_of(secret), secret[:12])
    assert secret not in str(Token.objects.filter(pk=token.pk).values().get())
    revoke_token(token.pk, token.created_by)
    assert not revoke_token(token.pk, token.created_by)
    breadcrumbs = AuditEntry.objects.filter(subject="front till").order_by("pk").values_list("action", "actor")
    assert list(breadcrumbs) == [("token_create", "ada"), ("token_revoke", "ada")]
    assert secret not in str(list(AuditEntry.objects.values_list("details", flat=True)))


def test_use_is_noted_once_a_minute(till: Till) -> None:
    assert till.token is not None
    till.get("on-hand")
    till.token.refresh_from_db()
    first = till.token.last_used_at
    assert first is not None
    till.get("on-hand")
    till.token.refresh_from_db()
    assert till.token.last_used_at == first
    Token.objects.update(last_used_at=first - timedelta(minutes=2))
    till.get("on-hand")
    till.token.refresh_from_db()
    assert till.token.last_used_at is not None
    assert till.token.last_used_at > first - timedelta(minutes=2)


def test_a_token_that_calls_too_often_waits(till: Till, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_CALLS_PER_MINUTE = 2
    monkeypatch.setattr(caller, "time", lambda: 1_000_030.0)
    assert [till.get("on-hand").status for _ in range(3)] == [200, 200, 429]
    refused = till.get("on-hand")
    assert (refused.body["code"], refused.headers["Retry-After"]) == ("TOO_MANY_CALLS", "50")
    assert Till().get("on-hand").status == 200
    monkeypatch.setattr(caller, "time", lambda: 1_000_090.0)
    assert till.get("on-hand").status == 200


def test_without_the_cache_calls_go_through(till: Till, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise ConnectionError

    settings.API_CALLS_PER_MINUTE = 1
    monkeypatch.setattr(cache, "incr", away)
    assert [till.get("on-hand").status for _ in range(2)] == [200, 200]


def test_the_secret_is_compared_by_its_digest(db: None) -> None:
    """Two secrets that begin alike are two secrets."""
    _, secret = make_token()
    assert Till(secret=secret[:-1]).get("on-hand").status == 401
    assert Till(secret=secret + "x").get("on-hand").status == 401
    assert Till(secret=secret).get("on-hand").status == 200
