"""The ledger of a company as SAF-T Financial 1.30 (the Norwegian profile of the OECD's standard audit file), as auditors load it.

All of it is read at one moment, voucher by voucher, so that a year needs no more memory than a day.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from django.db import connection, transaction

from core.db.bulk import cursor, execute, fetch_all
from core.lib.decimals import ZERO
from core.lib.messages import Params
from core.lib.problems import BusinessError, Code, Problem, register
from parameters.models import LegalEntity
from parameters.services import legal_entity_named

NAMESPACE = "urn:StandardAuditFile-Taxation-Financial:NO"
VERSION = "1.30"
# As the schema bounds them.
SHORT, MIDDLE_1, MIDDLE_2, LONG = 18, 35, 70, 256
# What a company has not told us.
UNKNOWN = "NotUsed"
PLACES = 2

register(
    Code(
        "SAF_T_NOT_POSSIBLE",
        "export",
        "The ledger of the company cannot be written as SAF-T.",
        "Name a first day that is not after the last and a country of two letters; amounts of more than two decimals are exported as "
        "vouchers.",
        {
            "decimals": "Amounts in {currency} have {decimals} decimals, and SAF-T takes two; export the vouchers instead.",
            "dates": "{first} lies after {last}; nothing was exported.",
            "country": "{country} is not a country of two letters; nothing was exported.",
        },
    ),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose ledger, from which day to which, and the country that the file is for (two letters)."""

    company: LegalEntity
    first: date
    last: date
    country: str


def wanted_ledger(company: str, first: date, last: date, country: str) -> Wanted:
    """What can be exported. Raises BusinessError UNKNOWN_LEGAL_ENTITY, SAF_T_NOT_POSSIBLE."""
    entity = legal_entity_named(company)
    if entity.currency.decimals > PLACES:
        said: Params = {"currency": entity.currency_id, "decimals": entity.currency.decimals}
        raise BusinessError(Problem("SAF_T_NOT_POSSIBLE", said, variant="decimals"))
    if first > last:
        raise BusinessError(Problem("SAF_T_NOT_POSSIBLE", {"first": first, "last": last}, variant="dates"))
    if not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise BusinessError(Problem("SAF_T_NOT_POSSIBLE", {"country": country}, variant="country"))
    return Wanted(entity, first, last, country.upper())


_BALANCES = """
    SELECT a.number, a.name, a.account_type,
           COALESCE(sum(l.debit - l.credit) FILTER (WHERE v.date < %(first)s), 0),
           COALESCE(sum(l.debit - l.credit) FILTER (WHERE v.date <= %(last)s), 0)
    FROM ledger_mainaccount a
    LEFT JOIN ledger_voucherline l ON l.account_id = a.id
    LEFT JOIN ledger_voucher v ON v.id = l.voucher_id
    WHERE a.legal_entity_id = %(company)s
    GROUP BY a.id ORDER BY a.number COLLATE "C"
"""
_TOTALS = """
    SELECT count(DISTINCT v.id), COALESCE(sum(l.debit), 0), COALESCE(sum(l.credit), 0)
    FROM ledger_voucher v JOIN ledger_voucherline l ON l.voucher_id = v.id
    WHERE v.legal_entity_id = %(company)s AND v.date BETWEEN %(first)s AND %(last)s
"""
_LINES = """
    SELECT v.id, v.number, v.date, v.step, (v.posted_at AT TIME ZONE 'UTC')::date, l.line_number, a.number, l.text, l.debit, l.credit
    FROM ledger_voucher v
    JOIN ledger_voucherline l ON l.voucher_id = v.id
    JOIN ledger_mainaccount a ON a.id = l.account_id
    WHERE v.legal_entity_id = %(company)s AND v.date BETWEEN %(first)s AND %(last)s
    ORDER BY v.date, v.number COLLATE "C", l.line_number
"""


class _Writer:
    """Elements one after the other, indented by nothing: the file is read by machines."""

    def __init__(self, out: BinaryIO) -> None:
        self._xml = XMLGenerator(out, "UTF-8", short_empty_elements=True)
        self._open: list[str] = []

    def start(self, name: str, attributes: dict[str, str] | None = None) -> None:
        """Opens an element."""
        self._xml.startElement(name, AttributesImpl(attributes or {}))
        self._open.append(name)

    def end(self) -> None:
        """Closes the last one that was opened."""
        self._xml.endElement(self._open.pop())

    def value(self, name: str, value: object, most: int = LONG) -> None:
        """An element with a text, cut to what the schema takes; a blank one is unknown."""
        self._xml.startElement(name, AttributesImpl({}))
        self._xml.characters((str(value).strip() or UNKNOWN)[:most])
        self._xml.endElement(name)

    def begin(self) -> None:
        """The first line of the file."""
        self._xml.startDocument()

    def finish(self) -> None:
        """Everything is written."""
        self._xml.endDocument()


