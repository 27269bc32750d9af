"""Every benchmark runs, at a tiny size: a change of a table that would stop it is seen here, not when somebody measures."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from io import StringIO
from itertools import islice
from pathlib import Path
from subprocess import CalledProcessError

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker

from retailhq.bench import databases, history
from retailhq.bench import figures as bench_figures
from retailhq.bench.comparison import comparison_figures, real_work, worktree
from retailhq.bench.databases import database, filled_template, fresh_copy
from retailhq.bench.figures import growth_figures, row_by_row_figure
from retailhq.bench.generate import Size
from retailhq.bench.history import make_history, size_for
from retailhq.bench.lists import list_figures
from retailhq.bench.posting import post_all
from retailhq.bench.year import ensure_files, year_figures
from retailhq.demo.stores import Slice
from retailhq.integrity.checks import differences
from tests.retailhq.demo.made_up import RowSource, market
from tests.template import PREFIX, drop_test_database, migrations_hash

TINY = Size(400, 2)
COUNTED = {"S5 receipts", "S5 transactions", "S3 calculate", "S2", "S6"}


@pytest.fixture(scope="module")
def bench(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Benchmarks work in databases of their own; here these are copies of the migrated template.

    Of the tiny size one is filled for all tests, and stays; who asks for it gets a copy as ever.
    """
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setattr(databases, "EMPTY", f"{PREFIX}{migrations_hash()}")
        patch.setattr(databases, "PREFIX", f"{connection.settings_dict['NAME']}_bench")
        patch.setattr(databases, "STRATEGY", "wal_log")
        patch.setattr(history, "ITEMS", 1_000)
        kept = f"{databases.PREFIX}_tiny"
        with filled_template(TINY) as filled, database(kept, filled, keep=True):
            pass

        @contextmanager
        def filled_or_kept(size: Size) -> Iterator[str]:
            with nullcontext(kept) if size == TINY else filled_template(size) as name:
                yield name

        patch.setattr(bench_figures, "filled_template", filled_or_kept)
        yield
        connection.close()
    drop_test_database(kept)


def figures(name: str, *arguments: str) -> dict[str, float]:
    """What a command prints: values by figure."""
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return {row["figure"]: row["value"] for row in map(json.loads, out.getvalue().splitlines())}


@pytest.mark.slow
def test_posting_is_measured_and_leaves_true_books(bench: None) -> None:
    found = figures("bench_posting", "--lines", "400", "--stores", "2", "--runs", "1", "--workers", "2")
    assert found.keys() == {"S1", "S4", "S6", "S6 with vouchers", "S14 reversal", "memory", "S1 2 workers"}
    assert all(value > 0 for value in found.values())
    with fresh_copy(f"{databases.PREFIX}_tiny"):
        posted = post_all()
        # The generator's receipts have no vouchers, so that the inventory account is short of them; what posting did is true.
        wrong = [row for row in differences() if row.check != "inventory_account"]
        assert not wrong, wrong
        assert posted.lines >= TINY.lines


@pytest.mark.slow
def test_the_real_year_is_measured_from_its_files_to_the_ledger(bench: None, tmp_path: Path) -> None:
    wanted = Slice(first_day=date(2017, 3, 6), days=7, stores=2, with_stop_store=False)
    files = ensure_files(tmp_path, wanted, market())
    assert ensure_files(tmp_path, wanted, RowSource((), ())) == files, "derived once"
    found = list(year_figures(files, 60, "two stores"))
    values = {figure.figure: figure.value for figure in found}
    wanted_figures = {"S5 receipts", "S5 transactions", "S3 calculate", "S3 posting", "S1 real", "S4", "S12 WAL", "S12 disk", "S3"}
    assert wanted_figures <= values.keys()
    assert all(value > 0 for name, value in values.items() if name != "S12 disk"), values
    assert sum(figure.figure == "S2" for figure in found) > 2, "posted in parts"
    assert sum(figure.figure == "S6" for figure in found) == 2, "the first and the last of them previewed"
    assert "0 statements not posted" in next(figure.size for figure in found if figure.figure == "S4")


