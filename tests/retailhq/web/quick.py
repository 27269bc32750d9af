"""An application for the tests of the web worker, and a worker that is quick to lose its patience."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from retailhq.web_worker import SheddingWorker

PAGE_SECONDS = 0.2
# Sizes of the bodies that the application took for whole ones.
whole_bodies: list[int] = []


class QuickWorker(SheddingWorker):
    """Waits a second for the head of a request, and two for a body that comes too slowly."""

    head_seconds = 1.0
    body_seconds = 2.0
    slow_body_seconds = 0.5


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A page that takes its time; what is sent to it is counted, and `/bodies` shows what was."""
    if environ["REQUEST_METHOD"] == "POST":
        whole_bodies.append(len(environ["wsgi.input"].read()))
        answer = str(whole_bodies[-1]).encode()
    elif environ["PATH_INFO"] == "/bodies":
        answer = " ".join(map(str, whole_bodies)).encode()
    else:
        time.sleep(PAGE_SECONDS)
        answer = b"page"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
    return [answer]
