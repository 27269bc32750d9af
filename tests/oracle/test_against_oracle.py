"""RetailHQ against the oracle: random worlds through the public commands, every export compared row by row."""

from collections import Counter
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from tests.oracle import comparing
from tests.oracle.commands import DONE, run
from tests.oracle.driving import Drive
from tests.oracle.journal import Journal
from tests.oracle.worlds import SEEDS, SIZE, Story, make_world, stories

pytestmark = pytest.mark.django_db

TOLD = ("store", "terminal", "transaction", "line", "batch", "source")


def drive(seed: int, folder: Path, *, prefix: str = "", shuffle: int | None = None) -> Drive:
    prefix = prefix or f"w{seed}-"
    random = Random(seed if shuffle is None else shuffle)
    return Drive(make_world(seed, SIZE, prefix), folder, random)


def agree_before_and_after_a_fix(story: Drive) -> int:
    """First posting, then late goods, late receipts and changed settings, then the second posting; after each the recount agrees, too.

    Gives how many rows were compared in the end.
    """
    with Journal(story.folder).listening() as journal:
        story.import_world()
        story.first_run()
        story.must_agree()
        journal.must_be_right()
        story.import_later()
        story.calculate()
        story.post()
        compared = story.must_agree()
        journal.must_be_right()
    return compared


@pytest.mark.parametrize("seed", SEEDS[3:])
def test_exports_equal_the_oracle_before_and_after_a_fix(seed: int, tmp_path: Path) -> None:
    assert agree_before_and_after_a_fix(drive(seed, tmp_path)) > 0
    assert run("check_integrity").status == DONE


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_the_same_with_real_commits(seed: int, tmp_path: Path) -> None:
    """Elsewhere each test is one transaction that is rolled back, which is quicker; here each posting state commits for good."""
    assert agree_before_and_after_a_fix(drive(seed, tmp_path)) > 0
    assert run("check_integrity").status == DONE


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_doing_it_again_changes_nothing(seed: int, tmp_path: Path) -> None:
    story = drive(seed, tmp_path)
    story.import_world()
    story.calculate()
    story.post()
    story.settle()
    before = story.take_exports()
    for answer in story.import_again():
        assert answer.status == DONE
    story.calculate()
    story.post()
    assert story.take_exports() == before


@pytest.mark.parametrize("seed", SEEDS[8:])
def test_the_preview_says_what_posting_then_does(seed: int, tmp_path: Path) -> None:
    """Before the first posting and before the second; and saying it writes nothing."""
    story = drive(seed, tmp_path)
    story.import_world()
    for again in (False, True):
        if again:
            story.import_later()
        story.calculate()
        before = story.take_exports()
        preview = run("preview_posting", "--allocations", *story.stores).data
        assert story.take_exports() == before
        answer = story.post()
        after = story.take_exports()
        old = before.of("allocations")
        assert foretold(story, preview["allocations"]) == happened([row for row in after.of("allocations") if row not in old])
        ends = {row["statement"]: (row["would_end"], row["error_code"]) for row in preview["statements"]}
        for row in after.of("statements"):
            if row["statement"] in ends:
                assert ends[row["statement"]] == (row["failed_state"] or row["post_state"], row["error_code"])
        of_lines = [row for row in answer.data["failures"] if row["item"]]
        assert sorted(map(reason_of, preview["failures"])) == sorted(map(reason_of, of_lines))


def foretold(story: Drive, rows: list[dict[str, Any]]) -> Counter[tuple[str, ...]]:
    """A default batch that does not exist yet has no number in a preview."""
    found: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        tracked = story.oracle.items[row["item"]].batch_tracked
        named = row | {"batch": row["batch"] or "DEF"} if tracked else row
        found[(*(str(named[column]) for column in TOLD), comparing.plain(Decimal(row["quantity"])))] += 1
    return found


def happened(rows: list[dict[str, str]]) -> Counter[tuple[str, ...]]:
    return Counter((*(row[column] for column in TOLD), row["quantity"]) for row in rows)


def reason_of(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[column]) for column in ("statement", "code", "item", "missing_quantity"))


@pytest.mark.parametrize("seed", SEEDS[4:8])
def test_the_order_of_rows_in_the_files_does_not_matter(seed: int, tmp_path: Path) -> None:
    """Two worlds that differ in the first letter of their codes and in the order of everything in their files."""
    found = []
    for number, letter in enumerate("xy"):
        story = drive(seed, tmp_path / letter, prefix=f"{letter}-", shuffle=number)
        story.import_world()
        story.calculate()
        story.post()
        rows = story.take_exports().rows
        found.append({kind: [_without(letter, row) for row in rows[kind]] for kind in rows})
    assert found[0] == found[1]


def _without(letter: str, row: dict[str, str]) -> dict[str, str]:
    # A receipt is dated by the day that its file names, in the offset that was written; the shuffle writes other offsets.
    received = row.get("source_kind") == "receipt"
    return {column: value.replace(f"{letter}-", "") for column, value in row.items() if not (received and column == "date")}


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=stories())
def test_any_story_equals_the_oracle(story: Story, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same, but Hypothesis chooses the worlds and shrinks the one that fails; each is rolled back for the next."""
    with transaction.atomic():
        assert agree_before_and_after_a_fix(Drive(story, tmp_path_factory.mktemp("story"))) > 0
        transaction.set_rollback(True)
