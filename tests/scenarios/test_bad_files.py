"""Files that cannot be read, or only in part: a stable code and a sentence, good rows kept, nothing half-written, no traceback.

Unusable as a whole: exit status 2 and nothing written. A bad row: exit status 1, the row in the rejects file, the rest kept.
"""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.building import line, pos_transaction
from tests.oracle.commands import DONE, PARTLY, WRONG_USE, Answer, rejected, run
from tests.oracle.files import as_json
from tests.scenarios.world import NOON, Shop

ITEMS = (
    "item,name,item_group,unit,batch_tracked,negative_physical,wms_enabled,allocation_policy,shelf_life_days,standard_cost\n"
    "MILK,Milk,DAIRY,pcs,true,false,false,fefo,,1.00\n"
)
RECEIPT_COLUMNS = "receipt,line,warehouse,item,batch,quantity,unit_cost,received_at,manufactured_on,expires_on,disposition"
GOOD_RECEIPT: dict[str, str] = {
    "receipt": "R2",
    "line": "1",
    "warehouse": "W1",
    "item": "MILK",
    "batch": "B",
    "quantity": "5",
    "unit_cost": "1.10",
    "received_at": "2024-04-01T08:00:00+00:00",
    "manufactured_on": "",
    "expires_on": "2024-06-30",
    "disposition": "",
}


