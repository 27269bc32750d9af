"""One concept has one name: the retired words of docs/glossary.md stand neither in code nor in documents; each kind is shown an offence."""

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.code_reading import Source

ROOT = Path(__file__).parents[1]
PACKAGES = ("core", "parameters", "ledger", "inventory", "orders", "statements", "retailhq", "tests")
KINDS = ("part", "name", "function", "module", "prose")
# Public names stay: the parameter, its column and its label (docs/formats.md, docs/domain.md#parameters).
PUBLIC = re.compile(r"\bposting[._]max_parallel_lanes(?:__\w+)?\b|\bMaximum parallel lanes\b")
# The glossary itself, this test, and what is printed from the code.
LEFT_OUT = ("docs/glossary.md", "docs/roles.md", "docs/codes.md", "tests/test_words.py")

# Words that the code still has, as (retired, kind); documents have none. A test fails while a word that is gone stands here.
NOT_YET: frozenset[tuple[str, str]] = frozenset()


class Retired(NamedTuple):
    """A row of the table; `kind` says what is looked at, `where` in which folders (none: everywhere)."""

    word: str
    kind: str
    instead: str
    where: tuple[str, ...] = ()


class Text(NamedTuple):
    """A file as the words see it: identifiers (name, line), those that it defines, and what a person reads (sentences, line)."""

    path: str
    names: tuple[tuple[int, str], ...] = ()
    defined: tuple[tuple[int, str], ...] = ()
    prose: tuple[tuple[int, str], ...] = ()


def retired_words() -> list[Retired]:
    """The table of the glossary."""
    section = (ROOT / "docs/glossary.md").read_text(encoding="utf-8").split("## Retired words")[1]
    cells = ([cell.strip() for cell in row[1:-1].split("|")] for row in re.findall(r"^\|.*\|$", section, re.MULTILINE)[2:])
    return [Retired(word, kind, instead, tuple(where.split())) for word, kind, instead, where in cells]


def python_text(path: str, source: str) -> Text:
    """Identifiers and prose of Python code; strings other than docstrings are data."""
    code = Source(path, source)
    # `test_` functions are sentences about the product; their parts are checked as names.
    named: list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef] = [
        *code.nodes(ast.FunctionDef),
        *code.nodes(ast.AsyncFunctionDef),
        *code.nodes(ast.ClassDef),
    ]
    defined = [(node.lineno, node.name) for node in named]
    names = [
        *defined,
        *code.names,
        *((node.lineno, node.arg) for node in code.nodes(ast.arg)),
        *((node.value.lineno, node.arg) for node in code.nodes(ast.keyword) if node.arg),
    ]
    prose = [*((line, inspect.cleandoc(text)) for line, text in code.docstrings), *code.comments]
    return Text(path, tuple(names), tuple(defined), tuple(prose))


def document_text(path: str, text: str) -> Text:
    """Prose of a document; code in marks is no prose."""
    plain = re.sub(r"```.*?```", lambda block: "\n" * block[0].count("\n"), text, flags=re.DOTALL)
    plain = re.sub(r"`[^`\n]*`", "``", plain)
    return Text(path, prose=tuple((at, line) for at, line in enumerate(plain.splitlines(), 1)))


