#!/usr/bin/env python3
"""A small command-line till for RetailHQ: places a customer order, hands it over, and prints what a cashier would see.

    till.py order.json                                     an order as the API takes it (docs/api.md)
    till.py --store S1 --order CO7 --item MILK 4 1.59      the same from arguments: item, quantity, price
    till.py --order CO7                                    hands over an order that was placed before

Token and address come from RETAILHQ_TOKEN and RETAILHQ_URL, or from --token and --url. Ends with 0 when the goods are handed over and
invoiced (with --verb none: when the order is placed), 1 when the order or the delivery was refused or is not done in time, 2 for wrong
use and when RetailHQ cannot be reached. Needs nothing but Python.
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NoReturn

DONE, REFUSED, UNUSABLE = 0, 1, 2
ATTEMPTS = 3
CENT = Decimal("0.01")


class RefusedError(Exception):
    """RetailHQ said no; `problem` is its answer (application/problem+json)."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem.get("code", ""))
        self.problem = problem


class Unreachable(Exception):
    """Nobody answered, or not as RetailHQ does."""


class RetailHQ:
    """The API, as far as a till needs it."""

    def __init__(self, url: str, token: str, language: str = "en") -> None:
        self.url = url.rstrip("/") + "/api/v1/"
        self.headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "Accept-Language": language}

    def call(self, method: str, path: str, body: object = None, seconds: float = 15) -> tuple[int, dict[str, Any]]:
        """Status and answer. Raises RefusedError and Unreachable.

        A POST carries a key of its own: when the network breaks off, the same call is sent again under the same key, and RetailHQ does it
        once however often it arrives.
        """
        headers = dict(self.headers)
        data = None
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with urllib.request.urlopen(request, timeout=seconds) as answer:
                    return answer.status, json.load(answer)
            except urllib.error.HTTPError as error:
                problem = self.problem_of(error)
                if error.code in {429, 503} and attempt < ATTEMPTS:
                    time.sleep(min(10, int(error.headers.get("Retry-After", "1"))))
                    continue
                raise RefusedError(problem) from None
            except (OSError, json.JSONDecodeError) as error:
                if attempt == ATTEMPTS:
                    raise Unreachable(f"{self.url} does not answer: {error}") from None
                time.sleep(attempt)
        raise AssertionError("unreachable")

    def problem_of(self, error: urllib.error.HTTPError) -> dict[str, Any]:
        """What was refused, and why."""
        try:
            problem = json.load(error)
            if isinstance(problem, dict) and "code" in problem:
                return problem
        except json.JSONDecodeError:
            pass
        raise Unreachable(f"{self.url} is no RetailHQ: it answers {error.code}.")


def main() -> int:
    """The whole till."""
    options = read_options()
    hq = RetailHQ(options.url, options.token, options.language)
    try:
        number = place(hq, order_of(options)) if options.file or options.item else str(options.order)
        return DONE if options.verb == "none" else deliver(hq, number, options)
    except RefusedError as refused:
        say_refusal(refused.problem)
        return REFUSED
    except Unreachable as error:
        print(f"till: {error}", file=sys.stderr)
        return UNUSABLE


def place(hq: RetailHQ, order: dict[str, Any]) -> str:
    """Places the order; gives its number."""
    status, placed = hq.call("POST", "customer-orders", order)
    paid = sum((Decimal(payment["amount"]) for payment in placed["payments"]), Decimal(0))
    known = "" if status == 201 else " (it was there already)"
    print(f"Order {placed['order']} of store {placed['store']}: {placed['total']} {placed['currency']}, {paid:.2f} paid ahead{known}")
    for line in placed["lines"]:
        aside = ", ".join(f"{part['quantity']} of batch {part['batch'] or '-'}" for part in line["reserved"])
        print(f"  {line['quantity']} {line['unit']} {line['item']}" + (f", set aside: {aside}" if aside else ""))
    return str(placed["order"])


def deliver(hq: RetailHQ, number: str, options: argparse.Namespace) -> int:
    """Asks for the delivery and waits until it is invoiced."""
    body = {"payments": [amount_of(pay) for pay in options.pay]} if options.pay else {}
    path = f"customer-orders/{urllib.parse.quote(number, safe='')}"
    ends_at = time.monotonic() + options.wait
    _, asked = hq.call("POST", f"{path}/{options.verb}?wait={options.wait}", body, options.wait + 15)
    job = asked["job"]
    while job["finished_at"] is None and (left := ends_at - time.monotonic()) > 0:
        # The server holds an answer only so long, and at once lets go when many tills wait.
        _, job = hq.call("GET", f"jobs/{job['job']}?wait={max(1, int(left))}", seconds=options.wait + 15)
        time.sleep(0.1)
    _, order = hq.call("GET", path)
    delivery = next(row for row in order["deliveries"] if row["number"] == asked["delivery"])
    if job["status"] == "failed" and delivery["status"] == "failed":
        raise RefusedError({"code": delivery["error_code"], "detail": delivery["error_text"], "errors": job["problems"]})
    if delivery["invoice"] is None:
        print(f"Not done yet: job {job['job']} is still in work. Ask again with --order {number}.")
        return REFUSED
    print(f"Handed over: invoice {delivery['invoice']}, {delivery['total']} {order['currency']}")
    for line in order["lines"]:
        batches = ", ".join(f"{part['quantity']} of batch {part['batch'] or '-'}" for part in line["allocations"])
        if batches:
            print(f"  {line['item']}: {batches}")
    return DONE


