"""Stored files: what is written is read, in flat memory, whole or not at all."""

import hashlib
import io
import itertools
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from core.files.models import StoredFile, StoredFilePart
from core.files.storage import PART_BYTES, StoredStream, harmless_name, read_file, write_file
from core.files.writes import remove_expired
from core.lib.problems import BusinessError

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("sizes", [[0], [1], [PART_BYTES], [PART_BYTES + 1], [3, PART_BYTES * 2, 5], [700_000] * 4])
def test_what_is_written_is_read(sizes: list[int]) -> None:
    chunks = [bytes([65 + place]) * size for place, size in enumerate(sizes)]
    maria = User.objects.create_user("maria")
    file = write_file("a.csv", "text/csv", chunks, maria)
    whole = b"".join(chunks)
    assert b"".join(read_file(file.pk)) == whole
    assert (file.size, file.digest, file.owner) == (len(whole), hashlib.sha256(whole).hexdigest(), maria)
    assert io.BufferedReader(StoredStream(file.pk)).read() == whole


def test_lines_through_the_stream() -> None:
    rows = [f"{number},{'x' * 90}\n".encode() for number in range(30_000)]
    file = write_file("a.csv", "text/csv", rows, None)
    assert io.BufferedReader(StoredStream(file.pk)).readlines() == rows
    assert StoredFilePart.objects.filter(file=file).count() == 3


def test_memory_stays_flat() -> None:
    tracemalloc.start()
    file = write_file("big", "x/y", itertools.repeat(b"x" * 65536, 640), None)
    for _ in read_file(file.pk):
        pass
    assert file.size == 40 * PART_BYTES
    assert tracemalloc.get_traced_memory()[1] < 12 * PART_BYTES
    tracemalloc.stop()


def test_too_large_leaves_nothing() -> None:
    with pytest.raises(BusinessError) as refused:
        write_file("a.csv", "text/csv", itertools.repeat(b"x" * 65536), None, most_bytes=3 * PART_BYTES)
    assert [problem.code for problem in refused.value.problems] == ["FILE_TOO_LARGE"]
    assert not StoredFile.objects.exists()
    assert not StoredFilePart.objects.exists()


def test_a_source_that_breaks_off_leaves_nothing() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"x" * PART_BYTES * 2
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        write_file("a.csv", "text/csv", chunks(), None)
    assert not StoredFile.objects.exists()


def test_what_is_not_whole_or_not_there_cannot_be_read() -> None:
    draft = StoredFile.objects.create(name="draft", media_type="x/y")
    for file_id in (draft.pk, 987654):
        with pytest.raises(BusinessError) as refused:
            read_file(file_id)
        assert [problem.code for problem in refused.value.problems] == ["FILE_GONE"]


def test_expired_files_go_and_others_stay() -> None:
    kept, old, for_ever = (write_file(name, "x/y", [b"x"], None, keep_days=days) for name, days in (("k", 5), ("o", 1), ("f", None)))
    assert remove_expired(timezone.now() + timedelta(days=2)) == 1
    assert set(StoredFile.objects.all()) == {kept, for_ever}
    assert not StoredFilePart.objects.filter(file=old.pk).exists()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\a\\b.csv", "b.csv"),
        ("a\r\nX: y.csv", "aX: y.csv"),
        ("...", "file"),
        ("", "file"),
        ("\0", "file"),
        ("Größe.csv", "Größe.csv"),
    ],
)
def test_names_are_harmless(given: str, kept: str) -> None:
    assert harmless_name(given) == kept


def test_a_long_name_keeps_its_ending() -> None:
    name = harmless_name("x" * 500 + ".csv.gz")
    assert len(name) == 200
    assert name.endswith(".csv.gz")
