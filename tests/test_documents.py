"""What code and documents point to exists: documents, anchors, files, decisions, commands; tables of formats and rules are true."""

import ast
import builtins
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from pkgutil import resolve_name
from typing import NamedTuple

import pytest
from django.core.management import get_commands

from core.lib.csv_columns import REQUIRED
from core.lib.problems import REGISTRY
from core.lib.ways import WAYS
from orders.services.decode import LineIn, PaymentIn, ReturnIn
from orders.services.order_files import OrderIn, OrderLineIn
from orders.services.order_files import ReturnIn as OrderReturnIn
from parameters.rules.keys import DISABLED_RULES, KEYS
from retailhq.codes import register_all
from retailhq.exchange.rules.exports import KINDS
from retailhq.exchange.services.files import CSV_KINDS
from statements.rules.states import POST_STATES
from statements.rules.validation import RULES
from statements.services.decode import TransactionIn
from tests.code_reading import source_at

ROOT = Path(__file__).parents[1]
PACKAGES = ("core", "parameters", "ledger", "inventory", "orders", "statements", "retailhq", "tests", "docs")
APPS = ("parameters", "ledger", "inventory", "orders", "statements")

# A path from the root or from the folder of the text, perhaps with the anchor of a heading.
DOCUMENT = re.compile(r"(?P<path>[\w./-]*\w\.md)(?:#(?P<anchor>[\w-]+))?\b")
# A path from the root, perhaps with stars or APP for any app; a name without folders is a file in the folder of the text.
FILE = re.compile(r"(?<![\w/.{}*:-])(?P<path>(?:[\w*{}.,-]+/)*[\w*{},-]+\.(?:py|sql|json|toml|html|css|js|sh))\b")
FOLDER = re.compile(r"`(?P<path>(?:(?:APP|" + "|".join(PACKAGES) + r")(?:/[\w*]+)+)/?)`")
# Papers that never were part of the repository; a number of an issue says nothing to who has none.
ELSEWHERE = re.compile(r"\bissue #?\d+|\b(?:the )?brief says\b", re.IGNORECASE)
DECISION = re.compile(r"\bADR \[?(?P<number>\d+)")
LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
COMMAND = re.compile(r"manage\.py (?P<name>[a-z]\w+)")
# `Raises BusinessError`, `Raises the model's DoesNotExist`; a code in capitals is none.
RAISED = re.compile(r"\bRaises (?:the model's )?(?P<name>[A-Z]\w*[a-z]\w*)")
# `core.db.locks.session_locks`, as prose writes it; a key of Retail parameters has one point.
DOTTED = re.compile(r"`(?P<name>(?:core|parameters|ledger|inventory|orders|statements|retailhq)(?:\.\w+){2,})`")
# Files of whoever runs the example.
NOT_OURS = {"order.json"}

Offences = Iterator[str]
Rule = Callable[[Path, str], Offences]


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors(document: Path) -> set[str]:
    """The anchors of a document; code blocks have none."""
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    found: set[str] = set()
    for heading in re.findall(r"^#+ +(.*)$", text, re.MULTILINE):
        name, again = slug(heading), 0
        while (unique := name if not again else f"{name}-{again}") in found:
            again += 1
        found.add(unique)
    return found


def places(named: str, where: Path) -> list[Path]:
    """Files or folders that `named` may mean in the text of `where` (path from the root): from the root, or from its own folder."""
    patterns = [named.replace("APP/", f"{app}/", 1) for app in APPS] if named.startswith("APP/") else [named]
    if braces := re.fullmatch(r"(.*)\{([\w,]+)\}(.*)", named):
        patterns = [f"{braces[1]}{part}{braces[3]}" for part in braces[2].split(",")]
    return [path for base in (ROOT, (ROOT / where).parent) for pattern in patterns for path in base.glob(pattern.rstrip("/"))]


def documents_exist(where: Path, text: str) -> Offences:
    for found in DOCUMENT.finditer(text):
        if found["path"].startswith("//"):
            continue  # an address elsewhere
        named = [path for path in (ROOT / found["path"], (ROOT / where).parent / found["path"]) if path.is_file()]
        if not named:
            yield f"{where}: {found[0]} does not exist"
        elif found["anchor"] and found["anchor"] not in anchors(named[0]):
            yield f"{where}: {found['path']} has no heading {found['anchor']}"


