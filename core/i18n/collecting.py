"""Finds, for `make_messages`, the English sentences that Python code makes with values in them; each becomes a template with {0} {1} ...

Rules and services are pure and know no gettext: they write f-strings, and many of these are stored. What is collected: every text that
ends with a full stop, every text given to one of TELLERS, and the parts that such a text takes in by name (`more = f" {lines} lines ..."`).
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from core.lib.messages import PLACE

ROOMS = ("core", "inventory", "ledger", "orders", "parameters", "retailhq", "statements")
# Not on any page: commands and the built-in services speak English, and models of tests and benchmarks are nobody's business.
LEFT_OUT = {"migrations", "management", "bench", "demo", "embedded", "cli", "settings.py", "locale", "integrity"}
TELLERS = {"sentence", "Problem", "FieldError", "Reject", "reject", "_UnusableRowError", "add_events", "_record", "say_held"}
SILENT = {
    "ValueError",
    "TypeError",
    "RuntimeError",
    "StaleStock",
    "CommandError",
    "debug",
    "info",
    "warning",
    "exception",
    "Apart",
    "HTML",
    "Column",
}
TRANSLATED = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy", "noop", "gettext_noop"}
_WORDS = re.compile(r"[A-Za-z]{2,}")
# A sentence that goes on with another one: the two are told apart, in whatever company they come.
_NEXT_SENTENCE = re.compile(r"(?<=\.) (?=\{\d+\})")
# The end of a sentence, also where further ones are put in behind it.
_END = re.compile(r"\.(?: \{\d+\})*\s*$")
_PLACE = re.compile(r"\{\d+\}")


def collected(root: Path) -> list[str]:
    """The templates of all rooms, in the order of the alphabet."""
    found: set[str] = set()
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            if not LEFT_OUT.intersection(path.relative_to(root).parts):
                found.update(templates_of(path.read_text()))
    return sorted(found)


def templates_of(source: str) -> Iterator[str]:
    """The templates of one module."""
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not _is_text(node) or isinstance(parents.get(node), (ast.JoinedStr, ast.Expr, ast.FormattedValue)):
            continue
        caller = _caller(node, parents)
        template = template_of(node)
        if caller in TRANSLATED | SILENT or not _is_sentence(template, told=caller in TELLERS):
            continue
        yield from _sentences(template)
        yield from _parts(node, parents)


def template_of(node: ast.AST) -> str:
    """The text with numbered places for its values."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.JoinedStr)
    pieces, place = [], 0
    for piece in node.values:
        if isinstance(piece, ast.Constant):
            pieces.append(str(piece.value))
        else:
            pieces.append(f"{{{place}}}")
            place += 1
    return "".join(pieces)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_sentence(template: str, *, told: bool) -> bool:
    words = _WORDS.findall(_PLACE.sub("", template))
    if not words or PLACE.search(template) or " " not in template.strip() or "\n" in template or "{%" in template or "<" in template:
        return False
    return told or (len(words) > 1 and bool(_END.search(template)))


def _caller(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str:
    """The name of the function that the text is given to, through brackets, conditions and lists; '' for none."""
    above = parents.get(node)
    while isinstance(above, (ast.IfExp, ast.Tuple, ast.List, ast.keyword, ast.ListComp, ast.GeneratorExp, ast.Starred)):
        above = parents.get(above)
    if not isinstance(above, ast.Call):
        return ""
    return above.func.attr if isinstance(above.func, ast.Attribute) else getattr(above.func, "id", "")


def _sentences(template: str) -> Iterator[str]:
    for part in _NEXT_SENTENCE.split(template.strip()):
        if _WORDS.search(_PLACE.sub("", part)):
            places = iter(range(part.count("{")))
            yield _PLACE.sub(lambda _: f"{{{next(places)}}}", part)  # noqa: B023 - used up at once


def _parts(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[str]:
    """Texts of more than one word that the sentence takes in: written in its braces, or assigned to a name that stands there."""
    inside = [value for value in ast.walk(node) if isinstance(value, ast.FormattedValue)]
    names = {part.id for value in inside for part in ast.walk(value) if isinstance(part, ast.Name)}
    above: ast.AST | None = node
    while above is not None and not isinstance(above, (ast.FunctionDef, ast.Module)):
        above = parents.get(above)
    sources: list[ast.AST] = [value.value for value in inside]
    for found in ast.walk(above) if isinstance(above, ast.FunctionDef) else ():
        if isinstance(found, ast.Assign) and any(isinstance(target, ast.Name) and target.id in names for target in found.targets):
            sources.append(found.value)
    for source in sources:
        for part in ast.walk(source):
            if _is_text(part) and not isinstance(parents.get(part), (ast.JoinedStr, ast.FormattedValue)):
                template = template_of(part)
                if " " in template.strip() and _WORDS.search(_PLACE.sub("", template)) and "\n" not in template:
                    yield from _sentences(template)
