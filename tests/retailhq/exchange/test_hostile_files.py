"""Files of hostile and of clumsy people: each is taken or refused in sentences that a shopkeeper understands, whatever lies in it."""

import gzip
import io
import json
import re
import zipfile
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.jobs.models import Job
from core.jobs.services import run_job
from retailhq.exchange.models import FileImport
from retailhq.exchange.services.files import KINDS
from tests.core.access.people import make_person
from tests.oracle.commands import DONE, PARTLY, WRONG_USE, run
from tests.retailhq.exchange.test_till_systems import BASE
from tests.statements.test_saf_t_cash_register import EXAMPLE as SAF_T

# What no shopkeeper should read: words of parsers, of our code and of the database.
PARSER = re.compile(
    r"Expected `|malformed|codec|Traceback|Exception|Error\b|errno|0x[0-9a-f]{2}|UNEXPECTED|REFUSED_BY_DATABASE|ROW_NOT_KEPT|NoneType|xpat|"
    r"not well-formed|line \d+, column|\bstruct\b|zlib|\(b'"
)
ITEMS = BASE["items"]
HEADER, *ROWS = ITEMS.splitlines()
# A row that can be read, so that only its file is odd.
TICKET: dict[str, Any] = {
    **{"store": "S1", "terminal": "T1", "number": "1", "kind": "sale", "sold_at": "2024-05-01T11:53:26-05:00", "currency": "USD"},
    "lines": [{"number": 1, "item": "MILK", "quantity": "1", "unit": "pcs", "price": "1", "net": "1", "tax": "0"}],
    **{"payments": [{"number": 1, "method": "cash", "amount": "1"}], "net": "1", "tax": "0", "total": "1"},
}


