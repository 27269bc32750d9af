"""SAF-T Cash Register: the authority's example goes in completely, what has no counterpart is said, and bad files are refused."""

from pathlib import Path
from typing import Any

import pytest

from statements.models import PosTransaction, ValidationProblem
from tests.oracle.commands import DONE, PARTLY, WRONG_USE, Answer, rejected, run

EXAMPLE = Path(__file__).parents[1] / "data" / "saf_t" / "example.xml"
BASE = {
    "legal-entities": "legal_entity,name,currency\nSA,Selskapet ASA,NOK\n",
    "warehouses": "warehouse,name,site,legal_entity,wms_enabled,store_negative_physical\nW1,W,OSLO,SA,false,true\n",
    "stores": "store,name,warehouse,currency,time_zone,rounding_limit\nS1,Location A: Shop Frogner,W1,NOK,Europe/Oslo,0.50\n"
    "S2,Elsewhere,W1,NOK,Europe/Oslo,0.50\n",
    "items": "item,name,item_group,unit,batch_tracked,negative_physical,wms_enabled,standard_cost\n"
    + "".join(f"{code},,100,stk,false,true,false,1\n" for code in ("1001", "1002", "1003", "2001", "3001")),
}


@pytest.fixture
def folder(tmp_path: Path, db: None) -> Path:
    for kind, content in BASE.items():
        (tmp_path / f"{kind}.csv").write_text(content)
        assert run("import_data", kind, str(tmp_path / f"{kind}.csv")).status == DONE
    return tmp_path


def imported(folder: Path, *changes: tuple[str, str], options: tuple[str, ...] = ()) -> Answer:
    """The example with changes, imported."""
    text = EXAMPLE.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    (folder / "saf_t.xml").write_text(text, encoding="utf-8")
    return run("import_data", "transactions", str(folder / "saf_t.xml"), *options)


def documents() -> dict[str, tuple[Any, ...]]:
    """Kind, moment, net, total, payments and lines (item, quantity, unit, net, tax, voided) of each transaction by number."""
    found = {}
    for one in PosTransaction.objects.prefetch_related("lines", "payments"):
        lines = [
            (line.item_code, f"{line.quantity:.0f}", line.unit_id, f"{line.net:.2f}", f"{line.tax:.2f}", line.voided)
            for line in one.lines.order_by("number")
        ]
        paid = " ".join(f"{payment.method_id} {payment.amount:.2f}" for payment in one.payments.order_by("number"))
        found[one.number] = (one.kind, f"{one.sold_at:%Y-%m-%d %H:%M:%S}", f"{one.net:.2f}", f"{one.total:.2f}", paid, lines)
    return found


def test_the_example_of_the_authority(folder: Path) -> None:
    answer = imported(folder)
    assert (answer.status, answer.data["new"], answer.data["rejected"]) == (DONE, 6, 0), answer
    found = documents()
    assert found["1000"] == (
        *("sale", "2020-01-01 08:00:00", "75.12", "86.40", "card 86.40"),
        [
            ("1001", "2", "stk", "28.52", "4.28", False),
            ("1002", "1", "stk", "22.43", "3.37", False),
            ("1003", "1", "stk", "24.17", "3.63", False),
        ],
    )
    assert found["1001"][:5] == ("sale", "2020-01-01 08:15:00", "236.32", "295.40", "cash 295.00"), "rounded to the krone"
    assert found["1003"] == (
        *("sale", "2020-01-01 09:41:30", "-14.26", "-16.40", "card -16.40"),
        [("1001", "-1", "stk", "-14.26", "-2.14", False)],
    )
    assert found["E2000"][:2] == ("shift_open", "2020-01-01 07:45:00")
    assert found["E2017"][0] == "shift_close"
    assert {one.terminal.code for one in PosTransaction.objects.all()} == {"11.222-33.44.567"}
    assert list(ValidationProblem.objects.filter(severity="error").values_list("code", flat=True)) == []
    (said,) = answer.data["notes"]
    assert said.endswith("Employee log in (2), Employee log out (1), Open cash drawer manually (1), Price look-up (1), Z report (1).")
    assert imported(folder).data["unchanged"] == 6


