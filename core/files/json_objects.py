"""JSON objects of a text, one a line: an array of them, or objects over several lines, are brought into that form as they are read."""

import re
from collections.abc import Iterator
from itertools import chain

from core.files.source import LONGEST_LINE, Line
from core.lib.problems import BusinessError, Problem

# Names of columns stand between so many separators at least.
FEWEST_SEPARATORS = 2
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}]')


def starts_as_json(line: Line) -> bool:
    """Whether the line can begin a file of JSON objects."""
    return line.data.lstrip()[:1] in (b"{", b"[")


def one_object_a_line(lines: Iterator[Line]) -> Iterator[Line]:
    """The lines of a text of documents, one object in each. Raises BusinessError PROFILE_NEEDED for a table.

    They are the lines themselves where the first one is a whole object; else the objects, each under the number of its first line.
    """
    for line in lines:
        if not line.data.strip() and not line.too_long:
            continue
        text = line.data.strip()
        if _is_table(text):
            raise BusinessError(Problem("PROFILE_NEEDED", variant="table"))
        rest = chain([line], lines)
        return rest if line.too_long or not starts_as_json(line) or (text[:1] == b"{" and _depth_after(text) <= 0) else _objects(rest)
    return iter(())


def _is_table(text: bytes) -> bool:
    return b"{" not in text and any(text.count(sign) >= FEWEST_SEPARATORS for sign in (b",", b";", b"\t"))


def _depth_after(text: bytes) -> int:
    tokens = _TOKENS.findall(text)
    return tokens.count(b"{") - tokens.count(b"}")


def _objects(lines: Iterator[Line]) -> Iterator[Line]:
    """Objects by their braces, whatever commas and brackets stand between them; one that never ends is given as far as it goes."""
    depth, number, parts, size = 0, 0, list[bytes](), 0
    for line in lines:
        if line.too_long:
            yield line
            continue
        begin = 0
        for token in _TOKENS.finditer(line.data):
            if token[0] == b"{":
                if depth == 0:
                    number, begin, parts, size = line.number, token.start(), [], 0
                depth += 1
            elif token[0] == b"}" and depth:
                depth -= 1
                if depth == 0:
                    yield Line(number, b" ".join((*parts, line.data[begin : token.end()])), size > LONGEST_LINE)
        if depth:
            size += len(line.data) - begin
            # What is too large to be an object is not kept.
            parts = [*parts, line.data[begin:]] if size <= LONGEST_LINE else []
    if depth:
        yield Line(number, b" ".join(parts), size > LONGEST_LINE)
