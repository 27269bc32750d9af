"""Streams of lines: plain, packed, broken, endless."""

import gzip
import io
import secrets
from pathlib import Path

import pytest

from core.files.source import LONGEST_LINE, DamagedFileError, open_source
from core.files.xml_stream import read_elements
from core.lib.problems import BusinessError


def read(path: Path | str) -> list[bytes]:
    with open_source(str(path)) as source:
        return [line.data for line in source.lines()]


def test_line_ends_and_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo\n\nfour")
    assert read(path) == [b"one", b"two", b"", b"four"]


def test_gzip_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "no-ending"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbfone\ntwo\n"))
    assert read(path) == [b"one", b"two"]


def test_packed_xml_that_breaks_off_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "till.xml.gz"
    rows = b"".join(b"<row>%d %s</row>" % (number, secrets.token_hex(8).encode()) for number in range(20_000))
    path.write_bytes(gzip.compress(b"<file>" + rows + b"</file>")[:-2000])
    with open_source(str(path)) as source, pytest.raises(DamagedFileError) as broken:
        for _ in read_elements(source.stream, source.name, ("row",)):
            pass
    assert "end-of-stream" in broken.value.reason


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    assert read(path) == []
    path.write_bytes(gzip.compress(b""))
    assert read(path) == []


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"one\ntwo\n")))
    assert read("-") == [b"one", b"two"]


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n".encode("utf-16"),
        "a,b\n".encode("utf-32"),
        b"\xd0\xcf\x11\xe0an old workbook",
        b"%PDF-1.7",
        b"\x1f\x8b",
        b"\x1f\x8bjunk that is no gzip",
    ],
)
def test_files_that_are_refused_at_once(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(BusinessError):
        read(path)


@pytest.mark.parametrize("name", ["missing", "folder", "a\0b", "x" * 5000])
def test_paths_that_cannot_be_opened(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(BusinessError, match="UNREADABLE_FILE"):
        read(f"{tmp_path}/{name}")


def test_a_packed_file_that_breaks_off(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    whole = gzip.compress("".join(f"line {number} {hash(number * 7919)}\n" for number in range(200_000)).encode())
    path.write_bytes(whole[: len(whole) // 2])
    got: list[bytes] = []
    with open_source(str(path)) as source, pytest.raises(DamagedFileError) as broken:
        got.extend(line.data for line in source.lines())
    assert len(got) == broken.value.line > 1000
    assert all(data.startswith(b"line ") for data in got)


def test_a_line_without_end_is_cut_and_the_next_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one\n" + b"x" * (3 * LONGEST_LINE) + b"\nthree\n" + b"y" * (LONGEST_LINE + 1))
    with open_source(str(path)) as source:
        found = [(line.number, line.too_long, len(line.data) <= LONGEST_LINE + 2) for line in source.lines()]
    assert found == [(1, False, True), (2, True, True), (3, False, True), (4, True, True)]


def test_a_line_of_exactly_the_limit_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * LONGEST_LINE + b"\n")
    with open_source(str(path)) as source:
        assert [line.too_long for line in source.lines()] == [False]
