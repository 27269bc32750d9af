"""The packages and their order, and the files as syntax trees, for the tests that hold code to its rules."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
APPS = ("parameters", "ledger", "inventory", "orders", "statements")
TOP_LEVEL = {"core", "retailhq", *APPS, "tests"}
# Folders of the checkout that hold no code of ours.
OTHER_FOLDERS = {"templates", "docs", "staticfiles", "var", "test-results"}

# Lower layers first; a room imports itself and rooms of lower layers. What stands alone in `retailhq` (urls, celery, commands ...) is the
# project itself: it may import every room, and no room imports it.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("core.lib",),
    ("core.db", "core.i18n"),
    ("core.cli", "core.files", "core.access", "core.printing"),
    ("core.ui",),
    ("core.jobs",),
    ("core.jobs.queue",),
    ("core.tables", "core.api"),
    ("core.masterdata",),
    *((app,) for app in APPS),
    ("retailhq.exchange", "retailhq.integrity"),
    ("retailhq.home", "retailhq.setup", "retailhq.users", "retailhq.api"),
    ("retailhq.demo",),
    ("retailhq.bench",),
)
LAYER_OF = {room: rank for rank, rooms in enumerate(LAYERS) for room in rooms}
TOP_RANK = len(LAYERS)
# These stand beside the layers: what they may import of ours. The built-in services are for the project and its tools alone.
BESIDE = {"retailhq.settings": ("retailhq.embedded", "core.lib"), "retailhq.embedded": ("retailhq.embedded", "core.lib")}
MAY_START_SERVICES = {"retailhq.demo", "retailhq.bench"}


class Source(NamedTuple):
    """A file: its path from the root, and what stands in it."""

    path: str
    tree: ast.Module
    text: str

    @property
    def module(self) -> str:
        """The dotted name."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def parts(self) -> tuple[str, ...]:
        """Folders and file name without its ending."""
        return tuple(self.path.removesuffix(".py").split("/"))


def source_of(path: str, text: str) -> Source:
    return Source(path, ast.parse(text), text)


def room_of(module: str) -> str:
    """The layer's name that a module of ours belongs to: an app, or a part of `core` or `retailhq`."""
    parts = module.split(".")
    if ".".join(parts[:3]) in LAYER_OF:
        return ".".join(parts[:3])
    return ".".join(parts[:2]) if parts[0] in {"core", "retailhq"} else parts[0]


def inner_name(module: str) -> str:
    """The file or package inside its room that a module belongs to, '' for the room itself."""
    parts = module.split(".")
    rest = parts[room_of(module).count(".") + 1 :]
    return rest[0] if rest else ""


def imported(source: Source) -> Iterator[tuple[int, str]]:
    """Every module that the file imports, with the line; names imported from a package count as modules of it."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = source.module.split(".") if source.path.endswith("__init__.py") else source.module.split(".")[:-1]
            base = package[: len(package) - node.level + 1] if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            yield node.lineno, name
            yield from ((node.lineno, f"{name}.{alias.name}") for alias in node.names if name in {"retailhq", *APPS})


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Texts in the code, a formatted one as a whole; docstrings are left out."""
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node) if part is not node}
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if id(node) in inside | docs:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            parts = (str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
            yield node.lineno, "".join(parts)


def names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Names and attributes that the code uses."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr


def is_test(source: Source) -> bool:
    return source.parts[0] == "tests"


def stands_in(source: Source, name: str) -> bool:
    """Whether the file is the module of that name in its app (or part of `retailhq`), or belongs to the package of that name."""
    room = room_of(source.module).count(".") + 1
    return source.parts[room : room + 1] == (name,)
