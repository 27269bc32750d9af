"""`manage.py embedded start|stop|status|remove`: the built-in PostgreSQL and Valkey by hand."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from retailhq.embedded import control
from retailhq.embedded.home import EmbeddedError, Home, find_home


class Command(BaseCommand):
    """Governs the services of this RETAILHQ_HOME."""

    help = "Start, stop, show or remove the built-in PostgreSQL and Valkey of this RETAILHQ_HOME"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=["start", "stop", "status", "remove"], help="`remove` deletes the database as well")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object on standard output")

    def handle(self, *args: Any, verb: str, as_json: bool, **options: Any) -> None:
        """Ends with 0; `status` with 1 when a needed service is down; 2 when the verb could not be carried out."""
        try:
            outcome, fine = self._carry_out(verb, find_home())
        except (EmbeddedError, OSError) as error:
            self.stderr.write(f"retailhq: {error}")
            raise SystemExit(2) from None
        lines = outcome.pop("lines")
        self.stdout.write(json.dumps(outcome) if as_json else "\n".join(lines))
        if not fine:
            raise SystemExit(1)

    def _carry_out(self, verb: str, home: Home) -> tuple[dict[str, Any], bool]:
        wanted = {"with_postgres": settings.EMBEDDED_POSTGRES, "with_valkey": settings.EMBEDDED_VALKEY}
        if verb == "start":
            started = control.start(home, **wanted)
            return {
                "home": str(home.path),
                "started": started,
                "lines": [f"{home.path}: {'started' if started else 'already running'}"],
            }, True
        if verb == "stop":
            stopped = control.stop(home)
            return {"home": str(home.path), "stopped": stopped, "lines": [f"{home.path}: stopped {', '.join(stopped) or 'nothing'}"]}, True
        if verb == "remove":
            gone = control.remove(home)
            return {"home": str(home.path), "removed": gone, "lines": [f"removed {path}" for path in gone] or ["nothing to remove"]}, True
        services = control.status(home, **wanted)
        lines = [str(home.path), *(f"{service.name}: {describe(service)}, {service.address}" for service in services)]
        fine = all(service.running for service in services if service.needed)
        return {"home": str(home.path), "services": [asdict(service) for service in services], "lines": lines}, fine


def describe(service: control.ServiceStatus) -> str:
    """The state of a service in words."""
    if service.running:
        return f"running (process {service.pid})"
    return "stopped" if service.needed else "not needed, an external one is configured"
