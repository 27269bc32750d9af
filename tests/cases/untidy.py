"""What untidy weeks are told in: tickets of later days, and orders of a file."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.cases.test_untidy_days import sends, ticket
from tests.cases.world import PricedShop
from tests.oracle.commands import DONE, PARTLY, rejected, run
from tests.scenarios.world import NOON

D = Decimal
DAY = timedelta(days=1)
Row = dict[str, Any]


def on(day: int, number: int, *lines: Row, **head: Any) -> Row:
    """A ticket of a later day."""
    payments = head.pop("payments", None)
    return ticket(number, lines, payments, sold_at=(NOON + day * DAY + timedelta(minutes=number)).isoformat(), **head)


def order(number: str, *lines: Row, pays: Row | None = None, delivery: str = "pickup", **head: Any) -> Row:
    """An order of a file that comes to its lines."""
    net, tax = (sum((D(line[name]) for line in lines), D(0)) for name in ("net", "tax"))
    return {
        **{"store": "S1", "order": number, "customer": "C1", "ordered_at": NOON.isoformat(), "delivery": delivery, "currency": "USD"},
        **{"net": f"{net:f}", "tax": f"{tax:f}", "total": f"{net + tax:f}"},
        "lines": [{**line, "number": place} for place, line in enumerate(lines, 1)],
        "payments": [{**pays, "number": 1}] if pays else [],
        **head,
    }


def of(number: str, line: int = 1) -> Row:
    """The order line that comes back."""
    return {"order": number, "line": line}


def orders(shop: PricedShop, *rows: Row) -> set[tuple[str, str]]:
    """Imports orders and invoices all that is open; what was refused."""
    shop.comes_in()
    shop.steps += 1
    path = shop.folder / f"orders{shop.steps}.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert run("import_data", "customer-orders", str(path)).status in (DONE, PARTLY)
    shop.invoices()
    return {(row["key"], row["code"]) for row in rejected(path)}


def posted(shop: PricedShop, *rows: Row) -> None:
    """Nothing of these is wrong, and all of it is posted."""
    assert sends(shop, *rows) == set()
    shop.posts()
    shop.must_be_posted()