def texts() -> Iterator[tuple[str, bytes]]:
    """Tables of items in every encoding, with every separator, quote and line end, and with damage of all sorts."""
    table = ITEMS.replace("MILK,,", "MILK,Crème fraîche,")
    for encoding, mark in product(
        ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "latin-1", "cp1252", "cp437", "mac-roman"), ("", "\ufeff")
    ):
        yield f"{encoding}{'-bom' if mark else ''}.csv", (mark + table).encode(encoding, "replace")
    for name, sign in (("semicolon", ";"), ("tab", "\t"), ("bar", "|"), ("caret", "^"), ("space", " "), ("colon", ":"), ("unit", "\x1f")):
        yield f"{name}.csv", ITEMS.replace(",", sign).encode()
        yield f"sep-{name}.csv", f"sep={sign}\n{ITEMS.replace(',', sign)}".encode()
    for name, end in (("crlf", "\r\n"), ("cr", "\r"), ("mixed", "\n\r\n"), ("nel", "\x85"), ("ls", "\u2028"), ("none", "")):
        yield f"{name}.csv", ITEMS.replace("\n", end).encode()
    for name, quote in (("single", "'"), ("double", '"'), ("smart", "\u201c"), ("low", "\u201e"), ("back", "`")):
        cells = "\n".join(",".join(f"{quote}{cell}{quote}" for cell in row.split(",")) for row in ITEMS.splitlines())
        yield f"quotes-{name}.csv", cells.encode()
        yield f"open-{name}.csv", ITEMS.replace("MILK", f"{quote}MILK").encode()
        yield f"inside-{name}.csv", ITEMS.replace("MILK,", f"MILK,5{quote} x,").encode()
    yield "nothing.csv", b""
    yield "blank.csv", b" \n \n\n"
    yield "commas.csv", b",,,,\n,,,,\n"
    yield "header-twice.csv", (HEADER + "\n" + ITEMS).encode()
    yield "column-twice.csv", (HEADER + ",name\n" + "\n".join(row + ",x" for row in ROWS)).encode()
    yield "no-header.csv", "\n".join(ROWS).encode()
    yield "other-kind.csv", BASE["stores"].encode()
    yield "totals.csv", (ITEMS + "\nTotal,,,,,,,999,\n").encode()
    yield "totals-short.csv", (ITEMS + "Total 999\n").encode()
    yield "title.csv", ("My items\nprinted on Monday\n\n" + ITEMS).encode()
    yield "titles.csv", ("x\n" * 30 + ITEMS).encode()
    yield "short-rows.csv", (HEADER + "\nMILK\nBREAD,\n").encode()
    yield "long-rows.csv", (HEADER + "\n" + ROWS[0] + ",,,,,x\n").encode()
    yield "many-columns.csv", ",".join(f"c{number}" for number in range(20_000)).encode()
    yield "huge-row.csv", (HEADER + "\n" + ROWS[0].replace("MILK", "x" * 2_000_000) + "\n").encode()
    yield "huge-cell.csv", (HEADER + "\n" + ROWS[0].replace("MILK,", f"MILK,{'y' * 300_000},")).encode()
    yield "nul.csv", ITEMS.replace("MILK", "M\0LK").encode()
    yield "nuls.csv", b"\0" * 100_000
    yield "bell.csv", ITEMS.replace("MILK", "M\x07LK").encode()
    yield "rtl.csv", ITEMS.replace("MILK", "\u202eKLIM").encode()
    yield "surrogates.csv", HEADER.encode() + b"\n\xed\xa0\x80,,D,pcs,false,true,false,1,\n"
    yield "overlong.csv", HEADER.encode() + b"\n\xc0\x80,,D,pcs,false,true,false,1,\n"
    yield "half-a-letter.csv", ITEMS.encode()[:-2] + b"\xe2\x82"
    yield "random.csv", bytes(range(256)) * 400
    yield "html.xls", b"<html><body><table><tr><td>item</td></tr></table></body></html>"
    yield "html5.csv", b"<!DOCTYPE html><html><head><title>Sign in</title></head></html>"
    yield "rtf.csv", rb"{\rtf1\ansi item,name}"
    yield "mail.csv", b"From: a@b.c\nSubject: items\n\nSee the attachment.\n"
    yield "sql.csv", b"INSERT INTO items VALUES (1);\n"
    yield "yaml.csv", b"items:\n  - item: MILK\n    name: Milk\n"
    yield "ini.csv", b"[items]\nMILK=Milk\n"
    yield "json.csv", b'[{"item":"MILK"}]'
    yield "shell.csv", b"#!/bin/sh\nrm -rf /\n"
    for number in (
        "1.000,50",
        "1,000.50",
        "1'000.50",
        "1 000,50",
        "$5",
        "5 EUR",
        "5%",
        "½",
        "1e5",
        "(5)",
        "5-",
        "--5",
        "1.2.3",
        "#REF!",
        "=1+1",
        "NaN",
        "∞",
    ):
        yield f"cost-{abs(hash(number))}.csv", ITEMS.replace("0.60", f'"{number}"').encode()
    for flag in ("TRUE", "Wahr", "oui", "x", "✓", "-1", "2", "on", "T", "F", "vrai ", "null"):
        yield f"flag-{abs(hash(flag))}.csv", ITEMS.replace("pcs,false", f"pcs,{flag}").encode()
    for code in (
        "5.01E+12",
        "1-Nov",
        "Nov-26",
        "00012",
        "12345",
        "=A1",
        "+49 30",
        "@x",
        "MILK ",
        "milk",
        "M\u00a0K",
        "\u041cILK",
        "x" * 61,
        "名前",
        "😀",
    ):
        yield f"code-{abs(hash(code))}.csv", ITEMS.replace("MILK", code).encode()
    for packed in (gzip.compress(ITEMS.encode()), gzip.compress(gzip.compress(ITEMS.encode())), gzip.compress(ITEMS.encode())[:40]):
        yield f"packed-{len(packed)}.csv.gz", packed
    yield "bomb.csv.gz", gzip.compress((HEADER + "\n").encode() + b"\n" * 30_000_000)
    yield "notgz.csv.gz", b"\x1f\x8b" + b"x" * 50


