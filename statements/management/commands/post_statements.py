"""post_statements: queues the posting of calculated or failed statements."""

import time
from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.jobs.queue.progress_bar import wait_for
from core.lib.problems import BusinessError, Problem
from orders.models import Store
from statements.models import Statement
from statements.queries.outcomes import failed_statements, posting_outcome
from statements.rules.states import StatementKind
from statements.services.posting import finish_here, postable_statements, request_posting, statements_in_work


class Command(RetailCommand):
    """Queues statements for posting (docs/posting.md)."""

    help = "Queues the posting of all calculated or failed statements, or of those named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which statements, and whether to wait."""
        parser.add_argument("--store", action="append", default=[], metavar="S", help="only this store; may be repeated")
        parser.add_argument("--statement", action="append", default=[], metavar="N", help="only this statement; may be repeated")
        parser.add_argument("--kind", choices=tuple(StatementKind), default="", help="only statements of this kind; left out: all")
        parser.add_argument("--wait", action="store_true", help="show progress until the posting is done")
        parser.add_argument("--inline", action="store_true", help="post in this process, without a worker; finishes what a killed run left")

    def run(self, **options: Any) -> CommandResult:
        """Queues, and waits or works where asked to."""
        check_known(options["store"], options["statement"])
        started = time.monotonic()
        chosen = options["store"], options["statement"], options["kind"]
        earlier = statements_in_work(*chosen) if options["inline"] else []
        ids = postable_statements(*chosen)
        job = request_posting(ids, None, "command", to_workers=not options["inline"]) if ids else None
        if options["inline"]:
            ids += earlier
            finish_here(ids, actor="command")
        elif job and options["wait"]:
            wait_for(job, "posting")
        elif job:
            return CommandResult({"job": job.pk, "statements": len(ids), "status": "queued"})
        counts = posting_outcome(ids)
        seconds = round(time.monotonic() - started, 3)
        data = {"job": job and job.pk, "statements": len(ids), **counts, "seconds": seconds, "failures": failed_statements(ids)}
        return CommandResult(data, partly=counts["posted"] < len(ids) or counts["held"] > 0)


def check_known(stores: list[str], statements: list[str]) -> None:
    """Raises BusinessError for a store or statement that does not exist."""
    unknown = [
        Problem("UNKNOWN_STORE", {"store": repr(code)}, variant="check_code")
        for code in stores
        if not Store.objects.filter(code=code).exists()
    ]
    unknown += [
        Problem("UNKNOWN_STATEMENT", {"statement": repr(number)}, variant="check_number")
        for number in statements
        if not Statement.objects.filter(number=number).exists()
    ]
    if unknown:
        raise BusinessError(*unknown)
