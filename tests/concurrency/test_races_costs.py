"""Posting makes the cost rows that are missing before it holds any; a change of items holds the items and then their cost rows."""

from collections.abc import Callable, Collection
from contextlib import suppress
from decimal import Decimal

import pytest
from django.db.utils import OperationalError

from core.db.bulk import fetch_all
from core.db.import_keys import clear_import_keys
from core.lib.imports import Row
from inventory.models import Item
from inventory.queries.costing import pool_costs
from inventory.rules.file_columns import ItemRow
from inventory.services.imports import import_items
from inventory.writes import plain_pools
from inventory.writes.costing import ensure_cost_rows_of_demands
from statements.models import Statement
from statements.services.posting import postable_statements, request_posting
from statements.services.runner import post_partitions
from tests.concurrency.parallel import Gate, ThreadGroup, deadlocks, somebody_waits_for_a_lock, wait_for
from tests.statements.retail_chain import MILK, SOAP, RetailChain, line, must_be_sound

Pools = Collection[tuple[int, int]]


def dearer(chain: RetailChain, *codes: str) -> list[Row[ItemRow]]:
    """Rows of the file of items: as they are, but for the standard cost."""
    rows = []
    for code in codes:
        tracked = chain.items[code].tracking_group.batch_active
        value = ItemRow(code, code, "ALL", "pcs", tracked, True, False, "fefo", None, Decimal("9.00"), None)
        rows.append(Row(1, code, value))
    return rows


def costs_meanwhile(chain: RetailChain, monkeypatch: pytest.MonkeyPatch, before_gate: Callable[[Pools], object]) -> int:
    """Posting is about to make the cost row of SOAP, which was never there; a file changes both items. The deadlocks that this makes."""
    gate = Gate()

    def make() -> None:
        before_gate({(row[0], row[1]) for row in fetch_all("SELECT warehouse_id, item_id FROM work_demand")})
        gate.stop_first()
        genuine()

    genuine = ensure_cost_rows_of_demands
    monkeypatch.setattr(plain_pools, "ensure_cost_rows_of_demands", make)
    chain.item(SOAP)
    chain.stock(5)
    chain.sale(line(MILK, 1), line(SOAP, 1))
    chain.calculates()
    request_posting(postable_statements(), None, "test", to_workers=False)
    places = sorted(set(Statement.objects.values_list("warehouse_id", flat=True)))

    def change_items() -> None:
        clear_import_keys()
        import_items(dearer(chain, MILK, SOAP))

    before = deadlocks()
    with ThreadGroup() as threads:
        poster = threads.start(lambda: post_partitions(places, "test"))
        gate.wait()
        importer = threads.start(change_items)
        wait_for(lambda: somebody_waits_for_a_lock() or importer.done(), "the import ends, or meets the posting")
        gate.open()
        poster.result()
        with suppress(OperationalError):
            importer.result()
    return deadlocks() - before


def test_posting_makes_cost_rows_before_it_holds_any(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    assert costs_meanwhile(chain, monkeypatch, lambda pools: None) == 0
    assert set(chain.states().values()) == {("Posted", "", "")}
    assert set(Item.objects.values_list("standard_cost", flat=True)) == {9}
    must_be_sound()


def test_posting_that_holds_cost_rows_first_runs_into_a_change_of_items(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: each holds what the other one waits for."""
    assert costs_meanwhile(chain, monkeypatch, lambda pools: pool_costs(pools, lock=True)) == 1