def books() -> Iterator[tuple[str, bytes]]:
    """Workbooks as people keep them, and files that only look like some."""

    def book(fill: object, **options: object) -> bytes:
        memory = io.BytesIO()
        with xlsxwriter.Workbook(memory, {"in_memory": True, **options}) as made:
            fill(made)  # type: ignore[operator]  # a function of the workbook
        return memory.getvalue()

    def plain(made: xlsxwriter.Workbook, first: int = 0, name: str = "Items") -> xlsxwriter.worksheet.Worksheet:
        sheet = made.add_worksheet(name)
        for row, text in enumerate([HEADER, *ROWS], first):
            sheet.write_row(row, 0, text.split(","))
        return sheet

    def hidden(made: xlsxwriter.Workbook) -> None:
        made.add_worksheet("Notes").hide()
        plain(made).activate()

    def merged(made: xlsxwriter.Workbook) -> None:
        plain(made, 3).merge_range("A1:D2", "Items of 2026")

    def merged_inside(made: xlsxwriter.Workbook) -> None:
        plain(made).merge_range("C2:C4", "D")

    def formulas(made: xlsxwriter.Workbook) -> None:
        sheet = plain(made)
        sheet.write_formula("H2", "=0.3*2", None, 0.6)
        sheet.write_formula("H3", "=1/0", None, "#DIV/0!")
        sheet.write_formula("A4", '=CONCAT("NO","-SKU")')

    def dates(made: xlsxwriter.Workbook) -> None:
        sheet, form = plain(made), made.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_number("A2", 46357, form)
        sheet.write_number("H3", 46357, form)

    def numbers(made: xlsxwriter.Workbook) -> None:
        sheet = plain(made)
        sheet.write_number("A2", 4006381333931)
        sheet.write_number("A3", 12345, made.add_format({"num_format": "00000000"}))
        sheet.write_number("H2", 0.1 + 0.2)
        sheet.write_boolean("E2", True)

    def wide(made: xlsxwriter.Workbook) -> None:
        plain(made).write(0, 16_383, "last")

    def deep(made: xlsxwriter.Workbook) -> None:
        plain(made).write(1_048_575, 0, "last")

    fills = {
        **{"plain": plain, "hidden": hidden, "merged": merged, "merged-inside": merged_inside, "formulas": formulas, "dates": dates},
        **{"numbers": numbers, "wide": wide, "deep": deep, "empty": lambda made: made.add_worksheet()},
        "only-hidden": lambda made: (made.add_worksheet("x"), plain(made, 0, "y").hide()),
        "chart-only": lambda made: (made.add_chartsheet(), plain(made)),
        "far-down": lambda made: plain(made, 200),
    }
    for name, fill in fills.items():
        yield f"{name}.xlsx", book(fill)
    yield "epoch.xlsx", book(dates)
    good = book(plain)
    yield "renamed.csv", good
    yield "renamed.xls", good
    yield "cut.xlsx", good[: len(good) // 2]
    yield "head.xlsx", good[:200]
    yield "locked.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000
    yield "old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 5000
    for name, members in {
        "ods.xlsx": {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<office/>"},
        "docx.xlsx": {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"},
        "zip.csv": {"items.csv": ITEMS.encode()},
        "empty.zip": {},
        "broken-sheet.xlsx": {"xl/workbook.xml": b"<workbook><sheets><sheet name='a' sheetId='1'/></sheets></workbook>"},
        "bomb.xlsx": {"xl/workbook.xml": b" " * 50_000_000, "[Content_Types].xml": b"<Types/>"},
        "entities.xlsx": {"xl/workbook.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><workbook>&b;</workbook>", "[Content_Types].xml": b"<Types/>"},
        "up.xlsx": {"../../etc/passwd": b"x", "xl/workbook.xml": b"<workbook/>"},
    }.items():
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as packed:
            for member, content in members.items():
                packed.writestr(member, content)
        yield name, memory.getvalue()


def documents() -> Iterator[tuple[str, bytes]]:
    """Transactions as JSON and as SAF-T, and what is neither."""
    whole = json.dumps(TICKET)
    for name, text in {
        "plain": whole, "array": f"[{whole}]", "pretty": json.dumps(TICKET, indent=4), "bom": "\ufeff" + whole,
        "twice": f"{whole}\n{whole}",
        "comma": f"{whole},\n{whole}", "cut": whole[:100], "rest": f"{whole} x", "comment": f"// sales\n{whole}",
        "wrapped": f'{{"data":[{whole}]}}',
        "string": json.dumps(whole), "number": "1", "null": "null", "scalars": '[1, "a", null, true]', "empty-array": "[]",
        "empty-object": "{}",
        "nested": "[" * 100_000, "deep": '{"a":' * 5_000 + "1" + "}" * 5_000,
        "keys": whole.replace('"net"', '"net": "9", "net"'),
        "nan": whole.replace('"1"', "NaN"), "single": whole.replace('"', "'"), "trailing": whole.replace("}]", "},]"),
        "unknown": whole.replace('"kind"', '"kinds"'),
        "surrogate": whole.replace("MILK", "\\ud800"),
        "nul": whole.replace("MILK", "\\u0000"),
        "long": whole.replace("MILK", "x" * 1_100_000), "lines": json.dumps({**TICKET, "lines": TICKET["lines"] * 10_001}),
        "same-numbers": json.dumps({**TICKET, "lines": TICKET["lines"] * 2}), "csv": ITEMS, "utf16": whole,
    }.items():  # fmt: skip
        yield f"{name}.ndjson", text.encode("utf-16" if name == "utf16" else "utf-8")
    saf_t = SAF_T.read_bytes()
    for name, content in {
        "example": saf_t,
        "other-namespace": re.sub(rb'xmlns="[^"]*"', b'xmlns="urn:other"', saf_t),
        "no-namespace": re.sub(rb'\sxmlns="[^"]*"', b"", saf_t),
        "prefix": b'<?xml version="1.0"?><x:auditfile xmlns:x="urn:StandardAuditFile-Taxation-CashRegister:NO"></x:auditfile>',
        "cut": saf_t[: len(saf_t) // 2],
        "unclosed": saf_t.replace(b"</auditfile>", b""),
        "bomb": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "xxxxxxxxxx">'
        + b"".join(b'<!ENTITY b%d "%s">' % (n, (b"&b%d;" % (n - 1) if n else b"&b;") * 10) for n in range(12))
        + b"]><auditfile>&b11;</auditfile>",
        "outside": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><auditfile>&b;</auditfile>',
        "financial": b'<?xml version="1.0"?><AuditFile xmlns="urn:StandardAuditFile-Taxation-Financial:NO"><Header/></AuditFile>',
        "rss": b'<?xml version="1.0"?><rss><channel/></rss>',
        "deep": b"<?xml version='1.0'?>" + b"<a>" * 100_000,
        "latin": saf_t.replace(b'encoding="utf-8"', b'encoding="iso-8859-1"').replace(b'encoding="UTF-8"', b'encoding="ISO-8859-1"'),
        "unknown-encoding": b'<?xml version="1.0" encoding="klingon"?><auditfile/>',
        "utf16": re.sub('encoding="[^"]*"', 'encoding="utf-16"', saf_t.decode("utf-8-sig"), count=1).encode("utf-16"),
        "empty": b'<?xml version="1.0"?>',
        "just-open": b"<",
    }.items():  # fmt: skip
        yield f"saf-t-{name}.xml", content


@cache
def files() -> dict[str, tuple[str, bytes]]:
    """Kind and content by name; made for the first test that asks, and by no process that runs none of them."""
    return {
        **{name: ("items", content) for name, content in (*texts(), *books())},
        **{name: ("transactions", content) for name, content in documents()},
    }


@pytest.fixture
def folder(tmp_path: Path, db: None) -> Path:
    for kind, content in BASE.items():
        (tmp_path / f"{kind}.csv").write_text(content)
        assert run("import_data", kind, str(tmp_path / f"{kind}.csv")).status == DONE
    return tmp_path


def sentences(path: Path, answer: object) -> str:
    """Everything that somebody reads of an import: errors, notes, warnings, rejects; without the values of the file itself."""
    beside = Path(f"{path}.rejected.csv")
    said = beside.read_text(encoding="utf-8", errors="replace") if beside.exists() else ""
    return f"{answer.errors}\n{json.dumps(answer.data, ensure_ascii=False)}\n{said}"  # type: ignore[attr-defined]


def test_there_are_two_hundred_of_them() -> None:
    assert len(files()) > 200


@pytest.mark.slow
def test_every_file_is_taken_or_refused_in_plain_words(folder: Path) -> None:
    wrong = []
    for name, (kind, content) in files().items():
        path = folder / name
        path.write_bytes(content)
        answer = run("import_data", kind, str(path), "--dry-run")
        assert answer.status in (DONE, PARTLY, WRONG_USE), name
        if answer.status == WRONG_USE and not 1 <= len(answer.data["problems"]) <= 9:
            wrong.append((name, "said more than once", answer.errors[:300]))
        found = PARSER.search(sentences(path, answer).replace(name, ""))
        if found:
            text = sentences(path, answer)
            wrong.append((name, found[0], text[max(0, found.start() - 150) : found.start() + 100]))
    assert wrong == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_another_kind_is_refused_once(folder: Path, kind: str) -> None:
    for name, content in (("table.csv", b"colour,size\nred,5\n"), ("words.csv", b"Dear Sir or Madam\n"), ("one.ndjson", b'{"a":1}\n')):
        path = folder / name
        path.write_bytes(content)
        answer = run("import_data", kind, str(path), "--dry-run")
        assert answer.status in (PARTLY, WRONG_USE), name
        assert not PARSER.search(sentences(path, answer)), name


def test_through_the_wizard(transactional_db: None, client: Client) -> None:
    """The same on the pages: a page for every upload, which says what is wrong; the names of files are nobody's code."""
    client.force_login(make_person("root", "administrator"))
    names = [
        "<script>alert(1)</script>.csv",
        "../../etc/passwd",
        "a" * 190 + ".csv",
        "C:\\files\\items.csv",
        "\N{RIGHT-TO-LEFT OVERRIDE}vsc.csv",
        ".csv",
    ]
    chosen = [*files().items()][::9] + [(name, ("items", ITEMS.encode())) for name in names]
    for name, (kind, content) in chosen:
        answer = client.post("/setup/import/", {"kind": kind, "file": SimpleUploadedFile(name, content)})
        assert answer.status_code in (302, 400), name
        page = answer.content.decode()
        if answer.status_code == 302:
            for job_id in Job.objects.filter(status="queued").values_list("pk", flat=True):
                run_job(job_id)
            page = client.get(answer["Location"]).content.decode()
            mapping = client.get(f"{answer['Location']}columns/")
            assert mapping.status_code in (200, 302, 404), name
        assert "<script>alert" not in page
        assert "UNEXPECTED" not in page, name
        assert "Traceback" not in page, name
    assert not FileImport.objects.filter(file_name__contains="/").exists()
