"""Messages are data: whoever makes a problem gives values, and the catalogue of codes has the sentence (ADR 0011)."""

import ast
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from core.db.bulk import cursor, fetch_all
from core.i18n.extraction import ROOMS, texts_of_messages
from core.lib.messages import PLACE, TEXTS, places_of
from core.lib.problems import AS_WRITTEN, REGISTRY
from retailhq.codes import register_all

ROOT = Path(__file__).parents[1]
MAKERS = {"Problem", "FieldError"}


class Site(NamedTuple):
    """A call that makes a message."""

    path: str
    line: int
    call: ast.Call
    name: str
    function: ast.AST

    @property
    def is_data(self) -> bool:
        """Whether values are given, and no text."""
        return len(self.call.args) < 2 or is_values(self.call.args[1], self.function)


def name_of(call: ast.Call) -> str:
    """The last name of what is called."""
    return str(getattr(call.func, "id", getattr(call.func, "attr", "")))


def is_values(node: ast.expr, function: ast.AST) -> bool:
    """Whether the expression is a mapping of values: written here, joined of such, or a name that is annotated as one."""
    if isinstance(node, ast.Dict) or (isinstance(node, ast.Attribute) and node.attr in {"params", "_params"}):
        return True
    if isinstance(node, ast.Call):
        return getattr(node.func, "id", "") == "decode_params"
    if isinstance(node, ast.BinOp):
        return is_values(node.left, function) or is_values(node.right, function)
    if isinstance(node, ast.IfExp):
        return is_values(node.body, function) and is_values(node.orelse, function)
    if isinstance(node, ast.Name):
        annotations = [
            ast.unparse(part.annotation)
            for part in ast.walk(function)
            if isinstance(part, ast.AnnAssign | ast.arg) and part.annotation and named(part) == node.id
        ]
        return any("Param" in annotation for annotation in annotations)
    return False


def named(part: ast.AnnAssign | ast.arg) -> str:
    """The name that is annotated."""
    return part.arg if isinstance(part, ast.arg) else str(getattr(part.target, "id", ""))


def sites_in(source: str, path: str = "") -> Iterator[Site]:
    """The calls of one module that make messages, each with the function that it stands in."""
    tree = ast.parse(source)

    def walk(node: ast.AST, function: ast.AST) -> Iterator[Site]:
        for child in ast.iter_child_nodes(node):
            inside = child if isinstance(child, ast.FunctionDef) else function
            if isinstance(child, ast.Call) and name_of(child) in MAKERS:
                yield Site(path, child.lineno, child, name_of(child), inside)
            yield from walk(child, inside)

    yield from walk(tree, tree)


def sites() -> Iterator[Site]:
    """All calls that make messages."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from sites_in(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))


def test_problems_are_given_values() -> None:
    """No text, and no name of something that could be one."""
    assert [f"{site.path}:{site.line}" for site in sites() if not site.is_data] == []


def texts_made_up(source: str) -> Iterator[int]:
    """Lines where the text of a message is not written out: it could not be translated."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Message" and node.args:
            chosen = node.args[0]
            parts = (chosen.body, chosen.orelse) if isinstance(chosen, ast.IfExp) else (chosen,)
            if any(isinstance(part, ast.JoinedStr | ast.BinOp) for part in parts):
                yield node.lineno


def test_texts_of_messages_are_written_out() -> None:
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) if path.name != "messages.py"]
    assert len(paths) > 300
    assert [f"{path}:{line}" for path in paths for line in texts_made_up(path.read_text(encoding="utf-8"))] == []
    assert list(texts_made_up('Message(f"Item {item}.")\nMessage("Item " + item)\nMessage("Item {item}.")')) == [1, 2]


