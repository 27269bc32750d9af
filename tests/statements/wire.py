"""What goes over the wire: libpq's own trace, so COPY and transaction control are seen as well, and nothing of ours is patched."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from psycopg.pq import Trace

_QUERY = re.compile(r'F\t\d+\t(?:(Query)\t *"\s*([^"]*)|(Parse)\t *"([^"]*)" "\s*([^"]*)|(Bind)\t *"[^"]*" "([^"]*)")', re.ASCII)


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
        # A prepared query is sent by its name, and its text stands where it was prepared, which may be before the block.
        texts = {name.decode(): query.decode() for (query, _), name in connection.connection._prepared._names.items()}
    for found in _QUERY.finditer(text):
        query, sent_at_once, parse, name, prepared, bind, bound = found.groups()
        if parse:
            texts[name] = prepared
        elif query or bind:
            sent.append(" ".join(str(sent_at_once if query else texts.get(bound, bound)).split()))
