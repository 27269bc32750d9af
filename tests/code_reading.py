"""The packages and their order, and the files as syntax trees, for the tests that hold code to its rules."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

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


Node = TypeVar("Node", bound=ast.AST)
# What has a docstring.
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
# Strings, so that what looks like a comment inside of one is passed over, and comments.
STRING_OR_COMMENT = re.compile(
    r'''"""(?:\\.|[^\\])*?"""|\'{3}(?:\\.|[^\\])*?\'{3}|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|(?P<comment>\#[^\n]*)''', re.DOTALL
)


@dataclass(frozen=True)
class Source:
    """A file: its path from the root, and what stands in it. Many rules ask for the same of it, so that is worked out once."""

    path: str
    text: str

    @cached_property
    def _nodes(self) -> dict[type[ast.AST], list[ast.AST]]:
        found = defaultdict(list)
        for node in ast.walk(ast.parse(self.text)):
            found[type(node)].append(node)
        return found

    def nodes(self, *kinds: type[Node]) -> Iterator[Node]:
        """All nodes of the syntax tree of these kinds, kind by kind, each in the order of `ast.walk`."""
        for kind in kinds:
            yield from self._nodes.get(kind, ())  # type: ignore[misc]  # by their type

    @cached_property
    def module(self) -> str:
        """The dotted name."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """Folders and file name without its ending."""
        return tuple(self.path.removesuffix(".py").split("/"))

    @cached_property
    def imported(self) -> tuple[tuple[int, str], ...]:
        """Every module that the file imports, with the line; names imported from a package count as modules of it."""
        return tuple(_imported(self))

    @cached_property
    def strings(self) -> tuple[tuple[int, str], ...]:
        """Texts in the code, a formatted one as a whole; docstrings are left out."""
        return tuple(_strings(self))

    @cached_property
    def names(self) -> tuple[tuple[int, str], ...]:
        """Names and attributes that the code uses."""
        return (
            *((node.lineno, node.id) for node in self.nodes(ast.Name)),
            *((node.lineno, node.attr) for node in self.nodes(ast.Attribute)),
        )

    @property
    def docstrings(self) -> Iterator[tuple[int, str]]:
        """Docstrings as they stand there, with the line."""
        for node in self.nodes(*DOCUMENTED):
            if (text := ast.get_docstring(node, clean=False)) is not None:  # type: ignore[arg-type]  # one of those kinds
                yield node.body[0].lineno, text  # type: ignore[attr-defined]  # likewise

    @property
    def comments(self) -> Iterator[tuple[int, str]]:
        """Comments with the line; `tokenize` finds the same in ten times the time."""
        line, counted_to = 1, 0
        for found in STRING_OR_COMMENT.finditer(self.text):
            if found["comment"]:
                line += self.text.count("\n", counted_to, found.start())
                counted_to = found.start()
                yield line, found["comment"]


def source_at(path: Path) -> Source:
    """A file of ours."""
    return Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


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


def _imported(source: Source) -> Iterator[tuple[int, str]]:
    for whole in source.nodes(ast.Import):
        yield from ((whole.lineno, alias.name) for alias in whole.names)
    for node in source.nodes(ast.ImportFrom):
        package = source.module.split(".") if source.path.endswith("__init__.py") else source.module.split(".")[:-1]
        base = package[: len(package) - node.level + 1] if node.level else []
        name = ".".join([*base, *([node.module] if node.module else [])])
        yield node.lineno, name
        yield from ((node.lineno, f"{name}.{alias.name}") for alias in node.names if name in {"retailhq", *APPS})


def _strings(source: Source) -> Iterator[tuple[int, str]]:
    left_out = {id(part) for node in source.nodes(ast.JoinedStr) for part in ast.walk(node) if part is not node}
    for documented in source.nodes(*DOCUMENTED):
        first = documented.body[:1]  # type: ignore[attr-defined]  # each of those kinds has a body
        left_out |= {id(node.value) for node in first if isinstance(node, ast.Expr)}
    for constant in source.nodes(ast.Constant):
        if isinstance(constant.value, str) and id(constant) not in left_out:
            yield constant.lineno, constant.value
    for formatted in source.nodes(ast.JoinedStr):
        if id(formatted) not in left_out:
            parts = (str(part.value) if isinstance(part, ast.Constant) else "{}" for part in formatted.values)
            yield formatted.lineno, "".join(parts)


def is_test(source: Source) -> bool:
    return source.parts[0] == "tests"


def stands_in(source: Source, name: str) -> bool:
    """Whether the file is the module of that name in its app (or part of `retailhq`), or belongs to the package of that name."""
    room = room_of(source.module).count(".") + 1
    return source.parts[room : room + 1] == (name,)
