"""What a call may not be: too large, of another type, misspelt, at a wrong address; each has its code, and changes nothing."""

from typing import Any
from urllib.parse import quote

import pytest
from django.db import OperationalError
from django.test import Client

from core.api import caller, jobs
from core.api.models import Token
from tests.retailhq.api.calling import Answer, Till, order_of
from tests.retailhq.api.counting import counts
from tests.scenarios.world import Shop

pytestmark = pytest.mark.django_db
JSON = "application/json"
ORDERS = "customer-orders"

BODIES: dict[str, tuple[bytes, str, int, str]] = {
    "no JSON": (b"{", JSON, 400, "BAD_JSON"),
    "two values": (b"{} {}", JSON, 400, "BAD_JSON"),
    "a number": (b"7", JSON, 400, "BAD_JSON"),
    "deep": (b"[" * 5000 + b"]" * 5000, JSON, 400, "BAD_JSON"),
    "no text": (b'{"store": "\xff"}', JSON, 400, "BAD_ENCODING"),
    "a form": (b"store=S1", "application/x-www-form-urlencoded", 415, "WRONG_CONTENT_TYPE"),
    "no type": (b"{}", "", 415, "WRONG_CONTENT_TYPE"),
    "empty list": (b"[]", JSON, 422, "NO_ROWS"),
    "empty lines": (b"\n \n", "application/x-ndjson", 422, "NO_ROWS"),
    "a field is missing": (b"{}", JSON, 422, "MISSING_FIELD"),
    "lines that are no JSON": (b"{\n{\n", "application/x-ndjson", 422, "BAD_JSON"),
    "a row of another kind": (b"[7]", JSON, 422, "BAD_JSON"),
}


def is_problem(answer: Answer, status: int, code: str) -> bool:
    """Whether it is an RFC 9457 problem that a cashier can read, with that status and code."""
    body = answer.body
    whole = (answer.type, body["status"], body["type"]) == ("application/problem+json", status, f"urn:retailhq:problem:{code}")
    return whole and (answer.status, body["code"]) == (status, code) and body["detail"].endswith((".", ").")) and bool(body["title"])


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("path", [ORDERS, "transactions"])
def test_a_body_that_cannot_be_used(till: Till, path: str, kind: str) -> None:
    body, content_type, status, code = BODIES[kind]
    before = counts()
    answer = till.post(path, body, content_type=content_type, key="k-1")
    assert is_problem(answer, status, code), answer
    assert counts() == before


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"{", "The body ended before it was complete."),
        (b'{"a": "\xc3\xa4" 1}', "The body is not JSON: it cannot be read from character 11 on."),
        (b"[" * 100_000 + b"]" * 100_000, "The body is nested too deeply."),
    ],
)
def test_a_body_that_is_no_json_is_refused_in_words_of_who_sent_it(till: Till, body: bytes, detail: str) -> None:
    assert till.post(ORDERS, body).body["detail"] == detail


def test_a_body_that_is_too_large(till: Till, settings: Any) -> None:
    before = counts()
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert is_problem(till.post(ORDERS, b" " * 101), 413, "BODY_TOO_LARGE")
    assert is_problem(till.post("customer-orders/CO1/pick-up", b" " * 101), 413, "BODY_TOO_LARGE")
    assert counts() == before


def test_more_rows_than_a_call_may_bring(till: Till, settings: Any) -> None:
    settings.API_ROWS_PER_CALL = 2
    assert is_problem(till.post(ORDERS, [{}, {}, {}]), 413, "TOO_MANY_ROWS")
    assert is_problem(till.post("transactions", b"{}\n{}\n{}\n", content_type="application/x-ndjson"), 413, "TOO_MANY_ROWS")
    assert till.post(ORDERS, [{}, {}]).codes == ["MISSING_FIELD", "MISSING_FIELD"]