def load(folder: Path, kind: str, content: bytes | str, name: str = "file.csv") -> tuple[Answer, list[str]]:
    """Import the content; the answer and the codes in the rejects file."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    answer = run("import_data", kind, str(path))
    return answer, [row["code"] for row in rejected(path)]


def receipts(*rows: dict[str, str]) -> str:
    columns = RECEIPT_COLUMNS.split(",")
    return "\n".join([RECEIPT_COLUMNS, *(",".join(row[column] for column in columns) for row in rows)]) + "\n"


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """Milk is known, nothing is in stock."""
    shop.sells_item(negative=True)
    shop.comes_in()
    return shop


# -- whole files -------------------------------------------------------------------------------------------------------


def must_be_refused(answer: Answer) -> None:
    assert answer.status == WRONG_USE, answer
    assert answer.codes, "a code and a sentence"
    assert "Traceback" not in answer.errors


WHOLE_FILES: dict[str, bytes] = {
    "empty": b"",
    "not a table": b"\x00\x01\x02\xff\xfe",
    "a column is missing": ITEMS.replace(",standard_cost", "").replace(",1.00\n", "\n").encode(),
    "an unknown column": ITEMS.replace("standard_cost", "standard_cost,colour").replace("1.00\n", "1.00,red\n").encode(),
    "a column twice": ITEMS.replace("standard_cost", "standard_cost,name").replace("1.00\n", "1.00,Milk\n").encode(),
    "UTF-16": ITEMS.encode("utf-16"),
    "a bad byte in the header": b"item,n\xe4me" + ITEMS[len("item,name") :].encode(),
    "semicolons": ITEMS.replace(",", ";").encode(),
}


@pytest.mark.parametrize("content", WHOLE_FILES.values(), ids=WHOLE_FILES)
def test_a_file_that_is_unusable_as_a_whole(shop: Shop, content: bytes) -> None:
    answer, _ = load(shop.folder, "items", content)
    must_be_refused(answer)
    good, codes = load(shop.folder, "items", ITEMS)
    assert (good.status, codes) == (DONE, [])


def test_a_file_that_is_not_there(shop: Shop) -> None:
    must_be_refused(run("import_data", "items", str(shop.folder / "nothing.csv")))
    must_be_refused(run("import_data", "items", str(shop.folder)))
    assert list(shop.folder.glob("nothing*")) == [], "no rejects beside a file that nobody could read"


def test_a_kind_that_does_not_exist(shop: Shop) -> None:
    path = shop.folder / "items.csv"
    path.write_text(ITEMS)
    assert run("import_data", "itemz", str(path)).status == WRONG_USE
    assert run("import_data", "items", str(path)).status == DONE


def test_a_broken_gzip(shop: Shop) -> None:
    packed = gzip.compress(ITEMS.encode())
    answer, _ = load(shop.folder, "items", packed[: len(packed) // 2], "items.csv.gz")
    must_be_refused(answer)
    answer, _ = load(shop.folder, "items", b"not gzip at all", "items.csv.gz")
    must_be_refused(answer)
    answer, _ = load(shop.folder, "items", packed, "items.csv.gz")
    assert answer.status == DONE


def test_a_byte_order_mark_and_crlf_are_fine(shop: Shop) -> None:
    answer, _ = load(shop.folder, "items", b"\xef\xbb\xbf" + ITEMS.replace("\n", "\r\n").encode())
    assert answer.status == DONE


def test_a_dry_run_writes_nothing(stocked: Shop) -> None:
    path = stocked.folder / "receipts.csv"
    path.write_text(receipts(GOOD_RECEIPT))
    assert run("import_data", "receipts", str(path), "--dry-run").status == DONE
    assert stocked.shelf() == {}
    assert run("import_data", "receipts", str(path)).status == DONE
    assert stocked.shelf() == {"B": "5"}


# -- rows of receipts ---------------------------------------------------------------------------------------------------

BAD_RECEIPTS: list[tuple[str, str, str]] = [
    ("quantity", "1e3", "BAD_NUMBER"),
    ("quantity", "NaN", "BAD_NUMBER"),
    ("quantity", "Infinity", "BAD_NUMBER"),
    ("quantity", "5.00001", "BAD_NUMBER"),
    ("quantity", "five", "BAD_NUMBER"),
    ("quantity", "1_000", "BAD_NUMBER"),
    ("quantity", "\u0665", "BAD_NUMBER"),
    ("quantity", "99999999999999999999", "TOO_LARGE"),
    ("quantity", "", "MISSING_FIELD"),
    ("unit_cost", "1.1234567", "BAD_NUMBER"),
    ("line", "1.5", "BAD_NUMBER"),
    ("received_at", "2024-04-01T08:00:00", "BAD_DATE"),
    ("received_at", "2024-04-31T08:00:00+00:00", "BAD_DATE"),
    ("received_at", "yesterday", "BAD_DATE"),
    ("expires_on", "30.06.2024", "BAD_DATE"),
    ("warehouse", "W9", "UNKNOWN_WAREHOUSE"),
    ("item", "CHEESE", "UNKNOWN_ITEM"),
    ("disposition", "rotten", "UNKNOWN_DISPOSITION"),
    ("receipt", "", "MISSING_FIELD"),
]


@pytest.mark.parametrize(("column", "value", "code"), BAD_RECEIPTS, ids=[f"{row[0]}={row[1]}" for row in BAD_RECEIPTS])
def test_a_bad_receipt_is_rejected_and_its_neighbour_kept(stocked: Shop, column: str, value: str, code: str) -> None:
    neighbour = GOOD_RECEIPT | {"receipt": "R1", "batch": "A"}
    answer, codes = load(stocked.folder, "receipts", receipts(neighbour, GOOD_RECEIPT | {column: value}))
    assert (answer.status, codes) == (PARTLY, [code])
    assert stocked.shelf() == {"A": "5"}
    answer, codes = load(stocked.folder, "receipts", receipts(neighbour, GOOD_RECEIPT))
    assert (answer.status, codes) == (DONE, [])
    assert stocked.shelf() == {"A": "5", "B": "5"}


def test_a_rejects_file_names_row_key_code_and_message(stocked: Shop) -> None:
    path = stocked.folder / "receipts.csv"
    path.write_text(receipts(GOOD_RECEIPT | {"receipt": "R1", "batch": "A"}, GOOD_RECEIPT | {"quantity": "NaN"}))
    assert run("import_data", "receipts", str(path)).status == PARTLY
    (row,) = rejected(path)
    assert row["code"] == "BAD_NUMBER"
    assert "NaN" in row["message"]
    assert "quantity" in row["message"]
    assert "R2" in row["key"]
    assert "3" in row.values(), "the third line of the file"


def test_a_bad_byte_in_a_row_spoils_this_row_alone(stocked: Shop) -> None:
    text = receipts(GOOD_RECEIPT | {"receipt": "R1", "batch": "A"}, GOOD_RECEIPT | {"batch": "B?"})
    answer, codes = load(stocked.folder, "receipts", text.encode().replace(b"B?", b"B\xe4"))
    assert (answer.status, codes) == (PARTLY, ["BAD_ENCODING"])
    assert stocked.shelf() == {"A": "5"}


def test_a_row_with_too_few_cells_spoils_this_row_alone(stocked: Shop) -> None:
    text = receipts(GOOD_RECEIPT | {"receipt": "R1", "batch": "A"}) + "R2,1,W1\n"
    answer, codes = load(stocked.folder, "receipts", text)
    assert answer.status == PARTLY
    assert len(codes) == 1
    assert stocked.shelf() == {"A": "5"}


def test_a_receipt_with_the_same_key_and_other_content(stocked: Shop) -> None:
    assert load(stocked.folder, "receipts", receipts(GOOD_RECEIPT))[0].status == DONE
    again, codes = load(stocked.folder, "receipts", receipts(GOOD_RECEIPT))
    assert (again.status, codes) == (DONE, [])
    other, codes = load(stocked.folder, "receipts", receipts(GOOD_RECEIPT | {"quantity": "6"}))
    assert (other.status, codes) == (PARTLY, ["CONFLICT"])
    same_number_written_otherwise, codes = load(stocked.folder, "receipts", receipts(GOOD_RECEIPT | {"quantity": "5.0000"}))
    assert (same_number_written_otherwise.status, codes) == (DONE, [])
    assert stocked.shelf() == {"B": "5"}


def test_the_same_receipt_twice_in_one_file(stocked: Shop) -> None:
    answer, codes = load(stocked.folder, "receipts", receipts(GOOD_RECEIPT, GOOD_RECEIPT | {"quantity": "6"}))
    assert answer.status == PARTLY
    assert codes in (["CONFLICT"], ["DUPLICATE_LINE"])
    assert stocked.shelf() == {"B": "5"}


def test_master_data_with_other_content_is_updated(stocked: Shop) -> None:
    """The fix of a failed statement may be a new flag in the item file."""
    stocked.sells_item("CHEESE", negative=False)
    stocked.falls_back()
    stocked.sells(1, item="CHEESE")
    assert stocked.posts().status == PARTLY
    stocked.sells_item("CHEESE", negative=True)
    assert stocked.posts().status == DONE
    stocked.must_be_posted()


# -- rows of transactions -----------------------------------------------------------------------------------------------


def ticket(number: str = "2", **changes: Any) -> dict[str, Any]:
    return as_json(pos_transaction("S1", number, NOON, line("MILK", 1))) | changes


def lines_of(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def with_line(**changes: Any) -> dict[str, Any]:
    row = ticket()
    return row | {"lines": [row["lines"][0] | changes]}


BAD_TICKETS: list[tuple[str, str, str]] = [
    ("no JSON", "{not json", "BAD_JSON"),
    ("cut off", json.dumps(ticket())[:-5], "BAD_JSON"),
    ("an array", "[1, 2]", "BAD_JSON"),
    ("nested without end", "[" * 100_000 + "]" * 100_000, "BAD_JSON"),
    ("NaN", json.dumps(ticket()).replace('"1.59"', "NaN", 1), "BAD_JSON"),
    ("NaN as text", json.dumps(with_line(quantity="NaN")), "BAD_NUMBER"),
    ("an exponent", json.dumps(with_line(quantity="1e0")), "BAD_NUMBER"),
    ("an exponent as number", json.dumps(with_line(quantity="@")).replace('"@"', "1e0"), "BAD_NUMBER"),
    ("five decimals", json.dumps(with_line(quantity="1.00001")), "BAD_NUMBER"),
    ("four decimals of money", json.dumps(ticket(total="1.5911")), "BAD_NUMBER"),
    ("a huge number", json.dumps(with_line(quantity="9" * 30)), "TOO_LARGE"),
    ("no offset", json.dumps(ticket(sold_at="2024-05-01T12:00:00")), "BAD_DATE"),
    ("no such day", json.dumps(ticket(sold_at="2024-02-30T12:00:00+00:00")), "BAD_DATE"),
    ("a bad business date", json.dumps(ticket(business_date="1.5.2024")), "BAD_DATE"),
    ("unknown store", json.dumps(ticket(store="S9")), "UNKNOWN_STORE"),
    ("unknown kind", json.dumps(ticket(kind="gift")), "BAD_VALUE"),
    ("unknown method", json.dumps(ticket(payments=[{"number": 1, "method": "shells", "amount": "1.59"}])), "BAD_VALUE"),
    ("no number", json.dumps({key: value for key, value in ticket().items() if key != "number"}), "MISSING_FIELD"),
    ("an unknown field", json.dumps(ticket(colour="red")), "UNKNOWN_FIELD"),
    ("a line twice", json.dumps(ticket(lines=ticket()["lines"] * 2)), "DUPLICATE_LINE"),
]


@pytest.mark.parametrize(("text", "code"), [row[1:] for row in BAD_TICKETS], ids=[row[0] for row in BAD_TICKETS])
def test_a_bad_ticket_is_rejected_and_its_neighbours_kept(stocked: Shop, text: str, code: str) -> None:
    content = lines_of(ticket("1")) + text + "\n" + lines_of(ticket("3"))
    answer, codes = load(stocked.folder, "transactions", content, "tickets.ndjson")
    assert (answer.status, codes) == (PARTLY, [code])
    stocked.falls_back()
    stocked.posts()
    assert [row["transaction"] for row in stocked.exports("allocations")] == ["1", "3"]
    answer, codes = load(stocked.folder, "transactions", lines_of(ticket("1"), ticket(), ticket("3")), "tickets.ndjson")
    assert (answer.status, codes) == (DONE, [])


def test_a_bad_byte_in_a_ticket_spoils_this_ticket_alone(stocked: Shop) -> None:
    content = lines_of(ticket("1"), ticket("2", staff="?"), ticket("3")).encode().replace(b'"?"', b'"\xe4"')
    answer, codes = load(stocked.folder, "transactions", content, "tickets.ndjson")
    assert (answer.status, codes) == (PARTLY, ["BAD_ENCODING"])


def test_numbers_of_json_keep_their_digits(stocked: Shop) -> None:
    """1.1 is no binary fraction; as a JSON number it must still be exactly 1.1."""
    row = as_json(pos_transaction("S1", "1", NOON, line("MILK", "1.1", price="10")))
    text = json.dumps(row).replace('"1.1"', "1.1").replace('"11.00"', "11.00").replace('"0.66"', "0.66")
    answer, codes = load(stocked.folder, "transactions", text + "\n", "tickets.ndjson")
    assert (answer.status, codes) == (DONE, [])
    stocked.falls_back()
    stocked.posts()
    assert stocked.shelf() == {"DEF": "-1.1"}


def test_a_ticket_with_the_same_key_and_other_content(stocked: Shop) -> None:
    assert load(stocked.folder, "transactions", lines_of(ticket()))[0].status == DONE
    again, codes = load(stocked.folder, "transactions", lines_of(ticket()))
    assert (again.status, codes) == (DONE, [])
    in_another_offset = ticket(sold_at="2024-05-01T14:00:00+02:00")
    again, codes = load(stocked.folder, "transactions", lines_of(in_another_offset))
    assert (again.status, codes) == (DONE, [])
    other, codes = load(stocked.folder, "transactions", lines_of(ticket(staff="0002")))
    assert (other.status, codes) == (PARTLY, ["CONFLICT"])


@pytest.mark.parametrize("warehouse", ["", "W9"])
def test_a_store_without_a_warehouse(shop: Shop, warehouse: str) -> None:
    shop.comes_in()
    columns = "store,name,warehouse,currency,time_zone,end_of_business_day\n"
    answer, codes = load(shop.folder, "stores", columns + f"S7,,{warehouse},USD,UTC,00:00\nS8,,W1,USD,UTC,00:00\n")
    assert answer.status == PARTLY
    assert codes == ["MISSING_FIELD" if not warehouse else "UNKNOWN_WAREHOUSE"]
    content = lines_of(ticket("1", store="S7"), ticket("2", store="S8"))
    answer, codes = load(shop.folder, "transactions", content, "tickets.ndjson")
    assert (answer.status, codes) == (PARTLY, ["UNKNOWN_STORE"])