def wrong_values(site: Site) -> Iterator[str]:
    """Where the values are not those that the sentence has places for; asked where code, names and variant are written out."""
    given = [*site.call.args, *(keyword.value for keyword in site.call.keywords if keyword.arg == "params")]
    variants = [keyword.value for keyword in site.call.keywords if keyword.arg == "variant"]
    if site.name == "FieldError" and len(site.call.args) > 2:
        variants = [site.call.args[2]]
    if site.name not in {"Problem", "FieldError"} or not given or not isinstance(given[0], ast.Constant):
        return
    names = given[1].keys if len(given) > 1 and isinstance(given[1], ast.Dict) else [] if len(given) == 1 else None
    if names is None or not all(isinstance(name, ast.Constant) for name in names):
        return
    chosen = [variants[0].body, variants[0].orelse] if variants and isinstance(variants[0], ast.IfExp) else variants
    if not all(isinstance(variant, ast.Constant) for variant in chosen):
        return
    code = str(given[0].value)
    keys = {str(name.value) for name in names if isinstance(name, ast.Constant)} | ({"field"} if site.name == "FieldError" else set())
    for variant in [str(variant.value) for variant in chosen if isinstance(variant, ast.Constant)] or [""]:
        if variant == AS_WRITTEN:
            continue
        if (code, variant) not in TEXTS:
            # A problem that has nothing to say beyond the title of its code.
            if not keys and not variant and code in REGISTRY:
                continue
            yield f"{site.path}:{site.line}: {code} has no sentence {variant!r}"
        elif places_of(TEXTS[code, variant]) != keys:
            yield f"{site.path}:{site.line}: {code} {variant!r} is given {sorted(keys)}, its sentence is {TEXTS[code, variant]!r}"


def test_values_are_those_of_the_sentence() -> None:
    register_all()
    assert [wrong for site in sites() if site.is_data for wrong in wrong_values(site)] == []


@pytest.mark.parametrize(
    ("source", "is_data"),
    [
        ('Problem("L04", f"Item {item} is not known.")', False),
        ('Problem("L04", "The item is not known.")', False),
        ("Problem(code, text)", False),
        ('Problem("L04", {"item": item})', True),
        ('Problem("L04", known | {"item": item})', True),
        ('Problem("L13")', True),
        ('def f(said: Params) -> None:\n    raise FieldError("BAD_DATE", said)', True),
        ('def f() -> None:\n    said = "no"\n    raise FieldError("BAD_DATE", said)', False),
    ],
)  # fmt: skip
def test_a_sentence_on_the_spot_is_seen(source: str, is_data: bool) -> None:
    assert [site.is_data for site in sites_in(source)] == [is_data]


@pytest.mark.parametrize(
    "source",
    ['Problem("H03", {"client": "C1"})', 'Problem("H20", {}, variant="elsewhere")', 'FieldError("H03", {"customer": 1})'],
)
def test_wrong_values_are_seen(source: str) -> None:
    register_all()
    assert [wrong for site in sites_in(source) for wrong in wrong_values(site)]


def test_texts_have_no_numbered_places() -> None:
    """`{0}` would stay as it is; so would a place that is spelled otherwise."""
    register_all()
    assert [text for text in {*texts_of_messages(ROOT), *TEXTS.values()} if text.count("{") != len(PLACE.findall(text))] == []


def test_what_was_said_of_held_receipts_is_said_of_transactions(db: None) -> None:
    names = import_module("statements.migrations.0161_orders_of_transactions_named")
    old: list[dict[str, Any]] = [
        {
            "text": "Held from {statement}: {count} receipts, {reasons}. Mend the cause, then post.",
            "params": {"count": 2, "statement": "S1"},
        },
        {"text": "{count} failing receipts were moved to a supplement; post the statement again.", "params": {"count": 1}},
        {"text": "{count} receipts moved to a supplement", "params": {"count": 1}},
        {"text": "Correct receipt {receipt}", "params": {"receipt": "R1"}},
    ]

    def told() -> list[dict[str, Any]]:
        return [json.loads(said) for (said,) in fetch_all("SELECT said::text FROM told ORDER BY place")]

    with cursor() as c:
        c.execute("CREATE TEMPORARY TABLE told (place int, said jsonb)")
        c.executemany("INSERT INTO told VALUES (%s, %s)", [(place, json.dumps(row)) for place, row in enumerate(old)])
        c.execute(names.reword("told", "said", names.REWORDED))
        new = told()
        assert [row["text"] for row in new] == [row["text"].replace("receipts", "transactions") for row in old]
        assert [row["params"] for row in new] == [row["params"] for row in old]
        c.execute(names.reword("told", "said", names.BACK))
        assert told() == old
