"""Thousands of transactions with one mistake are corrected by one file, in seconds; the figure of 10,000 stands in docs/benchmarks.md."""

import os
from datetime import timedelta
from pathlib import Path
from time import monotonic

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cases.world import PricedShop
from tests.oracle.building import line, pos_transaction
from tests.oracle.commands import DONE, run
from tests.oracle.files import write_world
from tests.oracle.rows import World
from tests.scenarios.world import NOON

MANY = int(os.environ.get("CORRECTIONS", "2000"))
# For each thousand documents, whatever the number of their lines.
QUERIES_A_THOUSAND = 80


def test_one_mistake_of_many_tills_is_corrected_by_one_file(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.comes_in()
    shop.journal.not_followed("transactions are corrected")
    sales = [pos_transaction("S1", str(number), NOON + timedelta(seconds=number), line("GHOST", 1)) for number in range(MANY)]
    ((kind, path),) = write_world(shop.folder / "many", World(transactions=sales))
    assert run("import_data", kind, str(path)).status == DONE
    corrections = Path(shop.folder / "corrections.csv")
    rows = "".join(f"S1,T1,{number},1,item,MILK,the till had an old code\n" for number in range(MANY))
    corrections.write_text(f"store,terminal,transaction,line,field,value,reason\n{rows}", encoding="utf-8")
    begun = monotonic()
    with CaptureQueriesContext(connection) as captured:
        answer = run("correct_transactions", str(corrections))
    print(f"{MANY} corrections: {monotonic() - begun:.1f} s, {len(captured)} queries")  # noqa: T201 - the figure of the docs
    assert (answer.status, answer.data["corrected"]) == (DONE, MANY), answer
    assert len(captured) <= QUERIES_A_THOUSAND * MANY / 1000
    # What stays is the warning that the goods are not there.
    assert shop.validates() == {"B05"}