def files_exist(where: Path, text: str) -> Offences:
    for found in [*FILE.finditer(text), *FOLDER.finditer(text)]:
        named = found["path"]
        if Path(named).name not in NOT_OURS and "{{" not in named and not places(named, where):
            yield f"{where}: {named} does not exist"


def decisions_exist(where: Path, text: str) -> Offences:
    for found in DECISION.finditer(text):
        if not list((ROOT / "docs/adr").glob(f"{int(found['number']):04}-*.md")):
            yield f"{where}: there is no {found[0]}"


def papers_are_ours(where: Path, text: str) -> Offences:
    yield from (f"{where}: {found[0]!r} is no document of the repository" for found in ELSEWHERE.finditer(text))


def links_lead_somewhere(where: Path, text: str) -> Offences:
    for found in LINK.finditer(text):
        target, _, anchor = found["target"].partition("#")
        if "://" in target:
            continue
        path = (ROOT / where).parent / target if target else ROOT / where
        if not path.exists():
            yield f"{where}: link to {target}"
        elif anchor and anchor not in anchors(path):
            yield f"{where}: {target or where} has no heading {anchor}"


def commands_exist(where: Path, text: str) -> Offences:
    yield from (f"{where}: manage.py {found['name']}" for found in COMMAND.finditer(text) if found["name"] not in get_commands())


class Read(NamedTuple):
    """What is asked of a Python file; its syntax tree is not kept."""

    prose: str
    classes: frozenset[str]


@cache
def read(path: Path) -> Read:
    """What a person reads in it, docstrings and comments (other strings may name files of an example), and classes that it names."""
    source = source_at(path)
    prose = "\n".join(text for _, text in (*source.docstrings, *source.comments))
    defined = {node.name for node in source.nodes(ast.ClassDef)}
    return Read(prose, frozenset(defined.union(alias.name for node in source.nodes(ast.ImportFrom) for alias in node.names)))


@cache
def classes() -> frozenset[str]:
    """Names of all classes that the code defines or imports, and those of Python itself and of Django's models."""
    known = {*dir(builtins), "DoesNotExist"}
    return frozenset(known.union(*(read(path).classes for package in PACKAGES for path in (ROOT / package).rglob("*.py"))))


def errors_exist(where: Path, text: str) -> Offences:
    yield from (f"{where}: no class {found['name']}" for found in RAISED.finditer(text) if found["name"] not in classes())


def names_exist(where: Path, text: str) -> Offences:
    for found in DOTTED.finditer(text):
        try:
            resolve_name(found["name"])
        except (ImportError, AttributeError):
            yield f"{where}: there is no {found['name']}"


HERE = Path("docs/example.md")
# Per rule: what breaks it, then what is close to it and allowed; both as the text of a document in `docs/`.
EXAMPLES: dict[Rule, tuple[tuple[str, ...], tuple[str, ...]]] = {
    documents_exist: (
        ("see architecture-of-others.md 6", "docs/domain.md#no-such-heading", "`docs/adr/0099-x.md`", "(posting.txt.md)"),
        ("docs/domain.md#valid-batch", "[codes](codes.md)", "`../README.md`", "https://example.org/guide.md"),
    ),
    files_exist: (
        ("`core/db/nothing.py`", "see handing_over.py", "`APP/nothing`", "`orders/{models,nothings}/x.py`", "`core/nothing/`"),
        ("`core/db/locks.py`", "`*/rules/file_columns.py`", "`APP/models`", "`core/db/`", "https://example.org/x.py", "`SERVER.py_x`"),
    ),
    decisions_exist: (("ADR 0099", "see ADR [0099](x)"), ("ADR 0012", "ADR 4")),
    papers_are_ours: (("as issue 7 asks", "Issue #12"), ("an issue of stock", "issues 3 pieces")),
    links_lead_somewhere: (
        ("[x](nothing.md)", "[x](#nothing)", "![x](screens/nothing.png)"),
        ("[x](domain.md#valid-batch)", "[x](https://example.org/#y)", "![x](screens/items-light.png)"),
    ),
    errors_exist: (("Raises CallErrorOfOld",), ("Raises BusinessError NO_ROWS", "Raises PERIOD_CLOSED", "Raises the model's DoesNotExist")),
    names_exist: (
        ("`core.db.locks.nothing`", "`orders.nothing.at_all`"),
        ("`core.db.locks.session_locks`", "`orders.models.Store`", "`inventory.default_batch_scope`"),
    ),
    commands_exist: (("manage.py retell_everything",), ("manage.py check_integrity", "manage.py NAME", "manage.py --help")),
}


