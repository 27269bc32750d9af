"""Keys that stand twice in one file of master data."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from core.db.confusables import confusable, lookalikes, repeated_skeletons
from core.db.import_keys import add_import_keys
from core.lib.imports import BatchResult, Row, content_digest
from core.lib.problems import Problem

T = TypeVar("T", bound=tuple[object, ...])


def first_of_each_key(rows: Sequence[Row[T]], result: BatchResult, table: str = "") -> list[Row[T]]:
    """The first row of each key in this file; a repeat counts as unchanged, the same key with other content is refused as CONFLICT.

    With `table`, whose `code` is the key, a new code that looks like another one is refused as CONFUSABLE_CODE. Call it with rows that
    are accepted otherwise; `core.db.import_keys.clear_import_keys` starts a file. At most four queries.
    """
    firsts: dict[str, tuple[Row[T], UUID]] = {}
    repeats: list[tuple[Row[T], UUID]] = []
    for row in rows:
        content = content_digest(row.value)
        if row.key in firsts:
            repeats.append((row, content))
        else:
            firsts[row.key] = (row, content)
    before = add_import_keys([(key, content) for key, (_, content) in firsts.items()])
    kept: list[Row[T]] = []
    for key, (row, content) in firsts.items():
        if key in before:
            repeats.append((row, content))
        else:
            kept.append(row)
    for row, content in repeats:
        if content == before.get(row.key, firsts[row.key][1]):
            result.unchanged += 1
        else:
            result.reject(row, Problem("CONFLICT", {"key": row.key}, variant="in_file"))
    if not table or not kept:
        return kept
    alike = repeated_skeletons(row.key for row in kept) | lookalikes(table, [row.key for row in kept])
    for row in kept:
        if row.key in alike:
            result.reject(row, confusable(row.key, alike[row.key]))
    return [row for row in kept if row.key not in alike]