@pytest.mark.slow
def test_four_times_the_lines_take_as_many_queries(bench: None, tmp_path: Path) -> None:
    """The guard of S4 and S5 in the suite: counts, not seconds. Both sizes fit into one batch of a file and one chunk of a posting."""
    wanted = Slice(first_day=date(2017, 3, 6), days=7, stores=2, with_stop_store=False)
    counts = []
    for baskets in (6, 24):
        files = ensure_files(tmp_path / str(baskets), wanted, market(baskets=baskets))
        found = list(year_figures(files, 100_000, "two stores"))
        counts.append({figure.figure: figure.beside["queries"] for figure in found if figure.figure in COUNTED})
        lines = next(int(figure.size.split()[0]) for figure in found if figure.figure == "S2")
        assert lines > 50 * baskets
    few, many = counts
    assert few.keys() == COUNTED
    # What comes up for the first time among more lines: a return, a captured batch, something that goes to the default batch.
    assert all(many[figure] <= few[figure] + 12 for figure in COUNTED), counts


@pytest.mark.slow
def test_posting_is_compared_with_the_code_of_another_folder(bench: None, tmp_path: Path) -> None:
    """Here with itself: both sides start, have the same data, and post it by turns."""
    empty = {"empty": databases.EMPTY}
    generated = {f.figure: f for f in comparison_figures(settings.BASE_DIR, "itself", {"lines": 400, "stores": 2, **empty}, 2)}
    assert generated.keys() == {"S1", "S12 wal", "S12 disk"}
    assert (generated["S1"].ratio or 0) > 0
    # WAL is the server's, and other tests write it too; the files are those of the database alone.
    assert (generated["S12 wal"].ratio or 0) > 0
    assert 0.9 < (generated["S12 disk"].ratio or 0) < 1.1, "the same work fills the same"
    files = ensure_files(tmp_path, Slice(first_day=date(2017, 3, 6), days=7, stores=2, with_stop_store=False), market())
    real = {figure.figure for figure in comparison_figures(settings.BASE_DIR, "itself", {**real_work(files), **empty}, 1)}
    assert real == {"S1", "S12 wal", "S12 disk", "S5 receipts", "S5 transactions"}


def test_an_earlier_commit_stands_in_a_folder_of_its_own() -> None:
    with worktree("HEAD") as folder:
        assert (folder / "manage.py").is_file()
        assert folder != settings.BASE_DIR
    assert not folder.exists()
    with pytest.raises(CalledProcessError), worktree("no-such-commit"):
        raise AssertionError("unreachable")


@pytest.mark.slow
def test_row_by_row_comes_to_the_same_and_growth_is_measured(bench: None) -> None:
    assert [figure.figure for figure in row_by_row_figure(TINY, 1)] == ["S9"]
    assert [figure.figure for figure in growth_figures([TINY, Size(800, 2)], 1)] == ["S2", "S2"]


@pytest.mark.slow
def test_orders_are_measured_in_bulk_and_over_http(bench: None) -> None:
    found = figures("bench_orders", "--orders", "20", "--calls", "2", "--runs", "1")
    assert {"S7 bulk", "S7 latency p50", "S7 latency p95"} <= found.keys()


@pytest.mark.slow
def test_lists_are_measured(bench: None) -> None:
    """The history for all of them; every list is asked by tests/core/tables, so two figures are enough."""
    size = size_for(4_000, 17)
    with database(f"{databases.PREFIX}_lists"):
        make_history(size, lambda text: None)
        found = list(islice(list_figures(size, runs=1, slow=0), 2))
    assert all(figure.value > 0 for figure in found)


@pytest.mark.slow
def test_a_recall_is_measured(bench: None) -> None:
    out = StringIO()
    call_command("bench_recall", "--stores", "2", "--days", "10", stdout=out)
    found = json.loads(out.getvalue())
    # Of 60 sales, those from the fifth day on, when the batch had come.
    assert (found["sales of the item"], found["all, lines"]) == (60, 36)


@pytest.mark.slow
def test_a_settlement_is_measured(bench: None) -> None:
    assert figures("bench_settlement", "--items", "3", "--debts", "7").keys() == {"S13 proposal", "S13 settlement", "S13 undo"}
