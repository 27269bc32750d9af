"""run_demo: the main job on real grocery tickets, then the web pages. This is what `make run` calls."""

from argparse import ArgumentParser, ArgumentTypeError
from contextlib import ExitStack
from typing import IO, Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand
from rich.console import Console

from core.access.roles import ROLES
from core.lib.problems import BusinessError
from retailhq.demo import run, summary
from retailhq.demo.source import SourceMissing, installed_source
from retailhq.demo.stores import Slice
from retailhq.demo.workspace import USER, OtherSliceError, Workspace
from retailhq.embedded.home import EmbeddedError
from retailhq.embedded.supervise import CannotServeError, Crew, address, listen, running_worker, serve

WRONG_USE, INTERRUPTED = 2, 130
UNSEEN_WIDTH = 120  # columns, where the output goes into a file or a pipe


class Command(BaseCommand):
    """What `make run` does (README.md)."""

    help = "Load real grocery tickets (first time), calculate and post them on a worker, print a summary, then serve until Ctrl-C."
    # They stay with `manage.py check`: the one of addresses imports every page.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Slice and ending."""
        usual = Slice()
        parser.add_argument("--exit", action="store_true", dest="exit_after", help="stop after the summary")
        parser.add_argument("--stores", type=positive, default=usual.stores, metavar="N", help="the N busiest stores (default %(default)s)")
        parser.add_argument("--days", type=positive, default=usual.days, metavar="N", help="business days (default %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        """End with 0 when everything came out as announced, 1 when not, 2 when the demo cannot run."""
        wanted = Slice(stores=options["stores"], days=options["days"])
        output = cast("IO[str]", self.stdout._out)
        console = Console(file=output, width=None if output.isatty() else UNSEEN_WIDTH)
        try:
            status = self._run(wanted, console, exit_after=options["exit_after"])
        except (BusinessError, EmbeddedError, OtherSliceError, CannotServeError, SourceMissing, run.DemoError) as error:
            self.stderr.write(f"retailhq: {error}")
            status = WRONG_USE
        except KeyboardInterrupt:
            self.stderr.write("retailhq: interrupted; the next run goes on from here")
            status = INTERRUPTED
        if status:
            raise SystemExit(status)

    def _run(self, wanted: Slice, console: Console, *, exit_after: bool) -> int:
        workspace = Workspace(settings.HOME.path / "demo")
        workspace.open(wanted)
        if not exit_after:
            # Before the work, not after it: is the port free?
            listen().close()
        progress = run.Progressing(console)
        run.prepare(progress)
        run.ensure_users(workspace)
        with ExitStack() as stack:
            crew: Crew | None = None
            with workspace.alone():
                loaded_now = not run.is_complete(workspace)
                if loaded_now:
                    # The worker starts up while the files are derived and imported.
                    crew = stack.enter_context(running_worker(log=workspace.worker_log))
                    run.load_and_post(workspace, wanted, installed_source, progress, crew)
            with progress.phase("check integrity"):
                integrity = run.run_command("check_integrity")
            result = summary.build_summary(workspace, integrity)
            summary.print_summary(result, console, workspace, loaded_now=loaded_now)
            console.print(f"\nAddress: {address()}   user: {USER}   password: {workspace.password()}", highlight=False)
            people = ", ".join(run.person_of(role) for role in ROLES)
            console.print(f"The same password for a person of each role: {people}", highlight=False)
            if exit_after:
                return 1 if result.surprises else 0
            console.print("Serving web, worker and beat; Ctrl-C ends.")
            return serve(crew)


def positive(text: str) -> int:
    """Read a whole number above zero."""
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)
