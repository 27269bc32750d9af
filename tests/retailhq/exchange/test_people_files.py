"""Files as people have them (tests/data/people_files): each is taken, taken with a profile, or refused once in a sentence."""

import shutil
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from core.lib.holds import Holds
from core.lib.parsing import FieldError
from inventory.models import Item
from parameters.models import Unit
from retailhq.exchange.services.files import CSV_KINDS
from tests.oracle.commands import DONE, PARTLY, WRONG_USE, rejected, run

FILES = Path(__file__).parents[2] / "data" / "people_files"


class Expected(NamedTuple):
    """What an import gives: rows taken, codes of refused rows; or the code of the refusal of all, then the profile that takes it."""

    taken: int = 0
    codes: tuple[str, ...] = ()
    refused: str = ""
    profile: str = ""


def whole(code: str, profile: str, taken: int = 1, *codes: str) -> Expected:
    """Refused once, taken with the profile."""
    return Expected(taken, codes, code, profile)


LOCAL = "PROFILE_NEEDED"
EXPECTED = {
    "items-01-bom-crlf.csv": Expected(1),
    "items-02-semicolon.csv": whole("WRONG_COLUMNS", "semicolon"),
    "items-03-semicolon-decimal-comma.csv": whole("WRONG_COLUMNS", "european"),
    "items-04-utf16-tabs.csv": whole("BAD_ENCODING", "unicode-text"),
    "items-05-utf16-commas.csv": whole("BAD_ENCODING", "utf-16"),
    "items-06-cp1252.csv": Expected(1, ("BAD_ENCODING",)),
    "items-07-blank-lines.csv": Expected(1),
    "items-08-quoted-newline.csv": Expected(2),
    "items-09-TRUE-from-excel.csv": Expected(1),
    "items-10-yes-no.csv": Expected(1),
    "items-11-one-zero.csv": Expected(1),
    "items-12-gtin-scientific.csv": Expected(0, ("SPREADSHEET_EXPONENT", "SPREADSHEET_EXPONENT")),
    "items-13-thousands.csv": Expected(1),
    "items-14-currency.csv": whole(LOCAL, "american"),
    "items-15-header-capitals.csv": Expected(1),
    "items-16-header-spaces.csv": Expected(1),
    "items-17-sep-line.csv": Expected(1),
    "items-18-title-lines.csv": Expected(1),
    "items-19-shopify-products.csv": Expected(refused="WRONG_COLUMNS"),
    "items-20-cr-only.csv": Expected(1),
    "items-21-smart-quotes.csv": Expected(1),
    "items-22-empty.csv": Expected(refused="WRONG_COLUMNS"),
    "items-23-header-only.csv": Expected(0),
    "items-24-nul.csv": Expected(0, ("BAD_TEXT",)),
    "items-25-missing-cells.csv": Expected(1, ("BAD_CSV",)),
    "items-26-comma-in-name.csv": Expected(0, ("BAD_CSV",)),
    "items-27-inch-quote.csv": Expected(2),
    "items-28-open-quote.csv": Expected(3, ("BAD_CSV",)),
    "items-29-nbsp.csv": Expected(1),
    "items-30-full-width.csv": Expected(1),
    "items-31-excel.xlsx": Expected(refused="UNREADABLE_FILE"),
    "receipts-01-dates-eu.csv": whole(LOCAL, "british"),
    "receipts-02-dates-us.csv": whole(LOCAL, "american"),
    "receipts-03-dates-dots.csv": whole(LOCAL, "british"),
    "receipts-04-excel-serial.csv": whole(LOCAL, "serial-dates"),
    "receipts-05-received-date-only.csv": Expected(refused=LOCAL),
    "receipts-06-received-no-offset.csv": Expected(refused=LOCAL),
    "receipts-07-received-excel.csv": Expected(refused=LOCAL),
    "receipts-08-lost-zeros.csv": Expected(0, ("LOST_ZEROS",)),
    "receipts-09-batch-scientific.csv": Expected(1, ("SPREADSHEET_EXPONENT",)),
    "receipts-10-batch-as-date.csv": Expected(0, ("SPREADSHEET_DATE",)),
    "receipts-11-minus-trailing.csv": Expected(0, ("BAD_NUMBER",) * 4),
    "receipts-12-quantity-1.000.csv": Expected(3, ("BAD_NUMBER",)),
    "receipts-13-datetime-expiry.csv": Expected(1),
    "receipts-14-no-expiry-9999.csv": Expected(2),
    "receipts-15-two-digit-year.csv": whole(LOCAL, "british"),
    "receipts-16-zulu.csv": Expected(3),
    "receipts-17-month-name.csv": Expected(1),
    "transactions-01-square-items.csv": Expected(refused=LOCAL),
    "transactions-02-shopify-orders.csv": Expected(refused=LOCAL),
    "transactions-03-pretty.json": Expected(1),
    "transactions-04-array.json": Expected(1),
    "transactions-05-details.ndjson": Expected(
        4, ("BAD_DATE", "BAD_NUMBER", "BAD_NUMBER", "BAD_VALUE", "BAD_VALUE", "BAD_VALUE", "BAD_VALUE", "UNKNOWN_FIELD", "UNKNOWN_STORE")
    ),
}