@cache
def parts(name: str) -> set[str]:
    """Words of an identifier, in lower case and singular."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
    return {word.lower() for word in words} | {word.lower().removesuffix("s") for word in words}


def offences(text: Text, word: Retired) -> Iterator[str]:
    """Where the file uses the word in the sense of its kind."""
    found: list[tuple[int, str]] = []
    if word.where and not any(text.path == f"{place}.py" or text.path.startswith(f"{place}/") for place in word.where):
        return
    if word.kind == "part":
        found = [(line, name) for line, name in text.names if word.word in parts(PUBLIC.sub("", name))]
    elif word.kind == "name":
        found = [(line, name) for line, name in text.names if name == word.word]
    elif word.kind == "function":
        found = [(line, name) for line, name in text.defined if name == word.word]
    elif word.kind == "module":
        found = [(1, Path(text.path).name)] if Path(text.path).stem == word.word else []
    else:
        phrase = re.compile(rf"\b{re.escape(word.word)}s?\b".replace("\\ ", r"\s+"), re.IGNORECASE)
        found = [(line, sentence) for line, sentence in text.prose if phrase.search(sentence) and phrase.search(PUBLIC.sub("", sentence))]
    yield from (f"{text.path}:{line}: {word.word} ({word.kind}); use {word.instead}" for line, _ in found)


CODE = "tests/example.py"
# Per kind: what breaks a rule (a retired word and code or text), then what is close to it and allowed.
EXAMPLES: dict[str, tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]] = {
    "part": (
        (("lane", "def run_lanes(): ..."), ("lane", "class LaneRow: ..."), ("told", "x = y.told"), ("deed", "f(recent_deeds=1)")),
        (
            ("lane", "posting_max_parallel_lanes = 1"),
            ("lane", "def plane(): ..."),
            ("told", "def untold(): ..."),
            ("lane", 'x = "lane"'),
            ("lane", '"""A lane."""'),
        ),
    ),
    "name": ((("Need", "x: Need"), ("Pool", "y = Pool()")), (("Need", "x: Needs"), ("Pool", "pool = 1"))),
    "function": ((("once", "def once(): ..."),), (("once", "x = once()"), ("once", "def run_once(): ..."))),
    "module": ((("beside", "x = 1"),), (("besides", "x = 1"),)),
    "prose": (
        (
            ("SQL statement", '"""Two SQL statements."""'),
            ("SQL statement", "# One sql statement\nx = 1"),
            ("hand over", '"""To hand\n    over."""'),
        ),
        (
            ("SQL statement", '"""A statement of a store."""'),
            ("SQL statement", 'x = "SQL statement"'),
            ("hand over", '"""On the other hand, over there."""'),
        ),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_sees_an_offence(kind: str) -> None:
    offending, allowed = EXAMPLES[kind]
    path = "tests/beside.py" if kind == "module" else CODE
    for word, code in offending:
        assert list(offences(python_text(path, code), Retired(word, kind, "x"))), f"not seen: {word} in {code}"
    for word, code in allowed:
        assert list(offences(python_text(path, code), Retired(word, kind, "x"))) == [], f"refused: {word} in {code}"


def test_a_word_is_retired_where_the_table_says() -> None:
    word = Retired("Need", "name", "Demand", ("orders", "inventory/rules"))
    paths = ("orders/x.py", "orders.py", "inventory/rules/x.py", "inventory/x.py", "orders2/x.py")
    seen = [path for path in paths if list(offences(python_text(path, "Need"), word))]
    assert seen == ["orders/x.py", "orders.py", "inventory/rules/x.py"]


def test_documents_are_read_without_their_code() -> None:
    word = Retired("lane", "prose", "partition")
    assert list(offences(document_text("docs/x.md", "Two lanes."), word)) == ["docs/x.md:1: lane (prose); use partition"]
    assert list(offences(document_text("docs/x.md", "The key `posting.max_parallel_lanes`, and `lane`.\n```\nlane\n```\n"), word)) == []


def test_the_table_is_read() -> None:
    words = retired_words()
    assert len(words) > 50
    assert {word.kind for word in words} == set(KINDS)
    assert len({(word.word, word.kind) for word in words}) == len(words)
    assert all(word.instead for word in words)
    assert [place for word in words for place in word.where if not (ROOT / place).exists() and not (ROOT / f"{place}.py").exists()] == []


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    sources = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")) if "migrations" not in path.parts]
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    named = [path.relative_to(ROOT).as_posix() for path in (*sources, *documents)]
    return [
        (python_text if path.endswith(".py") else document_text)(path, (ROOT / path).read_text(encoding="utf-8"))
        for path in named
        if path not in LEFT_OUT
    ]


def test_retired_words_are_gone(texts: list[Text]) -> None:
    assert len(texts) > 500
    found = [
        offence
        for text in texts
        for word in retired_words()
        if text.path.endswith(".md") or (word.word, word.kind) not in NOT_YET
        for offence in offences(text, word)
    ]
    assert not found, "\n".join(found)


def test_words_that_are_gone_leave_the_list(texts: list[Text]) -> None:
    known = {(word.word, word.kind) for word in retired_words()}
    assert known >= NOT_YET
    gone = {
        (word.word, word.kind)
        for word in retired_words()
        if (word.word, word.kind) in NOT_YET and not any(True for text in texts for _ in offences(text, word))
    }
    assert not gone, f"take out of NOT_YET: {sorted(gone)}"
