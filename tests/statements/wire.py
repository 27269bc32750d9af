"""What goes over the wire: libpq's own trace, so COPY and transaction control are seen as well, and nothing of ours is patched."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from psycopg.pq import Trace

_MESSAGE = re.compile(r'F\t\d+\t(Query|Parse)\t *(?:"[^"]*" )?"\s*([^"]*)', re.ASCII)


@contextmanager
def statements_on_the_wire() -> Iterator[list[str]]:
    """The queries sent inside the block, in order, filled in at its end."""
    connection.ensure_connection()
    assert connection.connection is not None
    pgconn = connection.connection.pgconn
    sent: list[str] = []
    with tempfile.TemporaryFile("w+") as trace:
        pgconn.trace(trace.fileno())
        pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
        try:
            yield sent
        finally:
            pgconn.untrace()
        trace.seek(0)
        text = trace.read()
    sent += [" ".join(found[2].split()) for found in _MESSAGE.finditer(text)]