@contextmanager
def one_moment() -> Iterator[None]:
    """Several queries see the same rows; inside a transaction of the caller they see what that sees."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def write_saf_t(out: BinaryIO, wanted: Wanted, created: date, version: str) -> int:
    """Writes the file and gives the number of vouchers; everything is of one moment."""
    with one_moment():
        return _write(out, wanted, created, version)


def _write(out: BinaryIO, wanted: Wanted, created: date, version: str) -> int:
    about = {"company": wanted.company.pk, "first": wanted.first, "last": wanted.last}
    xml = _Writer(out)
    xml.begin()
    xml.start("AuditFile", {"xmlns": NAMESPACE})
    _write_header(xml, wanted, created, version)
    _write_accounts(xml, fetch_all(_BALANCES, about))
    ((count, debit, credit),) = fetch_all(_TOTALS, about)
    xml.start("GeneralLedgerEntries")
    xml.value("NumberOfEntries", count)
    xml.value("TotalDebit", _amount(debit))
    xml.value("TotalCredit", _amount(credit))
    if count:
        xml.start("Journal")
        xml.value("JournalID", "GL", SHORT)
        xml.value("Description", "General ledger")
        xml.value("Type", "GL")
        _write_vouchers(xml, _streamed(_LINES, about))
        xml.end()
    xml.end()
    xml.end()
    xml.finish()
    return int(count)


def _streamed(sql: str, parameters: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    with cursor() as c:
        yield from c.stream(sql, parameters)


def _write_header(xml: _Writer, wanted: Wanted, created: date, version: str) -> None:
    xml.start("Header")
    xml.value("AuditFileVersion", VERSION)
    xml.value("AuditFileCountry", wanted.country)
    xml.value("AuditFileDateCreated", created.isoformat())
    xml.value("SoftwareCompanyName", "RetailHQ", MIDDLE_2)
    xml.value("SoftwareID", "RetailHQ")
    xml.value("SoftwareVersion", version, SHORT)
    xml.start("Company")
    xml.value("RegistrationNumber", wanted.company.code, MIDDLE_1)
    xml.value("Name", wanted.company.name or wanted.company.code)
    xml.start("Contact")
    xml.start("ContactPerson")
    xml.value("FirstName", UNKNOWN)
    xml.value("LastName", UNKNOWN)
    xml.end()
    xml.end()
    xml.end()
    xml.value("DefaultCurrencyCode", wanted.company.currency_id)
    xml.start("SelectionCriteria")
    xml.value("SelectionStartDate", wanted.first.isoformat())
    xml.value("SelectionEndDate", wanted.last.isoformat())
    xml.end()
    xml.value("TaxAccountingBasis", "A")
    xml.end()


def _write_accounts(xml: _Writer, accounts: list[tuple[str, str, str, Decimal, Decimal]]) -> None:
    if not accounts:
        return
    xml.start("MasterFiles")
    xml.start("GeneralLedgerAccounts")
    for number, name, kind, opening, closing in accounts:
        xml.start("Account")
        xml.value("AccountID", number, MIDDLE_2)
        xml.value("AccountDescription", name)
        xml.value("GroupingCategory", kind)
        xml.value("GroupingCode", number, MIDDLE_1)
        xml.value("AccountType", "GL")
        for when, balance in (("Opening", opening), ("Closing", closing)):
            xml.value(f"{when}{'Debit' if balance >= 0 else 'Credit'}Balance", _amount(abs(balance)))
        xml.end()
    xml.end()
    xml.end()


def _write_vouchers(xml: _Writer, lines: Iterator[tuple[Any, ...]]) -> None:
    last: int | None = None
    for voucher_id, number, day, step, posted, line, account, text, debit, credit in lines:
        if voucher_id != last:
            if last is not None:
                xml.end()
            last = voucher_id
            xml.start("Transaction")
            xml.value("TransactionID", number if len(number) <= MIDDLE_2 else f"{number[:48]}~{voucher_id}", MIDDLE_2)
            xml.value("Period", day.month)
            xml.value("PeriodYear", day.year)
            xml.value("TransactionDate", day.isoformat())
            xml.value("VoucherType", step, MIDDLE_2)
            xml.value("Description", number)
            xml.value("SystemEntryDate", posted.isoformat())
            xml.value("GLPostingDate", posted.isoformat())
        xml.start("Line")
        xml.value("RecordID", line, SHORT)
        xml.value("AccountID", account, MIDDLE_2)
        xml.value("Description", text or number)
        xml.start("CreditAmount" if credit > ZERO else "DebitAmount")
        xml.value("Amount", _amount(credit or debit))
        xml.end()
        xml.end()
    if last is not None:
        xml.end()


def _amount(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.01')):f}"
