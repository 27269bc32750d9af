"""The ledger as SAF-T Financial: valid against the published schema, and the same amounts as the vouchers."""

from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cases.world import PricedShop
from tests.oracle.commands import DONE, WRONG_USE, run
from tests.scenarios.world import NOON

NS = "{urn:StandardAuditFile-Taxation-Financial:NO}"
# Skatteetaten/saf-t, 1.30; kept beside the project, not in it.
BESIDE = [Path(__file__).parents[above] / "shared" / "schemas" / "saf-t-financial.xsd" for above in (4, 5)]
SCHEMA = next((path for path in BESIDE if path.exists()), BESIDE[0])


@pytest.fixture
def shop(db: None, tmp_path: Path) -> PricedShop:
    """A posted day, goods that came in, and a write-off in the month after."""
    shop = PricedShop(tmp_path)
    shop.sells_at_cost(negative=False)
    shop.receives(100, "0.60", "A", receipt="R1")
    shop.sells(3, at=NOON)
    shop.posts()
    shop.keeps_journal("write_off", "2", "A", at=NOON.replace(month=6))
    return shop


def exported(shop: PricedShop, first: str = "2024-05-01", last: str = "2024-05-31") -> Path:
    path = Path(shop.folder) / "audit.xml"
    answer = run("export_saf_t", "LE", str(path), "--from", first, "--to", last)
    assert answer.status == DONE, answer
    return path


def amount(element: ElementTree.Element, path: str) -> Decimal:
    found = element.find(path)
    return Decimal(found.text or "") if found is not None else Decimal(0)


def text(element: ElementTree.Element, path: str) -> str:
    return element.findtext(path) or ""


@pytest.mark.skipif(not SCHEMA.exists(), reason=f"the published schema is not there: {SCHEMA.name}")
def test_the_file_is_valid(shop: PricedShop) -> None:
    xmlschema = pytest.importorskip("xmlschema")
    schema = xmlschema.XMLSchema(str(SCHEMA))
    for first, last in (("2024-05-01", "2024-05-31"), ("2020-01-01", "2020-01-31"), ("2024-01-01", "2024-12-31")):
        assert not [error.reason for error in schema.iter_errors(str(exported(shop, first, last)))], (first, last)


def test_it_holds_the_vouchers_of_its_days_and_the_balances_before_and_after(shop: PricedShop) -> None:
    root = ElementTree.parse(exported(shop)).getroot()
    booked: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in shop.exports("vouchers"):
        month = "before" if row["date"] < "2024-05-01" else "in" if row["date"] <= "2024-05-31" else "after"
        booked[month][row["account"]] += Decimal(row["debit"]) - Decimal(row["credit"])
    assert booked["before"], "goods came in before"
    assert booked["after"]
    for account in root.iter(f"{NS}Account"):
        number = text(account, f"{NS}AccountID")
        opening = amount(account, f"{NS}OpeningDebitBalance") - amount(account, f"{NS}OpeningCreditBalance")
        closing = amount(account, f"{NS}ClosingDebitBalance") - amount(account, f"{NS}ClosingCreditBalance")
        assert (opening, closing - opening) == (booked["before"][number], booked["in"][number]), number
    moved: dict[str, Decimal] = defaultdict(Decimal)
    for line in root.iter(f"{NS}Line"):
        debit, credit = amount(line, f"{NS}DebitAmount/{NS}Amount"), amount(line, f"{NS}CreditAmount/{NS}Amount")
        moved[text(line, f"{NS}AccountID")] += debit - credit
    assert {key: value for key, value in moved.items() if value} == {key: value for key, value in booked["in"].items() if value}
    entries = root.find(f"{NS}GeneralLedgerEntries")
    assert entries is not None
    assert amount(entries, f"{NS}TotalDebit") == amount(entries, f"{NS}TotalCredit") > 0
    assert int(text(entries, f"{NS}NumberOfEntries")) == len(list(root.iter(f"{NS}Transaction")))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("GONE", "--from", "2024-05-01", "--to", "2024-05-31"), "UNKNOWN_LEGAL_ENTITY"),
        (("LE", "--from", "2024-06-01", "--to", "2024-05-31"), "SAF_T_NOT_POSSIBLE"),
        (("LE", "--from", "may", "--to", "2024-05-31"), "BAD_DATE"),
        (("LE", "--from", "2024-05-01", "--to", "2024-05-31", "--country", "NOR"), "SAF_T_NOT_POSSIBLE"),
    ],
)
def test_what_cannot_be_exported_leaves_no_file(shop: PricedShop, arguments: tuple[str, ...], code: str) -> None:
    path = Path(shop.folder) / "nothing.xml"
    answer = run("export_saf_t", arguments[0], str(path), *arguments[1:])
    assert answer.status == WRONG_USE
    assert code in answer.errors
    assert not path.exists()


def test_the_general_journal_is_what_accountants_load(shop: PricedShop) -> None:
    rows = shop.exports("general-journal")
    assert list(rows[0]) == ["company", "date", "voucher", "line", "account", "account_name", "text", "debit", "credit", "currency"]
    sides = [(Decimal(row["debit"]), Decimal(row["credit"])) for row in rows]
    assert sum(debit for debit, _ in sides) == sum(credit for _, credit in sides) > 0
    lines = sorted((row["date"], row["voucher"], row["account"], row["debit"], row["credit"]) for row in rows)
    assert lines == sorted((row["date"], row["voucher"], row["account"], row["debit"], row["credit"]) for row in shop.exports("vouchers"))
