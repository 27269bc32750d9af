"""Reads the text of a PDF back, page by page, through the tables that a reader would use to copy it."""

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\n(.*?)\nendstream", re.DOTALL)
_SHOWN = re.compile(rb"/F(\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj|\[((?:\((?:\\.|[^\\)])*\)|[^\]])*)\] TJ", re.DOTALL)
_STRING = re.compile(rb"\(((?:\\.|[^\\)])*)\)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, its pieces parted by line breaks."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    pages = [body for _, body in sorted(objects.items()) if b"/Type /Page\n" in body or body.rstrip().endswith(b"/Type /Page\n>>")]
    return [_page_text(body, objects) for body in pages]


def _reference(body: bytes, name: bytes) -> int:
    found = re.search(rb"/" + name + rb" (\d+) 0 R", body)
    assert found, name
    return int(found[1])


def _stream(body: bytes) -> bytes:
    found = _STREAM.search(body)
    assert found
    return zlib.decompress(found[1]) if b"/FlateDecode" in body else found[1]


def _page_text(page: bytes, objects: dict[int, bytes]) -> str:
    resources = objects[_reference(page, b"Resources")]
    fonts = {int(name): _letters(objects[int(number)], objects) for name, number in re.findall(rb"/F(\d+) (\d+) 0 R", resources)}
    letters: dict[int, str] = {}
    pieces = []
    for font, text, texts in _SHOWN.findall(_stream(objects[_reference(page, b"Contents")])):
        if font:
            letters = fonts[int(font)]
            continue
        raw = b"".join(_plain(part) for part in (_STRING.findall(texts) if texts else [text]))
        pieces.append("".join(letters[int.from_bytes(raw[at : at + 2])] for at in range(0, len(raw), 2)))
    return "\n".join(pieces)


def _plain(text: bytes) -> bytes:
    return re.sub(rb"\\(.)", lambda match: _ESCAPED.get(match[1], match[1]), text, flags=re.DOTALL)


def _letters(font: bytes, objects: dict[int, bytes]) -> dict[int, str]:
    """Letters by the number that the page shows them by."""
    table = _stream(objects[_reference(font, b"ToUnicode")]).decode()
    pairs = re.findall(r"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>\n", table)
    return {int(code, 16): bytes.fromhex(letter).decode("utf-16-be") for code, letter in pairs}
