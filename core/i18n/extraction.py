"""Finds, for `make_messages`, the texts of messages: what Python code writes as the first value of `Message(...)`."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOMS = ("core", "inventory", "ledger", "orders", "parameters", "retailhq", "statements")


def texts_of_messages(root: Path) -> set[str]:
    """The texts of all rooms."""
    paths = (path for room in ROOMS for path in (root / room).rglob("*.py"))
    return {text for path in paths for text in texts_in(path.read_text(encoding="utf-8"))}


def texts_in(source: str) -> Iterator[str]:
    """The texts of one module; one of two texts may be chosen on the spot."""
    for node in ast.walk(ast.parse(source)) if "Message(" in source else ():
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Message" and node.args:
            chosen = node.args[0]
            parts = (chosen.body, chosen.orelse) if isinstance(chosen, ast.IfExp) else (chosen,)
            yield from (part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))