def test_packed_bodies_are_not_understood(till: Till) -> None:
    assert is_problem(till.post(ORDERS, b"{}", headers={"Content-Encoding": "gzip"}), 415, "WRONG_CONTENT_TYPE")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "", 404, "UNKNOWN_ADDRESS"),
        ("GET", "nothing/here", 404, "UNKNOWN_ADDRESS"),
        ("POST", "customer-orders/A/B/invoice", 404, "UNKNOWN_ADDRESS"),
        ("GET", "jobs/one", 404, "UNKNOWN_ADDRESS"),
        ("GET", f"customer-orders/{quote('ÄÖ 7/..')}", 404, "UNKNOWN_ADDRESS"),
        ("GET", "customer-orders/CO9", 404, "UNKNOWN_ORDER"),
        ("GET", "customer-orders/%00", 400, "BAD_PARAMETER"),
        ("POST", "statements/nothing/post", 404, "UNKNOWN_STATEMENT"),
        ("DELETE", ORDERS, 405, "METHOD_NOT_ALLOWED"),
        ("GET", "customer-orders/CO1/invoice", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "on-hand?limit=0", 400, "BAD_PARAMETER"),
        ("GET", "on-hand?limit=many", 400, "BAD_PARAMETER"),
        ("GET", "on-hand?colour=red", 400, "BAD_PARAMETER"),
        ("GET", "on-hand?item=%00", 400, "BAD_PARAMETER"),
        ("GET", "on-hand?after=guessed", 422, "BAD_CURSOR"),
        ("GET", "statements?business_date=2024-02-31", 422, "BAD_DATE"),
        ("POST", "customer-orders/CO1/invoice?wait=-1", 400, "BAD_PARAMETER"),
    ],
)
def test_an_address_that_cannot_be_called(till: Till, method: str, path: str, status: int, code: str) -> None:
    before = counts()
    answer = till.call(method, path)
    assert is_problem(answer, status, code), answer
    assert (status != 405) or answer.headers["Allow"]
    assert counts() == before


def test_there_is_nothing_but_json(till: Till) -> None:
    assert is_problem(till.get("on-hand", headers={"Accept": "text/html"}), 406, "NOT_ACCEPTABLE")
    for accepted in ("*/*", "application/*", "text/html, application/json;q=0.5", "application/problem+json"):
        assert till.get("on-hand", headers={"Accept": accepted}).status == 200


def test_nobody_on_the_way_keeps_an_answer(till: Till) -> None:
    assert till.get("on-hand").headers["Cache-Control"] == "no-store"
    assert till.get("jobs/1").headers["Cache-Control"] == "no-store"


def test_without_database_the_till_is_told_to_come_again(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> Token:
        raise OperationalError("connection refused")

    monkeypatch.setattr(caller, "token_of", away)
    answer = till.get("on-hand")
    assert is_problem(answer, 503, "DATABASE_AWAY")
    assert answer.headers["Retry-After"] == "10"


def test_a_mistake_of_ours_says_no_more_than_that(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Token:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(caller, "token_of", broken)
    answer = till.get("on-hand")
    assert is_problem(answer, 500, "UNEXPECTED_ERROR_IN_CALL")
    assert "secret" not in str(answer)


# -- waiting ---------------------------------------------------------------------------------------------------------------------------


def test_a_wait_ends_when_its_time_is_over(shop: Shop, till: Till, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """On a clock of ours: it looks often at first, then four times a second, and never longer than the server allows."""
    settings.API_WAIT_SECONDS = 5
    clock = {"now": 0.0}
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        clock["now"] += seconds

    monkeypatch.setattr(jobs, "monotonic", lambda: clock["now"])
    monkeypatch.setattr(jobs, "sleep", pause)
    till.post(ORDERS, order_of(shop))
    answer = till.post("customer-orders/CO1/invoice?wait=3000")
    assert (answer.status, answer.body["status"]) == (202, "queued")
    assert 5 <= clock["now"] < 5.3
    assert (pauses[0], max(pauses)) == (jobs.FIRST_LOOK, jobs.LAST_LOOK)
    # Eight at first, some thirty until a pause is a quarter of a second, then four in each of three seconds.
    assert len(pauses) < 50


def test_waiting_calls_never_take_all_threads(shop: Shop, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "sleep", lambda _: pytest.fail("it waited"))
    till.post(ORDERS, order_of(shop))
    taken = [jobs.waiting.acquire(blocking=False) for _ in range(jobs.MOST_WAITING)]
    try:
        assert all(taken)
        assert till.post("customer-orders/CO1/invoice?wait=5").status == 202
    finally:
        for _ in taken:
            jobs.waiting.release()


def test_the_description_is_for_everybody() -> None:
    assert Client().get("/api/v1/openapi.json").json()["openapi"].startswith("3.1")
    assert Client().get("/api/v1/docs").status_code == 200
