"""Imports side by side: nothing twice, nothing lost, no deadlock."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from inventory.models import Batch, OnHand
from orders.models import Store, Terminal
from retailhq.exchange.services.files import import_file
from statements.models import PosTransaction, PosTransactionLine
from statements.queries import facts
from statements.services import imports
from statements.services.validation import validate_open_transactions
from tests.core.files.loading import RECEIPT_COLUMNS, load_world

pytestmark = pytest.mark.django_db(transaction=True)


def together(*works: Callable[[], Any]) -> list[Any]:
    """Runs the works at the same time, each on a connection of its own, and gives their results."""
    start = Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(place: int) -> None:
        start.wait()
        try:
            results[place] = works[place]()
        except BaseException as error:
            results[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return results


def tickets(folder: Path, name: str, stores: list[str]) -> str:
    path = folder / name
    line = {"number": 1, "item": "NAILS", "quantity": "1", "unit": "each", "price": "1", "net": "1"}
    header = {"terminal": "T1", "kind": "sale", "sold_at": "2024-05-01T12:00:00Z", "currency": "USD", "staff": "1"}
    sums = {"net": "1", "tax": "0", "total": "1", "payments": [{"number": 1, "method": "cash", "amount": "1"}]}
    rows = [{"store": store, "number": str(number)} | header | sums | {"lines": [line]} for store in stores for number in range(200)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def test_the_same_file_twice_at_once(tmp_path: Path) -> None:
    load_world(tmp_path)
    one, other = tickets(tmp_path, "a", ["S1", "S2"]), tickets(tmp_path, "b", ["S2", "S1"])
    reports = together(lambda: import_file("transactions", one), lambda: import_file("transactions", other))
    assert [report["rejected"] for report in reports] == [0, 0], reports
    assert sorted(report["new"] + report["unchanged"] for report in reports) == [400, 400]
    assert sum(report["new"] for report in reports) == 400
    assert PosTransaction.objects.count() == PosTransactionLine.objects.count() == 400


def test_without_the_locks_the_same_file_twice_at_once_collides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the locks are what keeps the test above quiet. Both look first, then both write."""
    load_world(tmp_path)
    both_looked = Barrier(2)
    look = facts.known_digests

    def look_and_wait(keys: Any) -> Any:
        found = look(keys)
        both_looked.wait(3)
        return found

    path = tickets(tmp_path, "a", ["S1"])
    Terminal.objects.create(store=Store.objects.get(code="S1"), code="T1")
    monkeypatch.setattr(imports, "lock_for_transaction", lambda *arguments: None)
    monkeypatch.setattr(facts, "known_digests", look_and_wait)
    reports = together(lambda: import_file("transactions", path), lambda: import_file("transactions", path))
    assert any(isinstance(report, BaseException) or report["rejected"] for report in reports)


def test_receipts_side_by_side_add_up(tmp_path: Path) -> None:
    load_world(tmp_path)
    paths = []
    for name, lines in (("A", range(1, 301)), ("B", range(300, 0, -1))):
        rows = [f"{name},{line},W{1 + line % 2},MILK,L{line % 9},1,1,2024-01-01T08:00:00Z,,,\n" for line in lines]
        path = tmp_path / name
        path.write_text(RECEIPT_COLUMNS + "".join(rows))
        paths.append(str(path))
    reports = together(*(lambda path=path: import_file("receipts", path) for path in paths))
    assert [(report["new"], report["rejected"]) for report in reports] == [(300, 0), (300, 0)]
    assert sum(OnHand.objects.values_list("physical", flat=True)) == Decimal(600)
    assert Batch.objects.count() == 9


def test_validation_beside_an_import_and_itself(tmp_path: Path) -> None:
    load_world(tmp_path)
    import_file("transactions", tickets(tmp_path, "a", ["S1"]))
    PosTransaction.objects.update(validation_status="none")
    later = tickets(tmp_path, "b", ["S1", "S2"])
    results = together(validate_open_transactions, validate_open_transactions, lambda: import_file("transactions", later))
    assert [result for result in results if isinstance(result, BaseException)] == []
    assert set(PosTransaction.objects.values_list("validation_status", flat=True)) == {"valid"}
    assert PosTransaction.objects.count() == 400