@pytest.fixture
def folder(tmp_path: Path, db: None) -> Path:
    """The files, and a shop with item 00012345 to import them into."""
    for file in FILES.iterdir():
        shutil.copy(file, tmp_path)
    for kind in ("legal-entities", "warehouses", "stores", "items"):
        assert run("import_data", kind, str(tmp_path / f"base-{kind}.csv")).status == DONE
    return tmp_path


def test_every_file_is_looked_at() -> None:
    assert {file.name for file in FILES.iterdir()} == EXPECTED.keys() | {
        f"base-{kind}.csv" for kind in ("legal-entities", "warehouses", "stores", "items")
    }


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_is_taken_or_refused_once(folder: Path, name: str) -> None:
    expected = EXPECTED[name]
    arguments = ["import_data", name.partition("-")[0], str(folder / name), "--dry-run"]
    answer = run(*arguments)
    if expected.refused:
        assert answer.status == WRONG_USE
        assert answer.errors.count(f"{expected.refused}:") == 1
        for word in ("Expected `", "malformed", "0x", "codec", "Error"):
            assert word not in answer.errors
        if not expected.profile:
            return
        answer = run(*arguments, "--profile", expected.profile)
    taken = sum(answer.data[name] for name in ("new", "updated", "unchanged"))
    refused = sorted(row["code"] for row in rejected(folder / name))
    assert (answer.status, taken, refused) == (PARTLY if expected.codes else DONE, expected.taken, list(expected.codes)), answer.errors


def test_lost_zeros_are_named_with_the_item_that_is_there(folder: Path) -> None:
    run("import_data", "receipts", str(folder / "receipts-08-lost-zeros.csv"))
    (refused,) = rejected(folder / "receipts-08-lost-zeros.csv")
    assert refused["message"] == "12345 is not known, but 00012345 is: a spreadsheet takes leading zeros away. Write 00012345."
    items = (folder / "base-items.csv").read_text().replace("00012345", "12345")
    (folder / "new.csv").write_text(items)
    assert run("import_data", "items", str(folder / "new.csv")).data["problems_by_code"] == {"LOST_ZEROS": 1}
    assert Item.objects.count() == 1
    assert run("import_data", "items", str(folder / "new.csv"), "--profile", "odd-codes").data["new"] == 1
    assert run("import_data", "items", str(folder / "new.csv")).data["unchanged"] == 1, "what is known is meant"


def test_transactions_whose_items_lost_their_zeros_are_warned_of(folder: Path) -> None:
    answer = run("import_data", "transactions", str(folder / "transactions-05-details.ndjson"))
    (warned,) = [warning for warning in answer.data["warnings"] if warning["code"] == "LOST_ZEROS"]
    assert (warned["row"], "00012345" in warned["message"]) == (8, True)


def test_units_of_another_case_are_those_that_exist(folder: Path) -> None:
    text = (folder / "base-items.csv").read_text().replace(",pcs,", ",PCS,")
    (folder / "again.csv").write_text(text)
    assert run("import_data", "items", str(folder / "again.csv")).data["unchanged"] == 1
    run("import_data", "transactions", str(folder / "transactions-05-details.ndjson"))
    assert Counter(Unit.objects.values_list("code", flat=True)) == Counter(["pcs"])
    Unit.objects.create(code="Pcs")
    assert run("import_data", "items", str(folder / "again.csv")).data["unchanged"] == 0, "which of the two is meant is not said"


def test_how_a_file_was_read_is_said(folder: Path) -> None:
    answer = run("import_data", "items", str(folder / "items-05-utf16-commas.csv"), "--profile", "utf-16")
    assert answer.data["notes"] == ["Read as UTF-16."]
    assert answer.data["profile"] == "utf-16"
    assert run("import_data", "items", str(folder / "items-06-cp1252.csv"), "--profile", "windows").data["profile"] == "windows"
    assert Item.objects.get(code="MILK").name == "Crème fraîche"


@pytest.mark.parametrize("kind", CSV_KINDS)
def test_what_a_column_holds_is_known(kind: str) -> None:
    """A parser that takes no text at all is marked with what it holds, or styles of files would pass it by."""
    for column in CSV_KINDS[kind].columns.columns:
        try:
            takes_texts = column.parse("a text") == "a text"
        except FieldError:
            takes_texts = False
        marked = column.holds in (Holds.CODE, Holds.TEXT)
        assert takes_texts == marked or column.name in ("time_zone", "end_of_business_day", "receipt"), column.name


def test_an_unknown_profile_is_answered_with_those_that_are_there(folder: Path) -> None:
    answer = run("import_data", "items", str(folder / "items-01-bom-crlf.csv"), "--profile", "martian")
    assert answer.status == WRONG_USE
    assert "UNKNOWN_PROFILE" in answer.errors
    assert "european" in answer.errors
