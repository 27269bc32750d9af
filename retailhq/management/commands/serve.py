"""`manage.py serve`: web, worker and beat until Ctrl-C."""

from typing import Any

from django.core.management.base import BaseCommand

from retailhq.embedded.home import EmbeddedError
from retailhq.embedded.supervise import CannotServeError, address, serve


class Command(BaseCommand):
    """Runs everything that an installation on one machine needs."""

    help = "Serve web pages, worker and beat until Ctrl-C (variables: PORT, BIND, WORKER_CONCURRENCY)"
    # They stay with `manage.py check`: the one of addresses imports every page.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Ends with 0 after a signal, 1 when a program keeps ending, 2 when the start is impossible."""
        self.stderr.write(f"RetailHQ serves {address()} - Ctrl-C ends it")
        try:
            status = serve()
        except (CannotServeError, EmbeddedError) as error:
            self.stderr.write(f"retailhq: {error}")
            raise SystemExit(2) from None
        if status:
            self.stderr.write("retailhq: a program kept ending, see the messages above")
        raise SystemExit(status)
