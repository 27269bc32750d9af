"""Lines of a transactions file: typed values or one code and one sentence, whatever stands in the line."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.files.source import Line
from core.lib.imports import Reject, Row
from core.lib.problems import REGISTRY
from orders.rules.till_lines import ReturnRef
from statements.rules.till import PosTransactionKey
from statements.services.decode import TRANSACTIONS, Incoming

GOOD: dict[str, Any] = {
    "store": "S1",
    "terminal": "T1",
    "number": "7",
    "kind": "sale",
    "sold_at": "2017-01-01T11:53:26-05:00",
    "currency": "USD",
    "customer": None,
    "staff": "0042",
    "lines": [
        {
            "number": 1,
            "item": "1095275",
            "quantity": "2",
            "unit": "each",
            "price": "1.39",
            "discount": "0.28",
            "net": "2.50",
            "tax": "0.15",
            "batch": None,
            "voided": False,
            "return_of": None,
        }
    ],
    "payments": [{"number": 1, "method": "cash", "amount": "2.65"}],
    "net": "2.50",
    "tax": "0.15",
    "total": "2.65",
}


def read(value: Any, raw: bytes | None = None) -> Row[Incoming] | Reject:
    data = json.dumps(value).encode() if raw is None else raw
    return TRANSACTIONS.read_line(Line(3, data, False))


def incoming(value: Any) -> Incoming:
    row = read(value)
    assert isinstance(row, Row), row
    found: Incoming = row.value
    return found


def line(**changes: Any) -> dict[str, Any]:
    return GOOD | {"lines": [GOOD["lines"][0] | changes]}


def payment(**changes: Any) -> dict[str, Any]:
    return GOOD | {"payments": [GOOD["payments"][0] | changes]}


def test_the_example_of_the_contract() -> None:
    row = read(GOOD)
    assert isinstance(row, Row)
    assert (row.number, row.key) == (3, "S1/T1/7")
    transaction = row.value.transaction
    assert transaction.key == PosTransactionKey("S1", "T1", "7")
    assert transaction.lines == transaction.live
    assert (transaction.lines[0].quantity, transaction.lines[0].price) == (Decimal("2.0000"), Decimal("1.390000"))
    assert (transaction.discount, transaction.paid, transaction.item_count, row.value.given_date) == (None, None, None, None)


def test_what_may_be_left_out() -> None:
    short = {key: value for key, value in GOOD.items() if key not in {"customer", "staff", "lines", "payments"}}
    assert incoming(short).transaction.lines == ()
    only_needed = {"number": 1, "item": "1", "quantity": "1", "unit": "each", "price": "1", "net": "1"}
    (bare,) = incoming(GOOD | {"lines": [only_needed]}).transaction.lines
    assert bare[5:] == (Decimal(0), Decimal(1), Decimal(0), "", False, None, None, "")


def test_what_the_till_may_add() -> None:
    found = incoming(GOOD | {"discount": "0.28", "paid": "2.65", "item_count": "2", "business_date": "2016-12-31"})
    assert found.transaction[10:13] == (Decimal("0.28"), Decimal("2.65"), Decimal(2))
    assert found.given_date == found.transaction.business_date == date(2016, 12, 31)


def test_a_return_reference() -> None:
    found = incoming(line(quantity="-1", net="-1", return_of={"store": "S1", "terminal": "T1", "number": "6", "line": 2}))
    assert found.transaction.lines[0].return_of == ReturnRef("S1", "T1", "6", 2)


@pytest.mark.parametrize("number", ["1.1", "-1.1", "0.3", "123456789.4567", "-0", "7"])
def test_numbers_never_pass_through_a_float(number: str) -> None:
    text = json.dumps(line(quantity="@"))
    as_number = read(None, text.replace('"@"', number).encode())
    as_text = read(None, text.replace("@", number).encode())
    assert isinstance(as_number, Row)
    assert isinstance(as_text, Row)
    assert as_number.value == as_text.value
    assert as_number.value.transaction.lines[0].quantity == Decimal(number)


REPEATS: list[tuple[str, dict[str, Any]]] = [
    ("other spelling of numbers", GOOD | {"net": "2.5", "tax": 0.15, "total": "2.650"}),
    ("other offset", GOOD | {"sold_at": "2017-01-01T16:53:26Z"}),
    ("blank instead of null", GOOD | {"customer": ""} | {"lines": [GOOD["lines"][0] | {"batch": " "}]}),
    ("null instead of absent", GOOD | {"discount": None, "business_date": None}),
]


@pytest.mark.parametrize("repeat", [row[1] for row in REPEATS], ids=[row[0] for row in REPEATS])
def test_the_same_content_has_the_same_digest(repeat: dict[str, Any]) -> None:
    assert incoming(repeat).digest == incoming(GOOD).digest


def test_the_order_of_lines_and_payments_does_not_matter() -> None:
    lines = [GOOD["lines"][0] | {"number": number} for number in (1, 2, 3)]
    payments = [GOOD["payments"][0] | {"number": number} for number in (1, 2)]
    there = incoming(GOOD | {"lines": lines, "payments": payments})
    back = incoming(GOOD | {"lines": lines[::-1], "payments": payments[::-1]})
    assert there == back


OTHERS: list[dict[str, Any]] = [
    GOOD | {"kind": "income"}, GOOD | {"sold_at": "2017-01-01T11:53:27-05:00"}, GOOD | {"currency": "EUR"}, GOOD | {"customer": "C1"},
    GOOD | {"staff": "0043"}, GOOD | {"net": "2.51"}, GOOD | {"tax": "0.16"}, GOOD | {"total": "2.66"}, GOOD | {"discount": "0"},
    GOOD | {"paid": "0"}, GOOD | {"item_count": "0"}, GOOD | {"business_date": "2017-01-01"}, GOOD | {"lines": []}, GOOD | {"payments": []},
    line(number=2), line(item="1"), line(quantity="3"), line(unit="box"), line(price="1"), line(discount="0"), line(net="1"), line(tax="0"),
    line(batch="A"), line(voided=True), line(return_of={"store": "S1", "terminal": "T1", "number": "6", "line": 2}),
    payment(number=2), payment(method="card"), payment(amount="1"),
]  # fmt: skip


@pytest.mark.parametrize("other", OTHERS, ids=range(len(OTHERS)))
def test_any_other_content_has_another_digest(other: dict[str, Any]) -> None:
    assert incoming(other).digest != incoming(GOOD).digest


def test_the_digest_knows_where_one_value_ends() -> None:
    """Two different contents whose values, strung together, read alike."""
    one = incoming(line(item="1", batch="23")).digest
    other = incoming(line(item="12", batch="3")).digest
    assert one != other


BAD: list[tuple[str, Any, str]] = [
    ("kind", GOOD | {"kind": "gift"}, "BAD_VALUE"),
    ("store number", GOOD | {"store": 1}, "BAD_VALUE"),
    ("blank store", GOOD | {"store": " "}, "MISSING_FIELD"),
    ("long number", GOOD | {"number": "9" * 61}, "BAD_VALUE"),
    ("NUL", GOOD | {"number": "9\0"}, "BAD_TEXT"),
    ("control character", line(item="9\n9"), "BAD_TEXT"),
    ("half a surrogate pair", GOOD | {"staff": "\ud800"}, "BAD_TEXT"),
    ("the other half", GOOD | {"staff": "x\udc00x"}, "BAD_TEXT"),
    ("no offset", GOOD | {"sold_at": "2017-01-01T11:53:26"}, "BAD_DATE"),
    ("seconds since", GOOD | {"sold_at": 1483289606}, "BAD_DATE"),
    ("the year 1", GOOD | {"sold_at": "0001-01-01T00:00:00+05:00"}, "BAD_DATE"),
    ("the year 9999", GOOD | {"business_date": "9999-12-31"}, "BAD_DATE"),
    ("a moment as a date", GOOD | {"business_date": "2017-01-01T11:53:26Z"}, "BAD_DATE"),
    ("currency", GOOD | {"currency": "usd"}, "BAD_VALUE"),
    ("an object as a number", line(quantity={}), "BAD_NUMBER"),
    ("a list as a number", GOOD | {"total": []}, "BAD_NUMBER"),
    ("true as a number", GOOD | {"total": True}, "BAD_NUMBER"),
    ("null as a number", line(price=None), "BAD_NUMBER"),
    ("no number at all", GOOD | {"net": None}, "BAD_NUMBER"),
    ("exponent", GOOD | {"total": "1e2"}, "BAD_NUMBER"),
    ("line number 0", line(number=0), "BAD_NUMBER"),
    ("line number as a text", line(number="1"), "BAD_NUMBER"),
    ("line number beyond", line(number=2**31), "BAD_NUMBER"),
    ("flag", line(voided="no"), "BAD_VALUE"),
    ("line without item", GOOD | {"lines": [{}]}, "MISSING_FIELD"),
    ("unknown field of a line", line(colour="red"), "UNKNOWN_FIELD"),
    ("half a reference", line(return_of={"store": "S1"}), "MISSING_FIELD"),
    ("lines as an object", GOOD | {"lines": {}}, "BAD_VALUE"),
    ("payment twice", GOOD | {"payments": GOOD["payments"] * 2}, "DUPLICATE_LINE"),
    ("line twice", GOOD | {"lines": GOOD["lines"] * 2}, "DUPLICATE_LINE"),
    ("too many lines", GOOD | {"lines": [{"number": n + 1, **dict.fromkeys(("item", "unit", "quantity", "price", "net"), "1")}
                                         for n in range(10_001)]}, "TOO_LARGE"),
    ("an array", [GOOD], "BAD_JSON"),
    ("a text", "sale", "BAD_JSON"),
    ("null", None, "BAD_JSON"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "code"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_values(value: Any, code: str) -> None:
    row = read(value)
    assert isinstance(row, Reject)
    assert (row.row, row.code) == (3, code)
    assert str(row.message).endswith(".")


BAD_BYTES: list[tuple[bytes, str]] = [
    (b"{", "BAD_JSON"), (b"x", "BAD_JSON"), (b"1 2", "BAD_JSON"), (b"NaN", "BAD_JSON"), (b'{"store":"\xff"}', "BAD_ENCODING"),
    (b"[" * 100_000, "BAD_JSON"), (b'{"lines":' * 50_000, "BAD_VALUE"), (b'{"total":' + b"[" * 50_000 + b"]" * 50_000 + b"}", "BAD_JSON"),
    (b"\x00", "BAD_JSON"), (b'"\\ud800"', "BAD_TEXT"), (b'{"store":"S1","terminal":"T1","number":"7"}', "MISSING_FIELD"),
    (b'{"total":' + b"9" * 900_000 + b"}", "TOO_LARGE"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "code"), BAD_BYTES, ids=[repr(row[0][:20]) for row in BAD_BYTES])
def test_bad_bytes(raw: bytes, code: str) -> None:
    row = read(None, raw)
    assert isinstance(row, Reject)
    assert row.code == code


def test_a_number_of_a_million_digits_is_answered() -> None:
    row = read(None, json.dumps(line(quantity="@")).replace('"@"', "9" * 900_000).encode())
    assert isinstance(row, Reject)
    assert row.code == "TOO_LARGE"
    assert len(str(row.message)) < 300


def test_a_line_that_is_too_long() -> None:
    row = TRANSACTIONS.read_line(Line(3, b"x", True))
    assert isinstance(row, Reject)
    assert row.code == "TOO_LARGE"


def test_the_message_names_the_place_and_the_value() -> None:
    row = read(line(quantity="NaN"))
    assert isinstance(row, Reject)
    assert row.key == "S1/T1/7"
    assert "lines[0].quantity 'NaN'" in str(row.message)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, *GOOD["lines"][0], "x"]), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(sorted(GOOD)) | st.text(max_size=5), JSON)
def test_whatever_stands_in_a_field_is_a_value_or_a_code(field: str, value: Any) -> None:
    row = read(GOOD | {field: value})
    assert isinstance(row, Row) or row.code in REGISTRY


@given(st.sampled_from(sorted(GOOD["lines"][0])), JSON)
def test_whatever_stands_in_a_line_is_a_value_or_a_code(field: str, value: Any) -> None:
    row = read(line(**{field: value}))
    assert isinstance(row, Row) or row.code in REGISTRY


@given(st.binary(max_size=200))
def test_no_bytes_can_do_harm(junk: bytes) -> None:
    good = json.dumps(GOOD).encode()
    for raw in (junk, good + junk, good[: len(junk)] + junk + good[len(junk) :]):
        row = read(None, raw)
        assert isinstance(row, Row) or row.code in REGISTRY
