"""Messages are data: whoever makes a problem gives values, and the catalogue of codes has the sentence (ADR 0011)."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from core.i18n.extraction import ROOMS, texts_of_messages
from core.lib.messages import PLACE, TEXTS, places_of
from core.lib.problems import AS_WRITTEN, REGISTRY
from retailhq.management.commands.print_codes import register_all

ROOT = Path(__file__).parents[1]
# Call sites that still write sentences. The number may only fall.
UNCONVERTED = 3
MAKERS = {"Problem": 1, "FieldError": 1, "reject": 2, "refusal": 1, "item_of": 1, "sentence": 0}


class Site(NamedTuple):
    """A call that makes a message."""

    path: str
    line: int
    call: ast.Call
    name: str
    function: ast.AST

    @property
    def said(self) -> ast.expr | None:
        """What is said: values, or still a text."""
        place = MAKERS[self.name]
        return self.call.args[place] if len(self.call.args) > place else None

    @property
    def is_data(self) -> bool:
        """Whether values are given, and no text."""
        if self.name == "sentence":
            return False
        said = self.said
        # Those that take a problem as a whole have nothing behind it that is a text.
        return said is None or is_message(said) or (self.name in {"Problem", "FieldError"} and is_values(said, self.function))


def is_message(node: ast.expr) -> bool:
    """Whether the expression is a message by itself: one that is made here, or that of a problem."""
    if isinstance(node, ast.Attribute):
        return node.attr == "message"
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and node.slice.value == "message"
    return isinstance(node, ast.Call) and name_of(node) in {"Message", "together", "decode_message"}


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


def unconverted() -> list[str]:
    """Where a sentence is still written on the spot."""
    return [f"{site.path}:{site.line}: {site.name}" for site in sites() if not site.is_data]


def test_sentences_on_the_spot_only_get_fewer() -> None:
    assert len(unconverted()) <= UNCONVERTED


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
        ('result.reject(row, problem)', True),
        ('result.reject(row, "CONFLICT", "It was there.")', False),
        ("result.reject(row, problem.code, problem.message)", True),
        ('sentence("Writing rows")', False),
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
