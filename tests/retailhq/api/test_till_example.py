"""docs/examples/till.py against a live server and a real worker: what the cashier reads, and how the program ends."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from orders.models import Delivery, SalesOrder
from retailhq.embedded.supervise import Crew
from tests.retailhq.api.calling import Till, order_of
from tests.scenarios.world import Shop, milk

PROGRAM = Path(__file__).parents[3] / "docs" / "examples" / "till.py"
DONE, REFUSED, UNUSABLE = 0, 1, 2
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
Cashier = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def shop(tmp_path: Path, transactional_db: None) -> Shop:
    shop = Shop(tmp_path)
    shop.sells_item(negative=True)
    shop.has("A", 10)
    shop.comes_in()
    return shop


@pytest.fixture
def cashier(shop: Shop, live_server: LiveServer) -> Cashier:
    """Runs the program as a till of store S1 would; `token` and `url` may be others."""
    secret = Till("place_orders", "view_orders", "deliver_orders", stores=["S1"]).secret

    def run(*arguments: str, token: str = secret, url: str = live_server.url) -> "subprocess.CompletedProcess[str]":
        environment = {"PATH": os.environ["PATH"], "RETAILHQ_TOKEN": token, "RETAILHQ_URL": url}
        # -I: nothing but the standard library can be found.
        command = [sys.executable, "-I", str(PROGRAM), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)

    return run


def test_an_order_is_placed_and_handed_out(shop: Shop, cashier: Cashier, start_worker: Callable[..., Crew], tmp_path: Path) -> None:
    start_worker(concurrency=1)
    sold = cashier("--store", "S1", "--order", "CO7", "--item", "MILK", "4", "1.59", "--deposit", "cash=2.36", "--pay", "cash=4.00")
    assert (sold.returncode, sold.stderr) == (DONE, "")
    assert sold.stdout.splitlines() == [
        "Order CO7 of store S1: 6.36 USD, 2.36 paid ahead",
        "  4 pcs MILK, set aside: 4 of batch A",
        "Handed over: invoice CO7-I1, 6.36 USD",
        "  MILK: 4 of batch A",
    ]
    file = tmp_path / "order.json"
    file.write_text(json.dumps(order_of(shop, milk(2))), encoding="utf-8")
    assert cashier(str(file)).stdout.splitlines()[-2:] == ["Handed over: invoice CO1-I1, 3.18 USD", "  MILK: 2 of batch A"]
    again = cashier(str(file))
    assert (again.returncode, "it was there already" in again.stdout, "Refused (ORDER_CLOSED)" in again.stdout) == (REFUSED, True, True)
    assert shop.shelf() == {"A": "4"}
    # Without fallback the till is told what is missing and what would help; nothing is posted.
    refused = cashier("--store", "S1", "--order", "CO8", "--item", "MILK", "9", "1.59")
    assert refused.returncode == REFUSED
    assert "Refused (NO_VALID_BATCH), nothing has changed:" in refused.stdout
    assert "line 1 item MILK: Item MILK in store S1: 5 pcs missing." in refused.stdout
    assert "(5 missing)" in refused.stdout
    assert "What to do: Switch on Use default batch id" in refused.stdout
    assert shop.shelf() == {"A": "4"}
    shop.orders_fall_back()
    shop.comes_in()
    # Goods are there now, and nobody is named who owes them.
    assert "Refused (ACCOUNT_NEEDS_CUSTOMER), nothing has changed:" in cashier("--order", "CO8").stdout
    assert "MILK: 4 of batch A, 5 of batch CO-DEF" in cashier("--order", "CO8", "--pay", "cash=14.31").stdout
    shop.must_be_sound()


def test_what_is_refused_ends_with_1_and_changes_nothing(shop: Shop, cashier: Cashier) -> None:
    unknown = cashier("--store", "S1", "--order", "CO7", "--item", "CHEESE", "1", "2.00")
    assert unknown.returncode == REFUSED
    assert "Refused (UNKNOWN_ITEM)" in unknown.stdout
    assert "item CHEESE is not known" in unknown.stdout
    other = cashier("--store", "S2", "--order", "CO7", "--item", "MILK", "1", "2.00")
    assert (other.returncode, "STORE_NOT_ALLOWED" in other.stdout) == (REFUSED, True)
    assert cashier("--order", "NOBODYS").returncode == REFUSED
    assert "TOKEN_UNKNOWN" in cashier("--order", "CO7", token="rhq_wrong").stdout
    cashier("--store", "S1", "--order", "CO7", "--item", "MILK", "1", "2.00", "--verb", "none")
    wrong = cashier("--order", "CO7", "--pay", "cash=1.00")
    assert (wrong.returncode, "PAYMENT_INCOMPLETE" in wrong.stdout) == (REFUSED, True)
    assert SalesOrder.objects.count() == 1
    assert Delivery.objects.count() == 0


def test_a_delivery_that_takes_too_long_is_not_done(shop: Shop, cashier: Cashier) -> None:
    """No worker: the request is stored, the till says so and can ask again."""
    waited = cashier("--store", "S1", "--order", "CO7", "--item", "MILK", "1", "2.00", "--wait", "1")
    assert waited.returncode == REFUSED
    assert "Not done yet" in waited.stdout
    assert Delivery.objects.get().work_state == "queued"


def test_wrong_use_ends_with_2(shop: Shop, cashier: Cashier, tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[]", encoding="utf-8")
    for arguments in (
        (),
        ("--item", "MILK", "1", "2.00"),
        ("--store", "S1", "--item", "MILK", "one", "2.00"),
        (str(tmp_path / "nowhere.json"),),
        (str(tmp_path / "list.json"),),
        ("--verb", "give away"),
    ):
        assert cashier(*arguments).returncode == UNUSABLE, arguments
    assert cashier("--order", "CO7", token="").returncode == UNUSABLE
    away = cashier("--order", "CO7", url="http://127.0.0.1:9")
    assert (away.returncode, "does not answer" in away.stderr) == (UNUSABLE, True)
