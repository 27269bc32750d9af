"""What a piece of work takes: wall clock, processor time of this process and of its database session, queries, WAL."""

import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

from core.db.bulk import fetch_all


@dataclass(slots=True)
class Effort:
    """Seconds (`wall`; `client` and `server` are processor time, which neighbours on the machine hardly change), queries that were sent,
    bytes of WAL that the server wrote meanwhile, and the peak memory of this process in MB.
    """

    wall: float = 0.0
    client: float = 0.0
    server: float = 0.0
    queries: int = 0
    wal: int = 0
    megabytes: int = 0

    @property
    def busy(self) -> float:
        """Seconds of processor time, client and server together."""
        return self.client + self.server

    def add(self, other: "Effort") -> None:
        """Adds work that came after it."""
        self.wall += other.wall
        self.client += other.client
        self.server += other.server
        self.queries += other.queries
        self.wal += other.wal
        self.megabytes = max(self.megabytes, other.megabytes)

    @property
    def beside(self) -> dict[str, float]:
        """What a figure prints beside its value."""
        return {
            "wall_seconds": round(self.wall, 3),
            "client_seconds": round(self.client, 3),
            "server_seconds": round(self.server, 3),
            "queries": self.queries,
            "wal_bytes": self.wal,
            "megabytes": self.megabytes,
        }


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


class QueryCounter:
    """Counts queries on their way to the database; a wrapper for `connection.execute_wrapper`."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Callable[..., Any], sql: Any, parameters: Any, many: bool, context: Any) -> Any:
        self.count += 1
        return execute(sql, parameters, many, context)


def server_seconds(backend: int) -> float:
    """Processor time of a process of the database so far; the server runs on this machine."""
    with open(f"/proc/{backend}/schedstat", encoding="ascii") as file:
        return int(file.read().split()[0]) / 1e9


def processor_time(backend: int) -> float:
    """Milliseconds that this process and a process of the database have worked so far."""
    return 1000 * (time.process_time() + server_seconds(backend))


@contextmanager
def measure_effort() -> Iterator[Effort]:
    """Measures the block, which keeps its database connection; parallel query is off, it would hide work."""
    effort, counter = Effort(), QueryCounter()
    backend, lsn = fetch_all(
        "SELECT pg_backend_pid(), pg_current_wal_insert_lsn()::text, set_config('max_parallel_workers_per_gather', '0', false)"
    )[0][:2]
    with connection.execute_wrapper(counter):
        wall, client, server = time.perf_counter(), time.process_time(), server_seconds(backend)
        yield effort
        effort.wall, effort.client = time.perf_counter() - wall, time.process_time() - client
        effort.server = server_seconds(backend) - server
    found, effort.wal = fetch_all("SELECT pg_backend_pid(), pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s::pg_lsn)::bigint", [lsn])[0]
    assert found == backend, "the work changed its database connection"
    effort.queries = counter.count
    effort.megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
