"""Bodies that nobody means, at every call that takes one: refused in words of whoever wrote them, never in those of a parser."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from core.lib.problems import REGISTRY
from tests.retailhq.api.calling import Answer, Till, order_of
from tests.retailhq.api.test_tokens import operations
from tests.scenarios.world import Shop

Row = dict[str, Any]
LINES = {"lines": [{"line": 1, "quantity": "1"}]}
PAYMENTS = {"payments": [{"method": "cash", "amount": "1.50", "gift_card": None}]}
CAUSE = {"area": "pending", "company": "LE", "code": "L04", "item": "", "store": "", "batch": "", "day": ""}
TICKET: Row = {
    **{"store": "S1", "terminal": "T1", "number": "1", "kind": "sale", "sold_at": "2024-05-01T12:00:00Z", "currency": "USD"},
    **{"lines": [{"number": 1, "item": "MILK", "quantity": "1", "unit": "pcs", "price": "1.50", "net": "1.50", "tax": "0"}]},
    **{"payments": [{"number": 1, "method": "cash", "amount": "1.50"}], "net": "1.50", "tax": "0", "total": "1.50"},
}
RECEIPT: Row = {
    **{"receipt": "R1", "line": 1, "warehouse": "W1", "item": "MILK", "batch": "A", "quantity": "1", "unit_cost": "0.50"},
    **{"received_at": "2024-05-01T08:00:00Z", "expires_on": "2024-06-01", "disposition": None},
}
CORRECTION: Row = {
    **{"store": "S1", "terminal": "T1", "transaction": "1", "line": 1, "field": "quantity", "value": "2", "reason": "why"},
}
JOURNAL: Row = {
    **{"journal": "J1", "line": 1, "kind": "adjustment", "warehouse": "W1", "item": "MILK", "batch": "A", "quantity": "1"},
    **{"date": "2024-05-01", "reason": "why"},
}
# A body for each call that takes one.
BODIES: dict[str, Row] = {
    **{f"{verb}_customer_order": LINES | {"version": 1} for verb in ("pick", "unpick", "pack", "unpack")},
    **{f"{verb}_customer_order": LINES | PAYMENTS | {"version": 1} for verb in ("invoice", "ship", "pick_up")},
    "cancel_customer_order": LINES | {"refund_method": "cash", "version": 1},
    "return_customer_order": LINES | {"refund_method": "cash", "store": "S1", "version": 1},
    "reverse_delivery": {"reason": "why", "date": "2024-05-01"},
    "reverse_statement": {"reason": "why", "date": "2024-05-01"},
    "reverse_transaction": {"store": "S1", "terminal": "T1", "number": "1", "reason": "why", "date": "2024-05-01"},
    "reverse_journal": {"journal": "J1", "legal_entity": "LE", "reason": "why", "date": "2024-05-01"},
    **{key: {"note": "why"} for key in ("accept_difference", "approve_order_fallback", "approve_statement_fallback")},
    "calculate_statements": {"store": "S1", "through": "2024-05-01", "kind": "combined"},
    "repair_statement": {"action": "clear"},
    "count_tender": {
        **{"store": "S1", "terminal": "T1", "date": "2024-05-01", "method": "cash", "amount": "1", "reason": "why", "shift": 1},
        **{"staff": "7", "denominations": {"50": 3}},
    },
    "enter_z_report": {"store": "S1", "terminal": "T1", "date": "2024-05-01", "figures": {"total": "30.00"}, "shift": 1},
    "set_fiscal_period": {"status": "closed", "stock": True},
    "list_cause_documents": CAUSE,
    "replay_cause": CAUSE,
    "correct_cause": CAUSE | {"field": "item", "value": "MILK", "reason": "why"},
    "assign_cause": CAUSE | {"person": "ada"},
    "note_cause": CAUSE | {"note": "why"},
    "snooze_cause": CAUSE | {"until": "2024-05-01"},
}
WITHOUT_BODY = {"post_statement", "discard_orders"}
OF_ROWS = {"send_transactions", "place_customer_orders", "post_journals", "post_receipts", "correct_transactions"}
# What stands in the place of a value, as it is written in JSON.
VALUES = (
    *(
        "null",
        "true",
        "7",
        "1.5",
        "-1",
        "1e400",
        "9" * 400,
        "1" * 19,
        '""',
        '"\\u0000"',
        '"\\ud800"',
        '"x"',
        '"2024-02-30"',
        json.dumps("x" * 501),
    ),
    *("[]", "{}", "[[[[]]]]", '{"a": {"a": {}}}', "NaN", "Infinity", "-", "[" * 2000 + "]" * 2000),
)
# What stands in the place of a whole body.
WHOLE = (
    *(
        b"{",
        b"}",
        b"{} {}",
        b"7",
        b'"text"',
        b"null",
        b"NaN",
        b"[]",
        b"[[]]",
        b"{,}",
        b"{'a': 1}",
        b'{"a": 1,}',
        b"\x00",
        b"\xff\xfe{\x00}\x00",
    ),
    *(b'{"a": "\xff"}', b'{"a": \xe2\x80\x9c1\xe2\x80\x9d}', b"[" * 100_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000, b"<a/>", b"a=b"),
    *(b'{"\xe2\x80\xae": 1}', b'{"a": 1, "a": 2}', b'{"__class__": "x"}', b"// a comment\n{}", b'{"a": 01}', b'{"a": +1}', b'{"a": "\t"}'),
)
# Names of types and places that only a program knows.
OF_A_PARSER = re.compile(
    r"\bbyte|msgspec|Expected|`|\$|malformed|int64|[sS]truct|truncated|Object|enum|\b(str|int|bool|dict|NoneType)\b|\bgot\b|column \d"
)


@pytest.fixture
def till(shop: Shop, settings: Any) -> Till:
    settings.API_CALLS_PER_MINUTE = 1_000_000
    return Till()


def must_be_plain(answer: Answer, sent: object) -> None:
    """Refused by a code with a remedy, in a sentence of people."""
    assert 400 <= answer.status < 500, (sent, answer)
    assert answer.body["code"] in REGISTRY
    for item in answer.body["errors"]:
        assert item["remedy"], (sent, answer)
        assert not OF_A_PARSER.search(item["detail"]), (sent, item["detail"])


def written(body: Any) -> Iterator[str]:
    """The body as JSON with each value in it replaced, one at a time, by everything that may stand there."""
    for path in paths_of(body):
        marked = json.dumps(replaced(body, path, "@@"))
        yield from (marked.replace('"@@"', value) for value in VALUES)


def paths_of(body: Any) -> Iterator[tuple[Any, ...]]:
    inner = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for name, value in inner:
        yield (name,)
        yield from ((name, *rest) for rest in paths_of(value))


def replaced(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    made = dict(body) if isinstance(body, dict) else list(body)
    made[path[0]] = replaced(body[path[0]], path[1:], value)
    return made


def address_of(name: str) -> str:
    _, path = operations()[name]
    return re.sub("{.*?}", "1", path.replace("{month}", "2024-05"))


def test_every_call_with_a_body_is_tried() -> None:
    posts = {name for name, (method, _) in operations().items() if method == "POST"}
    assert posts == BODIES.keys() | WITHOUT_BODY | OF_ROWS


@pytest.mark.parametrize("name", sorted(BODIES.keys() | OF_ROWS))
def test_a_body_that_is_none_of_the_call(till: Till, name: str) -> None:
    answers = [(till.post(address_of(name), body), body[:60]) for body in WHOLE]
    assert {answer.status for answer, _ in answers} <= {*range(400, 500)}
    for answer, body in answers:
        must_be_plain(answer, body)


@pytest.mark.parametrize("name", sorted(BODIES))
def test_a_value_that_nobody_means(till: Till, name: str) -> None:
    """Whatever the value: done for what may be, or refused in plain words."""
    for body in written(BODIES[name] | {"lines": BODIES[name].get("lines", [])[:1]} if "lines" in BODIES[name] else BODIES[name]):
        answer = till.post(address_of(name), body.encode())
        assert answer.status < 500, (body[:300], answer)
        if answer.status >= 400:
            must_be_plain(answer, body[:300])


@pytest.mark.parametrize(
    ("path", "row"),
    [("transactions", TICKET), ("customer-orders", {}), ("journals", JOURNAL), ("transactions/correct", CORRECTION), ("receipts", RECEIPT)],
)
def test_rows_with_a_value_that_nobody_means(till: Till, shop: Shop, path: str, row: Row) -> None:
    row = row or order_of(shop)
    rows = [body for body in written(row) if "NaN" not in body and "Infinity" not in body and body.count("[") < 100 and ": -}" not in body]
    for start in range(0, len(rows), 300):
        body = "\n".join(rows[start : start + 300]).encode()
        answer = till.post(path, body, content_type="application/x-ndjson")
        assert answer.status in (200, 422), answer
        found = answer.body["errors"] if answer.status == 422 else [error for one in answer.body["rows"] for error in one["errors"]]
        assert found
        for item in found:
            assert not OF_A_PARSER.search(item["detail"]), item
            assert item["remedy"], item


def test_a_field_that_is_there_twice_is_refused(till: Till) -> None:
    """The last one would win, and nobody could say whether it was meant."""
    for path, body in (
        ("transactions", json.dumps(TICKET).replace('"total"', '"net": "9.99", "total"')),
        ("transactions", json.dumps(TICKET).replace('"price"', '"item": "MILK", "price"')),
        ("journals", json.dumps(JOURNAL).replace('"reason"', '"quantity": "9", "reason"')),
        ("receipts", json.dumps(RECEIPT).replace('"batch"', '"quantity": "9", "batch"')),
        ("transactions/correct", json.dumps(CORRECTION).replace('"reason"', '"value": "9", "reason"')),
        ("customer-orders/CO1/pick", '{"lines": [{"line": 1, "quantity": "1", "quantity": "2"}]}'),
        ("fiscal-periods/LE/2024-05", '{"status": "open", "status": "closed"}'),
        ("inbox/note", json.dumps(CAUSE | {"note": "a"})[:-1] + ', "note": "b"}'),
    ):
        answer = till.post(path, body.encode())
        assert (answer.status, answer.codes) == (400, ["BAD_JSON"]), (path, answer)
        assert "twice" in answer.body["detail"], answer


def test_a_byte_order_mark_is_no_part_of_a_body(till: Till) -> None:
    answer = till.post("transactions", b"\xef\xbb\xbf" + json.dumps(TICKET).encode())
    assert (answer.status, answer.body["new"]) == (200, 1)


def test_a_whole_number_may_be_written_with_a_point(till: Till) -> None:
    """To JSON 1.0 and 1 are one number; 1.5 is none of a line."""
    for path, row in (
        ("transactions", TICKET),
        ("receipts", RECEIPT | {"receipt": "R9"}),
        ("journals", JOURNAL),
        ("transactions/correct", CORRECTION),
    ):
        whole = json.dumps(row).replace('"line": 1,', '"line": 1.0,').replace('"number": 1,', '"number": 1.0,')
        assert "1.0," in whole
        answer = till.post(path, whole.encode())
        assert answer.status == 200, (path, answer)
        assert till.post(path, whole.replace("1.0,", "1.5,").encode()).status >= 400, path
    plain = json.dumps(BODIES["count_tender"] | {"denominations": {}})
    answers = [till.post("counts", body.encode()) for body in (plain.replace('"shift": 1', '"shift": 1.0'), plain)]
    assert [answer.status for answer in answers] == [200, 200], answers


@pytest.mark.parametrize("path", ["transactions", "receipts", "journals", "transactions/correct"])
def test_a_line_that_is_too_long_is_refused_as_such(till: Till, path: str) -> None:
    answer = till.post(path, b'{"a": "' + b"x" * 2_000_000 + b'"}')
    assert (answer.status, answer.codes) == (422, ["TOO_LARGE"])
