"""Times posting, from Calculated to Posted, all states, in this process or in several."""

import multiprocessing
import resource
import time
from dataclasses import dataclass

from django.db import connection, connections

from core.db.bulk import fetch_all, fetch_value
from core.jobs.queue.services.enqueue import close_finished_jobs, partition_groups
from retailhq.bench.effort import QueryCounter
from statements.services.posting import postable_statements, request_posting, run_inline
from statements.services.runner import WORK, post_partitions


@dataclass(frozen=True, slots=True)
class Posted:
    """A run: wall seconds, lines, queries that the client sent (of one worker), peak memory of this process in MB."""

    seconds: float
    lines: int
    queries: int
    megabytes: float


def post_all(workers: int = 1) -> Posted:
    """Posts everything that is calculated in the current database; several workers are processes with partition groups of their own."""
    job = request_posting(postable_statements(), None, "bench", to_workers=False)
    counter = QueryCounter()
    started = time.perf_counter()
    if workers == 1:
        with connection.execute_wrapper(counter):
            run_inline(job.pk, "bench")
    else:
        _post_in_processes(job.pk, workers)
    seconds = time.perf_counter() - started
    left = fetch_all(
        "SELECT number, work_state, attempts, post_state, failed_state, error_code, error_text FROM statements_statement "
        "WHERE post_state <> 'Posted' LIMIT 5"
    )
    assert not left, f"not everything was posted: {left}"
    lines = fetch_value("SELECT count(*) FROM statements_postransactionline")
    return Posted(seconds, lines, counter.count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _post_in_processes(job_id: int, workers: int) -> None:
    groups = partition_groups(WORK, job_id)
    connection.close()
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_work, args=(groups[number::workers],)) for number in range(workers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0, "a worker failed"
    close_finished_jobs(WORK)


def _work(groups: list[list[int]]) -> None:
    """In a process of its own, with a connection of its own.

    Django keeps connections by thread, and another set while an event loop runs in it, as under Playwright. The loop does not follow into
    this process, so that it may find a connection that its parent opened long ago, to whatever database that was.
    """
    connections["default"] = connections.create_connection("default")
    for group in groups:
        post_partitions(group, "bench")
    connection.close()
