"""Every code that the product answers with is registered, and docs/codes.md lists them as they are."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from core.lib.code_catalogue import markdown
from core.lib.messages import TEXTS
from core.lib.problems import REGISTRY, Code, Problem, Severity, complete_with, register
from retailhq.codes import register_all
from tests.oracle.commands import done

ROOT = Path(__file__).parents[1]
LOOKS_LIKE_A_CODE = re.compile(r"[A-Z]+(_[A-Z0-9]+)+|[HLB]\d\d|CONFLICT|UNEXPECTED")

# Codes that programs outside rely on; none of them may go.
PROMISED = {
    "NO_VALID_BATCH", "NEGATIVE_NOT_ALLOWED", "DEFAULT_BATCH_NOT_SET", "DEFAULT_BATCH_OUT_OF_SCOPE", "CAPTURED_BATCH_SHORT",
    "FINANCIAL_NEGATIVE_NOT_ALLOWED", "RETURN_OF_UNPOSTED_SALE", "RETURN_EXCEEDS_SALE", "LOCATION_CANNOT_GO_NEGATIVE", "PERIOD_CLOSED",
    "CONFLICT", "UNKNOWN_ITEM", "UNKNOWN_STORE", "UNKNOWN_WAREHOUSE", "UNKNOWN_DISPOSITION", "UNKNOWN_STATEMENT",
    "BAD_NUMBER", "BAD_DATE", "BAD_JSON", "BAD_ENCODING", "MISSING_FIELD", "UNKNOWN_FIELD", "BAD_VALUE", "DUPLICATE_LINE", "TOO_LARGE",
    *(f"H{number:02}" for number in (1, 2, 3, 4, 6, 7, 8, 9, 10, 13, 14, 16)),
    *(f"L{number:02}" for number in (4, 7, 10, 13, 14, 16, 17)),
    *(f"B{number:02}" for number in range(1, 7)),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _all_codes() -> None:
    register_all()


def used_codes() -> set[tuple[str, str]]:
    """(file, code) wherever the code makes a Problem or a Reject with a literal code."""
    found = set()
    for package in ("core", "retailhq", "parameters", "ledger", "inventory", "orders", "statements"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
                if isinstance(node, ast.Call) and name in {"Problem", "Reject", "reject", "Failure"}:
                    texts = [part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]
                    found |= {(path.name, text) for text in texts if LOOKS_LIKE_A_CODE.fullmatch(text)}
    return found


def test_used_codes_are_registered() -> None:
    used = used_codes()
    assert len(used) > 20
    assert {(file, code) for file, code in used if code not in REGISTRY} == set()


def test_promised_codes_are_registered() -> None:
    assert PROMISED - set(REGISTRY) == set()


def test_codes_are_explained() -> None:
    ends = (".", ".)")
    assert [code.code for code in REGISTRY.values() if not (code.area and code.title.endswith(ends) and code.remedy.endswith(ends))] == []
    assert [key for key, code in REGISTRY.items() if key != code.code or not re.fullmatch(r"[A-Z][A-Z0-9_]*", key)] == []


def test_the_page_is_current() -> None:
    printed = StringIO()
    call_command("print_codes", stdout=printed)
    page = ROOT / "docs" / "codes.md"
    assert page.read_text(encoding="utf-8") == printed.getvalue(), "run: .venv/bin/python manage.py print_codes > docs/codes.md"


def test_codes_as_values() -> None:
    codes = done("print_codes").data["codes"]
    assert [code["code"] for code in codes] == sorted(REGISTRY)
    assert codes[0].keys() == {"code", "area", "meaning", "remedy", "severity", "always_on"}


def test_a_code_is_registered_once() -> None:
    known = next(iter(REGISTRY.values()))
    with pytest.raises(ValueError, match=f"{known.code} is registered twice"):
        register(known)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: "MADE_UP" in REGISTRY,
        lambda: REGISTRY["MADE_UP"],
        lambda: REGISTRY.get("MADE_UP"),
        lambda: Problem("MADE_UP").message.text == "It is made up.",
    ],
)
def test_a_code_is_found_before_its_module_is_imported(ask: Callable[[], object]) -> None:
    made_up = Code("MADE_UP", "test", "Made up.", "Do nothing.", "It is made up.")
    complete_with(lambda: register(made_up))
    try:
        assert ask()
    finally:
        REGISTRY.pop("MADE_UP")
        TEXTS.pop(("MADE_UP", ""))


def test_a_code_that_nobody_registers_is_its_own_title() -> None:
    assert "NEVER_MADE" not in REGISTRY
    assert REGISTRY.get("NEVER_MADE") is None
    assert Problem("NEVER_MADE").message.text == "NEVER_MADE"
    with pytest.raises(KeyError):
        REGISTRY["NEVER_MADE"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("command", ["calculate_statements", "post_statements"])
def test_a_command_says_the_sentence_of_another_room(command: str, command_environment: dict[str, str]) -> None:
    """Neither imports what registers the code, nor what knows its sentence."""
    line = [sys.executable, "manage.py", command, "--store", "NOPE"]
    answer = subprocess.run(line, cwd=ROOT, env=command_environment, capture_output=True, text=True, timeout=60, check=False)
    assert answer.stderr == "UNKNOWN_STORE: Store 'NOPE' is not known; check its code.\n"


def test_the_page_keeps_its_tables_whole() -> None:
    page = markdown(
        [Code("B", "b", "One | two\nthree.", "Do."), Code("A", "b", "x.", "y.", severity=Severity.WARNING), Code("C", "a", "x.", "y.")]
    )
    assert page.split("\n\n", 2)[2].splitlines() == [
        "## A", "", "| Code | Severity | Meaning | What to do | Where |", "|---|---|---|---|---|", "| `C` | error | x. | y. |  |", "",
        "## B", "", "| Code | Severity | Meaning | What to do | Where |", "|---|---|---|---|---|",
        "| `A` | warning | x. | y. |  |", "| `B` | error | One \\| two three. | Do. |  |",
    ]  # fmt: skip
