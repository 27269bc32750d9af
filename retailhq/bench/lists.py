"""S8: the server's time for every list page, with filters, sorts, quick filter and deep pages."""

import re
import sys
import time
from collections.abc import Iterator
from html import unescape
from itertools import islice
from urllib.parse import urlencode

from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.db.bulk import execute, fetch_all
from orders.models import Store, StoreScope
from retailhq.bench.effort import percentile, processor_time
from retailhq.bench.figures import Figure
from retailhq.bench.generate import Size

# What is asked of each list besides its first page; days and codes are those that history.py makes.
DAYS = (
    {"date_from": "2026-03-01", "date_to": "2026-03-01"},
    {"date_from": "2026-02-01", "date_to": "2026-04-30"},
    {"date_to": "2026-01-10"},
)
ASKED: dict[str, tuple[dict[str, str], ...]] = {
    "statements:list": (
        *DAYS, {"store": "S017"}, {"state": "failed"}, {"state": "ready"}, {"state": "posted"}, {"sort": "total"}, {"sort": "-line_count"},
        {"sort": "store"}, {"q": "S123"}, {"q": "Store 12"}, {"q": "nothing"}, {"store": "S017", "state": "failed", "sort": "-total"},
        {"error_code": "NO_VALID_BATCH"},
    ),
    "statements:transactions": (
        *DAYS, {"store": "S017"}, {"store": "S017", **DAYS[1]}, {"validation": "error"}, {"validation": "none"},
        {"validation": "error", "store": "S017"}, {"unposted": "yes"}, {"unposted": "no"}, {"kind": "tender_declaration"},
        {"kind": "expense"}, {"kind": "tender_declaration", "store": "S017"}, {"q": "31000"}, {"q": "31000777"}, {"q": "9"},
        {"sort": "business_date"}, {"number": "31000777777"},
    ),
    "statements:problems": (
        *DAYS, {"store": "S017"}, {"code": "L04"}, {"severity": "error"}, {"code": "L05", "store": "S017"}, {"where": "all"},
        {"where": "all", "code": "B05"}, {"where": "all", **DAYS[0]}, {"where": "all", "severity": "warning", "store": "S017"},
        {"code": "L04", "store": "S003", "item": "1000007"}, {"q": "31000777"},
    ),
    "statements:inbox": (),
    "statements:late": (*DAYS, {"store": "S017"}, {"what": "return"}, {"taken": "no"}, {"q": "31000777"}),
    "inventory:items": ({"q": "777"}, {"q": "Item 77"}, {"tracked": "yes"}, {"negative": "no"}, {"item_group": "ALL"}, {"sort": "-name"}),
    "inventory:batches": (
        {"q": "L17"}, {"q": "DEF"}, {"item": "1000007"}, {"default": "yes"}, {"default": "no"}, {"disposition": "available"},
        {"expires_from": "2026-06-01", "expires_to": "2026-06-10"}, {"sort": "expires_on"}, {"sort": "-expires_on"}, {"sort": "number"},
    ),
    "inventory:on_hand": (
        {"warehouse": "W017"}, {"warehouse": "W017", "stock": "negative"}, {"stock": "negative"}, {"stock": "in"}, {"stock": "none"},
        {"item": "1000007"}, {"item": "1000007", "stock": "negative"}, {"batch": "DEFAULT"}, {"batch": "L17-2"},
        {"batch": "DEFAULT", "warehouse": "W300"}, {"sort": "item"}, {"sort": "-item"}, {"sort": "-warehouse"}, {"q": "10000"},
        {"q": "1000007"}, {"q": "7"},
    ),
    "inventory:debt": (
        {"state": "open", **DAYS[1]}, {"state": "all"}, {"state": "paid"}, {"warehouse": "W017", "state": "open"},
        {"item": "1000007", "state": "open"}, {"reason": "STOCK_USED_UP", "state": "open"},
    ),
    "inventory:settlements": (*DAYS, {"warehouse": "W017"}),
    "inventory:transactions": (
        *DAYS, {"warehouse": "W017"}, {"warehouse": "W017", **DAYS[1]}, {"item": "1000007"}, {"item": "1002345"}, {"item": "1019999"},
        {"item": "1000007", "warehouse": "W017"}, {"batch": "DEFAULT"}, {"batch": "L17-2"}, {"item": "1000007", "batch": "DEFAULT"},
        {"batch": "DEFAULT", "warehouse": "W017"}, {"kind": "1"}, {"kind": "3"}, {"kind": "1", "warehouse": "W017"},
        {"kind": "1", **DAYS[0]}, {"sort": "date"}, {"sort": "date", "warehouse": "W399"},
    ),
    "inventory:receipts": ({"warehouse": "W017"}, {"item": "ITEM77"}, {"receipt": "R1"}, {"sort": "received"}, {"q": "nothing"}),
    "inventory:journals": ({"kind": "count"}, {"warehouse": "W017"}, {"sort": "number"}, {"q": "nothing"}),
    "orders:list": (
        *DAYS, {"store": "S017"}, {"state": "failed"}, {"state": "open"}, {"state": "invoiced"}, {"origin": "customer"}, {"sort": "number"},
        {"q": "S123-0001"}, {"q": "nothing"}, {"error_code": "NO_VALID_BATCH", "store": "S017"},
    ),
    "orders:invoices": (*DAYS, {"store": "S017"}, {"store": "S017", **DAYS[1]}, {"sort": "-number"}, {"q": "S123-0001"}, {"q": "nothing"}),
    "statements:gift_cards": ({}, {"q": "G1"}, {"q": "nothing"}),
    "orders:accounts": ({}, {"state": "on_hold"}, {"state": "limit"}, {"q": "C1"}, {"q": "nothing"}),
    "ledger:vouchers": (*DAYS, {"kind": "4"}, {"kind": "5", **DAYS[1]}, {"sort": "number"}, {"q": "S123-0001"}, {"q": "nothing"}),
    "jobs:list": ({"show": "failed"}, {"show": "open"}, {"q": "400"}, DAYS[1]),
}  # fmt: skip
DEEP = 6