def say_refusal(problem: dict[str, Any]) -> None:
    """What the cashier reads: what is wrong, and what would mend it."""
    print(f"Refused ({problem['code']}), nothing has changed:")
    for error in problem.get("errors") or [problem]:
        missing = f" ({error['missing_quantity']} missing)" if error.get("missing_quantity") else ""
        where = " ".join(f"{name} {error[name]}" for name in ("line", "item") if error.get(name))
        print(f"  {where + ': ' if where else ''}{error['detail']}{missing}")
        if error.get("remedy"):
            print(f"    What to do: {error['remedy']}")


def order_of(options: argparse.Namespace) -> dict[str, Any]:
    """The order from a file, or from the arguments."""
    if options.file:
        try:
            order = json.loads(Path(options.file).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            stop(f"{options.file} cannot be read: {error}")
        if not isinstance(order, dict):
            stop(f"{options.file} must hold one JSON object, the order")
        return order
    if not options.store:
        stop("give --store with --item")
    lines = []
    for place_of_line, (item, quantity, price) in enumerate(options.item, 1):
        net = (number_of(quantity) * number_of(price)).quantize(CENT)
        line = {"number": place_of_line, "item": item, "quantity": quantity, "unit": options.unit, "price": price, "net": str(net)}
        lines.append(line)
    net = sum((Decimal(str(line["net"])) for line in lines), Decimal(0))
    return {
        "store": options.store,
        "order": options.order or f"TILL-{uuid.uuid4().hex[:10].upper()}",
        "customer": options.customer,
        "ordered_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "delivery": options.delivery,
        "currency": options.currency,
        "lines": lines,
        "payments": [{"number": place_of, **amount_of(text)} for place_of, text in enumerate(options.deposit, 1)],
        "net": str(net),
        "tax": "0",
        "total": str(net),
    }


def amount_of(text: str) -> dict[str, str]:
    """`cash=4.00` as the API takes it."""
    method, _, amount = text.partition("=")
    return {"method": method, "amount": str(number_of(amount))}


def number_of(text: str) -> Decimal:
    """A number of the arguments."""
    try:
        return Decimal(text)
    except InvalidOperation:
        stop(f"{text!r} is not a number")


def stop(sentence: str) -> NoReturn:
    """Wrong use."""
    print(f"till: {sentence}", file=sys.stderr)
    raise SystemExit(UNUSABLE)


def read_options() -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(prog="till.py", description="Places a customer order in RetailHQ and hands it over.")
    parser.add_argument("file", nargs="?", help="an order as JSON; without it, say it with --store, --order and --item")
    parser.add_argument("--url", default=os.environ.get("RETAILHQ_URL", "http://localhost:8000"))
    parser.add_argument(
        "--token", default=os.environ.get("RETAILHQ_TOKEN", ""), help="better given as RETAILHQ_TOKEN: arguments can be seen"
    )
    parser.add_argument("--language", default="en", help="of the sentences: en, de or fr")
    parser.add_argument("--store")
    parser.add_argument("--order", help="its number; made up if left out")
    parser.add_argument("--item", nargs=3, action="append", default=[], metavar=("ITEM", "QUANTITY", "PRICE"))
    parser.add_argument("--unit", default="pcs")
    parser.add_argument("--customer")
    parser.add_argument("--currency", default="USD")
    parser.add_argument("--delivery", choices=("pickup", "ship", "carry_out"), default="pickup")
    parser.add_argument("--deposit", action="append", default=[], metavar="METHOD=AMOUNT", help="paid when the order is placed")
    parser.add_argument("--verb", choices=("pick-up", "ship", "invoice", "none"), default="pick-up")
    parser.add_argument("--pay", action="append", default=[], metavar="METHOD=AMOUNT", help="paid now; without it the rest goes on account")
    parser.add_argument("--wait", type=int, default=20, metavar="SECONDS")
    options = parser.parse_args()
    if not options.token:
        stop("no token: make one under Setup > API tokens, and set RETAILHQ_TOKEN")
    if not (options.file or options.item or options.order):
        stop("give an order file, or --item, or the number of an order with --order")
    return options


if __name__ == "__main__":
    sys.exit(main())
