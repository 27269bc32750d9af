"""gunicorn's threaded worker, which says 503 at once where people would have to wait, and waits for nobody who says nothing.

A thread is worth a request: a connection gets one only once its client has said something, and loses it when the head of its request is
not complete in time, or its body comes slower than any line is. What comes in while all threads work and enough others wait is answered
`503` with `Retry-After`, so that a flood, or clients that are slow on purpose, leave those who are served fast.

A slow upload keeps its thread while nobody waits for it. Where somebody does and more than half of the threads are with slow bodies, the
slowest of them ends with `408`; who has the worst line of all honest people is still faster than who is slow on purpose.
"""

import contextlib
import selectors
import socket
import time
from collections.abc import Callable
from concurrent import futures
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

# So many requests may wait for each thread; a page takes some tenths of a second.
WAITING_PER_THREAD = 3
# The head of a request is some kilobytes: whoever needs longer for it is not there to be served.
HEAD_SECONDS = 10.0
# A new connection may stay silent for so long; browsers open some ahead.
SILENT_SECONDS = 15.0
# What a refused client sends is read no longer than this.
REFUSAL_SECONDS = 1.0
# A body that was waited for this long must have come at this rate, a fifth of what the slowest mobile network gives.
BODY_SECONDS = 10.0
BODY_BYTES_PER_SECOND = 1_000
# A body that was waited for this long is a slow one: it ends where others wait and too many are.
SLOW_BODY_SECONDS = 2.0
# How often a thread that waits for a body looks whether it still should.
LOOK_SECONDS = 0.5
RETRY_AFTER = 3


def _answer(status: str, text: str, *headers: str) -> bytes:
    """A whole answer after which the connection ends."""
    body = f"{text}\n".encode()
    head = [f"HTTP/1.1 {status}", "Content-Type: text/plain; charset=utf-8", "Cache-Control: no-store", "Connection: close", *headers]
    return "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body


BUSY = _answer("503 Service Unavailable", "The server is busy; try again in some seconds.", f"Retry-After: {RETRY_AFTER}")
TOO_SLOW = _answer("408 Request Timeout", "What you sent came in too slowly; try again on a better line, or send less at once.")


class BodyEndedError(BaseException):
    """The body of a request will not be read to its end, so there is no request; nothing in the application may take it for one."""

    def __init__(self, answer: bytes = b"") -> None:
        super().__init__("the body broke off")
        self.answer = answer


class BodyReading:
    """Receives the body of one request in place of its connection: counts bytes, and the seconds spent waiting for them."""

    def __init__(self, worker: "SheddingWorker", conn: TConn) -> None:
        self._worker = worker
        self._sock: socket.socket = conn.sock
        self._receive: Callable[[int | None], bytes] = conn.parser.unreader.chunk
        self.received = 0
        self.waited = 0.0

    @property
    def rate(self) -> float:
        """Bytes per second of waiting."""
        return self.received / self.waited if self.waited else float("inf")

    def __call__(self, size_hint: int | None = None) -> bytes:
        """The next bytes of the body. Raises BodyEndedError where there will be none, or where they come too slowly."""
        data: bytes | None = None
        self._sock.settimeout(LOOK_SECONDS)
        try:
            while data is None:
                began = time.monotonic()
                with contextlib.suppress(TimeoutError):
                    data = self._receive(size_hint)
                    self.received += len(data)
                self.waited += time.monotonic() - began
                if self._worker.should_end(self):
                    raise BodyEndedError(TOO_SLOW)
        finally:
            self._sock.settimeout(None)
        if not data:
            # The client is gone; what it sent may be half of what it meant.
            raise BodyEndedError
        return data


class SheddingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn is not typed
    """Everything but `handle`, `handle_request` and `should_end` runs on the worker's main thread, so its own state needs no lock."""

    head_seconds = HEAD_SECONDS
    body_seconds = BODY_SECONDS
    slow_body_seconds = SLOW_BODY_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.in_hand: set[TConn] = set()
        # Threads add and remove their own; whoever looks at all of them takes a copy.
        self.bodies: set[BodyReading] = set()
        self.most_in_hand = self.cfg.threads * (1 + WAITING_PER_THREAD)
        self.refuser = futures.ThreadPoolExecutor(max_workers=2)

    def enqueue_req(self, conn: TConn) -> None:
        """Gives a connection that has something to say to a thread, lets a silent one wait beside, refuses what is too much."""
        if not conn.initialized and not conn.data_ready:
            conn.sock.setblocking(False)
            conn.timeout = time.monotonic() + SILENT_SECONDS
            self.pending_conns.append(conn)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))
        elif len(self.in_hand) >= self.most_in_hand:
            # It counts as a connection until it is gone, so that a flood never holds more of them than a worker may.
            refused = self.refuser.submit(refuse, conn.sock)
            refused.add_done_callback(lambda _: self.method_queue.defer(self.forget_connection))
        else:
            self.in_hand.add(conn)
            super().enqueue_req(conn)

    def forget_connection(self) -> None:
        """Another one may come in."""
        self.nr_conns -= 1

    def handle(self, conn: TConn) -> Any:
        """The head of the request is read from here on."""
        conn.reading_since = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            conn.reading_since = None

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """The head is there; the body is read while the application works on it."""
        conn.reading_since = None
        body = BodyReading(self, conn)
        conn.parser.unreader.chunk = body
        self.bodies.add(body)
        try:
            return super().handle_request(req, conn)
        except BodyEndedError as ended:
            if ended.answer:
                refuse(conn.sock, ended.answer)
            return False
        finally:
            self.bodies.discard(body)
            del conn.parser.unreader.chunk

    def should_end(self, body: BodyReading) -> bool:
        """Whether its thread should wait no longer for the body: it comes too slowly for anybody, or is the slowest where others wait."""
        if body.waited > self.body_seconds and body.rate < BODY_BYTES_PER_SECOND:
            return True
        if body.waited <= self.slow_body_seconds or len(self.in_hand) <= self.cfg.threads:
            return False
        slow = [other for other in self.bodies.copy() if other.waited > self.slow_body_seconds]
        return 2 * len(slow) > self.cfg.threads and min(slow, key=lambda other: other.rate) is body

    def finish_request(self, conn: TConn, fs: Any) -> None:
        """The thread is free again."""
        self.in_hand.discard(conn)
        super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """Called every second at least: ends connections that say nothing, and those whose head takes too long."""
        super().murder_pending()
        late = time.monotonic() - self.head_seconds
        for conn in self.in_hand:
            since = getattr(conn, "reading_since", None)
            if since is not None and since < late:
                # The thread that reads finds the end of the stream and gives the connection back.
                with contextlib.suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RDWR)


def refuse(sock: socket.socket, answer: bytes = BUSY) -> None:
    """Answers, as a rule that the server is busy. What the client sent is taken first, else its system would throw the answer away.

    A client that never ends keeps nobody else from the answer.
    """
    end = time.monotonic() + REFUSAL_SECONDS
    with contextlib.suppress(OSError), contextlib.closing(sock):
        sock.settimeout(0.2)
        with contextlib.suppress(TimeoutError):
            sock.recv(1 << 16)
        sock.sendall(answer)
        sock.shutdown(socket.SHUT_WR)
        with contextlib.suppress(TimeoutError):
            while time.monotonic() < end and sock.recv(1 << 16):
                pass