@pytest.mark.parametrize("rule", EXAMPLES, ids=lambda rule: rule.__name__)
def test_a_rule_sees_an_offence(rule: Rule) -> None:
    offending, allowed = EXAMPLES[rule]
    for text in offending:
        assert list(rule(HERE, text)), f"not seen: {text}"
    for text in allowed:
        assert list(rule(HERE, text)) == [], f"refused: {text}"


def texts() -> list[tuple[Path, str]]:
    """Every document, and the prose of every Python file."""
    documents = [path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))]
    sources = [ROOT / "manage.py", *(path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))]
    return [
        *((path.relative_to(ROOT), path.read_text(encoding="utf-8")) for path in documents),
        *((path.relative_to(ROOT), read(path).prose) for path in sources),
    ]


@pytest.fixture(scope="module")
def everything() -> list[tuple[Path, str]]:
    return texts()


@pytest.mark.parametrize("rule", EXAMPLES, ids=lambda rule: rule.__name__)
def test_all_that_is_named_is_there(rule: Rule, everything: list[tuple[Path, str]]) -> None:
    assert len(everything) > 500
    found = [offence for where, text in everything for offence in rule(where, text)]
    assert not found, "\n".join(found)


def rows(document: str, heading: str) -> list[list[str]]:
    """Rows of the first table under a heading, without its head; cells without code marks and emphasis."""
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    section = re.split(rf"^#+ {re.escape(heading)}$", text, flags=re.MULTILINE)[1]
    table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert table, heading
    return [[cell.strip() for cell in line.strip("|\n").split("|")] for line in table[0].splitlines()[2:]]


def plain(cell: str) -> str:
    return cell.replace("`", "").replace("*", "")


def test_the_formats_of_files_in_are_described() -> None:
    described = [(plain(kind), plain(key), columns) for kind, key, columns in rows("formats.md", "CSV")]
    read = {kind: entry.columns for kind, entry in CSV_KINDS.items()}
    assert described == [
        (kind, ", ".join(form.key), ", ".join(column.name if column.blank is REQUIRED else f"*{column.name}*" for column in form.columns))
        for kind, form in read.items()
    ]


def test_the_fields_of_documents_are_described() -> None:
    def fields(kind: type) -> set[str]:
        known = kind.__struct_fields__  # type: ignore[attr-defined]
        optional = set(known[len(known) - len(kind.__struct_defaults__) :])  # type: ignore[attr-defined]
        return {f"*{name}*" if name in optional else name for name in known}

    shown = {of: set(names.split(", ")) for heading in ("transactions", "customer-orders") for of, names in rows("formats.md", heading)}
    assert shown == {
        "transaction": fields(TransactionIn),
        "line": fields(LineIn),
        "return_of": fields(ReturnIn),
        "payment": fields(PaymentIn),
        "order": fields(OrderIn),
        "order line": fields(OrderLineIn),
        "order return_of": fields(OrderReturnIn),
    }


def test_the_formats_of_files_out_are_described() -> None:
    assert [(plain(kind), columns) for kind, columns in rows("formats.md", "Files out")] == [
        (kind.name, ", ".join(kind.header)) for kind in KINDS
    ]


def test_the_rules_of_validation_are_described() -> None:
    assert [(code, severity) for code, _, severity in rows("domain.md", "Validation rules")] == [
        (rule.code, rule.severity.value) for rule in RULES
    ]


def test_the_parameters_are_described() -> None:
    described: list[tuple[str, str]] = []
    for keys, place, *_ in rows("domain.md", "Parameters"):
        first, *more = plain(keys).split(", ")
        described += [(first, place), *((f"{first.split('.')[0]}{key}", place) for key in more)]
    assert described == [*((key.key, f"{key.tab} > {key.fast_tab}") for key in KEYS), (DISABLED_RULES, "Transaction validation")]


def test_every_code_says_where_its_remedy_is_carried_out() -> None:
    """A new code: its way stands in the `remedies` of its app (CONTRIBUTING, A code and its remedy)."""
    register_all()
    assert sorted(REGISTRY.keys() - WAYS.keys()) == []
    assert sorted(WAYS.keys() - REGISTRY.keys()) == []


def test_the_posting_states_are_described() -> None:
    assert [row[0] for row in rows("domain.md", "Posting states")] == list(POST_STATES)
    assert [row[0] for row in rows("posting.md", "Life cycle of a statement")] == list(POST_STATES)