def test_voids_training_floats_and_counts(folder: Path) -> None:
    flags = "<voidTransaction>false</voidTransaction>\n\t\t\t\t\t<trainingID>false</trainingID>"
    first = EXAMPLE.read_text(encoding="utf-8").index("<voidTransaction>")
    assert flags[:40] in EXAMPLE.read_text(encoding="utf-8")[first : first + 60]
    basics = "<basicID>RETURNSAL</basicID>\n\t\t\t\t<predefinedBasicID>11006</predefinedBasicID>"
    answer = imported(
        folder,
        ("<voidTransaction>false</voidTransaction>", "<voidTransaction>true</voidTransaction>"),
        ("<reportOpeningChangeFloat>0.00", "<reportOpeningChangeFloat>500.00"),
        (basics, basics.replace("11006", "11007")),
    )
    assert answer.status == DONE, answer
    found = documents()
    assert found["1000"][2:5] == ("0.00", "0.00", "")
    assert all(line[-1] for line in found["1000"][5])
    assert found["Z1"] == ("start_amount", "2020-01-01 22:56:59", "500.00", "500.00", "cash 500.00", [])
    assert found["1003"] == ("tender_declaration", "2020-01-01 09:41:30", "16.40", "16.40", "card 16.40", [])
    assert "Z report" not in answer.data["notes"][0]


def test_training_is_passed_over_and_said(folder: Path) -> None:
    answer = imported(folder, ("<trainingID>false</trainingID>", "<trainingID>true</trainingID>"))
    assert (answer.data["new"], "1000" in documents()) == (5, False)
    assert "training (1)" in answer.data["notes"][0]


def test_debits_without_sign(folder: Path) -> None:
    changes = [(f"<{name}>-{amount}</{name}>", f"<{name}>{amount}</{name}>") for name, amount in (
        *(("transAmntIn", "16.40"), ("transAmntEx", "14.26"), ("qnt", "1"), ("lineAmntIn", "16.40"), ("lineAmntEx", "14.26")),
        ("paidAmnt", "16.40"),
    )]  # fmt: skip
    imported(folder, *changes)
    assert documents()["1003"][2:] == ("-14.26", "-16.40", "card -16.40", [("1001", "-1", "stk", "-14.26", "-2.14", False)])


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<amntTp>C</amntTp>\n\t\t\t\t\t<empID>1001</empID>\n\t\t\t\t\t<periodNumber>", "<periodNumber>", "MISSING_FIELD"),
        ("<transAmntIn>86.40", "<transAmntIn>86,40", "BAD_NUMBER"),
        ("<transTime>09:00:00", "<transTime>9 o'clock", "BAD_DATE"),
        ("<curCode>NOK</curCode>\n\t\t\t\t\t\t<exchRt>", "<curCode>EUR</curCode>\n\t\t\t\t\t\t<exchRt>", "FOREIGN_TENDER"),
        ("<predefinedBasicID>12002</predefinedBasicID>", "<predefinedBasicID>12999</predefinedBasicID>", "BAD_VALUE"),
    ],
)
def test_a_bad_transaction_is_refused_and_its_neighbours_kept(folder: Path, old: str, new: str, code: str) -> None:
    answer = imported(folder, (old, new))
    assert (answer.status, {row["code"] for row in rejected(folder / "saf_t.xml")}) == (PARTLY, {code}), answer
    assert documents()["1001"][0] == "sale"


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><auditfile '


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("<auditfile ", BOMB, "UNREADABLE_FILE"),
        ("</event>", "</ewent>", "UNREADABLE_FILE"),
        ('encoding="UTF-8"', 'encoding="klingon"', "UNREADABLE_FILE"),
        ("Location A: Shop Frogner", "Shop of somebody else", "STORE_NOT_NAMED"),
        ("urn:StandardAuditFile-Taxation-CashRegister:NO", "urn:StandardAuditFile-Taxation-Financial:NO", "NOT_SAF_T"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_once(folder: Path, old: str, new: str, said: str) -> None:
    answer = imported(folder, (old, new))
    assert (answer.status, answer.errors.count(f"{said}:")) == (WRONG_USE, 1), answer


def test_a_file_that_breaks_off_keeps_what_came_before(folder: Path) -> None:
    answer = imported(folder, ("<transID>1002</transID>\n\t\t\t\t\t<transType>", "<broken><transType>"))
    assert (answer.status, set(documents())) == (PARTLY, {"1000", "1001", "E2000", "E2017"})
    (refused,) = rejected(folder / "saf_t.xml")
    assert (refused["code"], "not whole at line" in refused["message"]) == ("FILE_DAMAGED", True)


def test_xml_of_another_kind(folder: Path) -> None:
    (folder / "page.xml").write_text("<html><body>Not found</body></html>")
    answer = run("import_data", "transactions", str(folder / "page.xml"))
    assert (answer.status, answer.errors.strip()) == (
        *(WRONG_USE, "NOT_SAF_T: The file is XML with the root html, no SAF-T Cash Register file."),
    )
    assert "The file is XML" in run("import_data", "items", str(folder / "page.xml")).errors
