"""invoice_orders: invoices everything that is open of customer orders."""

import time
from argparse import ArgumentParser
from typing import Any

from django.db.models import Q

from core.cli.command import CommandResult, RetailCommand
from core.jobs.queue.progress_bar import wait_for
from orders.queries import deliveries as reads
from orders.rules.fulfilment import Verb
from orders.services.delivery_queue import finish_here, request_deliveries
from orders.services.order_numbers import find_orders
from parameters.services import legal_entity_named


class Command(RetailCommand):
    """Invoices what is open of customer orders (docs/posting.md#customer-orders)."""

    help = "Queues the invoicing of all open customer orders, or of those named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which orders, and whether to wait."""
        parser.add_argument("--order", action="append", default=[], metavar="N", help="only this order; may be repeated")
        parser.add_argument(
            "--legal-entity", default="", metavar="CODE", help="only orders of this company; of several it says which is meant"
        )
        parser.add_argument("--wait", action="store_true", help="show progress until the invoicing is done")
        parser.add_argument("--inline", action="store_true", help="invoice in this process; finishes what a killed run left")

    def run(self, **options: Any) -> CommandResult:
        """Queues, and waits or works where asked to."""
        company = options["legal_entity"]
        of = Q(legal_entity=legal_entity_named(company)) if company else Q()
        if numbers := options["order"]:
            of = Q(pk__in=find_orders(numbers, company).values())
        started = time.monotonic()
        ids = reads.deliveries_in_work(of) if options["inline"] or options["wait"] else []
        job, asked = request_deliveries(reads.open_orders(of), Verb.INVOICE, None, "command", to_workers=not options["inline"])
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
