"""The web worker under a flood and among slow clients: who cannot be served soon is told at once, and the others are served."""

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings

from retailhq.embedded.supervise import web_command
from retailhq.web_worker import refuse
from tests.retailhq.web.quick import PAGE_SECONDS

pytestmark = pytest.mark.slow
THREADS = 4
FLOOD = 150


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        command = [
            *(sys.executable, "-m", "gunicorn", "tests.retailhq.web.quick:application", "--workers", "1", "--threads", str(THREADS)),
            *("--worker-class", "tests.retailhq.web.quick.QuickWorker", "--bind", f"fd://{listener.fileno()}", "--no-control-socket"),
        ]
        server = subprocess.Popen(command, cwd=settings.BASE_DIR, pass_fds=[listener.fileno()], stderr=subprocess.PIPE)
        number = int(listener.getsockname()[1])
        try:
            assert status_of(ask(number)) == 200
            yield number
        finally:
            server.terminate()
            _, errors = server.communicate(timeout=15)
    assert b"Traceback" not in errors, errors


def ask(port: int, path: str = "/") -> bytes:
    """The whole answer to one request."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return rest_of(client)


def rest_of(client: socket.socket) -> bytes:
    parts = []
    while part := client.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def send_slowly(port: int, size: int, piece: int, pause: float = 0.1) -> bytes:
    """The answer to a body of `size` bytes that is sent piece by piece; b"" where the connection was torn."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(f"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n".encode())
        client.settimeout(pause)
        for start in range(0, size, piece):
            client.sendall(b"x" * min(piece, size - start))
            with contextlib.suppress(TimeoutError):
                # An answer before the end: it is refused. Otherwise this is the pause.
                if answer := client.recv(1 << 16):
                    client.settimeout(30)
                    return answer + rest_of(client)
        client.settimeout(30)
        return rest_of(client)


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_a_flood_is_told_to_come_back(port: int) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(FLOOD) as crowd:
        answers = list(crowd.map(lambda _: ask(port), range(FLOOD)))
    took = time.monotonic() - began
    found = Counter(map(status_of, answers))
    assert set(found) == {200, 503}, found
    assert found[200] >= THREADS * 4
    refused = next(answer for answer in answers if status_of(answer) == 503)
    assert b"Retry-After: 3\r\n" in refused
    assert refused.endswith(b"try again in some seconds.\n")
    # All of them one after the other would take seven seconds and more.
    assert took < FLOOD * PAGE_SECONDS / THREADS / 2
    assert status_of(ask(port)) == 200, "and afterwards it serves as before"


@pytest.mark.parametrize("head", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: loc"])
def test_clients_that_say_nothing_or_never_end_keep_nobody_waiting(port: int, head: bytes) -> None:
    with contextlib.ExitStack() as slow:
        clients = [slow.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30)) for _ in range(THREADS * 8)]
        for client in clients:
            client.sendall(head)
        began = time.monotonic()
        while status_of(ask(port)) == 503:
            assert time.monotonic() - began < 6, "the head of a request may take a second here"
        if not head:
            assert time.monotonic() - began < 1, "a silent connection costs no thread"


def test_a_body_that_drips_is_told_so(port: int) -> None:
    began = time.monotonic()
    answer = send_slowly(port, 1_000_000, 10)
    assert status_of(answer) == 408
    assert answer.endswith(b"send less at once.\n")
    assert 1 < time.monotonic() - began < 5, "two seconds are the patience here"


def test_an_honest_upload_on_a_bad_line_is_taken(port: int) -> None:
    """Two kilobytes a second, for longer than the patience with a body that comes too slowly."""
    answer = send_slowly(port, 8_000, 200)
    assert (status_of(answer), answer.rpartition(b"\r\n")[2]) == (200, b"8000")


def test_slow_bodies_on_all_threads_keep_nobody_waiting_and_the_best_of_them_is_taken(port: int) -> None:
    with ThreadPoolExecutor(THREADS + 1) as crowd:
        # Each of them sends fast enough to be taken while nobody waits.
        dripping = [crowd.submit(send_slowly, port, 12_000, 140 + number) for number in range(THREADS - 1)]
        honest = crowd.submit(send_slowly, port, 24_000, 600)
        time.sleep(1)
        began = time.monotonic()
        for _ in range(3):
            assert status_of(ask(port)) == 200
        assert time.monotonic() - began < 4
        assert status_of(honest.result()) == 200
        answers = [status_of(one.result()) for one in dripping]
    assert 408 in answers, "somebody had to go"
    assert 200 in answers, "and not all of them"


def test_half_a_body_is_no_request(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 777\r\n\r\n" + b"x" * 333)
    assert b"333" not in ask(port, "/bodies")
    answer = send_slowly(port, 777, 777)
    assert (status_of(answer), b"777" in ask(port, "/bodies")) == (200, True)


def test_a_refused_client_that_never_ends_is_let_go() -> None:
    ours, theirs = socket.socketpair()
    refused = threading.Thread(target=refuse, args=(ours,), daemon=True)
    refused.start()
    began = time.monotonic()
    with theirs, contextlib.suppress(OSError):
        while refused.is_alive() and time.monotonic() - began < 5:
            theirs.sendall(b"x")
            time.sleep(0.02)
    assert time.monotonic() - began < 3
    assert not refused.is_alive()


def test_the_server_is_started_with_this_worker() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        assert "retailhq.web_worker.SheddingWorker" in web_command(listener)
