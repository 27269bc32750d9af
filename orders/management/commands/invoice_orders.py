"""invoice_orders: invoices everything that is open of customer orders."""

import time
from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.jobs.queue.progress_bar import wait_for
from core.lib.problems import BusinessError, Problem
from orders.queries import deliveries as reads
from orders.rules.fulfilment import Verb
from orders.services.delivery_queue import finish_here, request_deliveries


class Command(RetailCommand):
    """Invoices what is open of customer orders (docs/posting.md#customer-orders)."""

    help = "Queues the invoicing of all open customer orders, or of those named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which orders, and whether to wait."""
        parser.add_argument("--order", action="append", default=[], metavar="N", help="only this order; may be repeated")
        parser.add_argument("--wait", action="store_true", help="show progress until the invoicing is done")
        parser.add_argument("--inline", action="store_true", help="invoice in this process; finishes what a killed run left")

    def run(self, **options: Any) -> CommandResult:
        """Queues, and waits or works where asked to."""
        numbers = options["order"]
        if unknown := reads.unknown_orders(numbers):
            raise BusinessError(*(Problem("UNKNOWN_ORDER", {"order": repr(number)}, variant="number") for number in unknown))
        started = time.monotonic()
        ids = reads.deliveries_in_work(numbers) if options["inline"] or options["wait"] else []
        job, asked = request_deliveries(reads.open_orders(numbers), Verb.INVOICE, None, "command", to_workers=not options["inline"])
        ids += asked
        if options["inline"]:
            finish_here(ids, actor="command")
        elif job and options["wait"]:
            wait_for(job, "invoicing")
        elif job:
            return CommandResult({"job": job.pk, "orders": len(ids), "status": "queued"})
        counts = reads.delivery_outcome(ids)
        seconds = round(time.monotonic() - started, 3)
        data = {"job": job and job.pk, "orders": len(ids), **counts, "seconds": seconds, "failures": reads.failed_deliveries(ids)}
        return CommandResult(data, partly=counts["invoiced"] < len(ids))
