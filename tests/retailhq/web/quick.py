"""An application for the tests of the web worker, and a worker that is quick to lose its patience."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from retailhq.web_worker import SheddingWorker

PAGE_SECONDS = 0.2


class QuickWorker(SheddingWorker):
    """Waits a second for the head of a request."""

    head_seconds = 1.0


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A page that takes its time."""
    time.sleep(PAGE_SECONDS)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
    return [b"page"]
