"""What a command shows while workers do what it asked for."""

import time

from core.jobs.models import Job


def wait_for(job: Job, doing: str) -> None:
    """A progress bar on standard error until the job is finished; says so when no worker takes it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("lines"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("waiting for a worker", total=job.total)
        while job.finished_at is None:
            time.sleep(0.2)
            job.refresh_from_db()
            if job.started_at:
                progress.update(bar, description=doing, completed=job.done)