def list_figures(size: Size, runs: int, slow: float) -> Iterator[Figure]:
    """One figure per list: the 95th percentile over all its addresses, for somebody with all stores and for somebody with one.

    What counts is processor time of the web process and of its database session, so that neighbours on the machine do not; all data that
    a page reads is in memory after its first look. Parallel query is off: it would hide work. The wall clock stands beside it.
    """
    everybody, one_store = people()
    execute("SET max_parallel_workers_per_gather = 0")
    backend = fetch_all("SELECT pg_backend_pid()")[0][0]
    total = fetch_all("SELECT reltuples::bigint FROM pg_class WHERE relname = 'statements_postransactionline'")[0][0]
    for view, queries in ASKED.items():
        times: list[float] = []
        walls: list[float] = []
        counts: set[int] = set()
        for client in (everybody, one_store):
            for address in addresses(client, reverse(view), queries):
                # The first look fills caches, as in a day's work.
                client.get(address)
                taken = []
                for _ in range(runs):
                    wall, busy = time.perf_counter(), processor_time(backend)
                    with CaptureQueriesContext(connection) as captured:
                        answer = client.get(address)
                    taken.append(processor_time(backend) - busy)
                    walls.append((time.perf_counter() - wall) * 1000)
                    assert answer.status_code == 200, address
                times += taken
                counts.add(len(captured))
                if slow and min(taken) > slow:
                    explain(address, min(taken), captured)
        name = (
            f"{total} POS lines, {len(times)} requests, {min(counts)} to {max(counts)} queries, slowest {max(times):.0f} ms, "
            f"wall clock p95 {percentile(walls, 0.95):.0f} ms"
        )
        yield Figure(f"S8 {view}", round(percentile(times, 0.95), 1), "ms of processor time, p95", "", None, name)


def people() -> tuple[Client, Client]:
    """Somebody who sees all stores, and somebody who sees one."""
    clients = []
    for name, everything in (("bench-all", True), ("bench-one", False)):
        user, made = User.objects.get_or_create(username=name)
        if made:
            user.groups.set(Group.objects.filter(name="administrator"))
            StoreScope.objects.create(user=user, store=None if everything else Store.objects.get(code="S017"))
        client = Client(SERVER_NAME="localhost")
        client.force_login(user)
        clients.append(client)
    return clients[0], clients[1]


def addresses(client: Client, path: str, queries: tuple[dict[str, str], ...]) -> Iterator[str]:
    """The first page, a page far behind it and one back, the last pages, and each query with its second page."""
    yield path
    yield from deep_pages(client, path, "")
    for query in queries:
        address = f"{path}?{urlencode(query)}"
        yield address
        yield from islice(deep_pages(client, path, urlencode(query), 1), 1)


def deep_pages(client: Client, path: str, query: str, depth: int = DEEP) -> Iterator[str]:
    """The page that many pages behind the first, and the one before it."""
    address = f"{path}?{query}"
    for _ in range(depth):
        later = linked(client, path, address, "next")
        if not later:
            return
        address = later
    yield address
    if earlier := linked(client, path, address, "prev"):
        yield earlier


def linked(client: Client, path: str, address: str, way: str) -> str:
    """The address behind a button of the pager, '' where there is none."""
    found = re.search(rf'rel="{way}" href="([^"]+)"', client.get(address).content.decode())
    return path + unescape(found[1]) if found else ""


def explain(address: str, milliseconds: float, captured: CaptureQueriesContext) -> None:
    """Tells on standard error which queries took the time, with their plans."""
    print(f"\n== {milliseconds:.0f} ms {address}", file=sys.stderr)  # noqa: T201
    for query in captured.captured_queries:
        if float(query["time"]) > 0.04 and query["sql"].lstrip().upper().startswith("SELECT"):
            sql = re.sub(r"IN \((\d+, ){20,}\d+\)", "IN (...)", query["sql"])
            print(f"-- {query['time']} s: {sql[:1500]}", file=sys.stderr)  # noqa: T201
            for (line,) in fetch_all(f"EXPLAIN (ANALYZE, BUFFERS) {query['sql'].replace('%', '%%')}"):
                print("   ", line[:200], file=sys.stderr)  # noqa: T201
