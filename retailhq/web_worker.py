"""gunicorn's threaded worker, which says 503 at once where people would have to wait, and waits for nobody who says nothing.

A thread is worth a request: a connection gets one only once its client has said something, and loses it when the head of its request is
not complete in time. What comes in while all threads work and enough others wait is answered `503` with `Retry-After`, so that a flood,
or clients that are slow on purpose, leave those who are served fast.
"""

import contextlib
import selectors
import socket
import time
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
RETRY_AFTER = 3
_BODY = b"The server is busy; try again in some seconds.\n"
BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\nConnection: close\r\n"
    + f"Retry-After: {RETRY_AFTER}\r\nContent-Length: {len(_BODY)}\r\n\r\n".encode()
    + _BODY
)


class SheddingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn is not typed
    """Everything but `handle` and `handle_request` runs on the worker's main thread, so its own state needs no lock."""

    head_seconds = HEAD_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.in_hand: set[TConn] = set()
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
        """The head is there."""
        conn.reading_since = None
        return super().handle_request(req, conn)

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


def refuse(sock: socket.socket) -> None:
    """Answers that the server is busy. What the client sent is taken first, else its system would throw the answer away.

    A client that never ends keeps nobody else from the answer.
    """
    end = time.monotonic() + REFUSAL_SECONDS
    with contextlib.suppress(OSError), contextlib.closing(sock):
        sock.settimeout(0.2)
        with contextlib.suppress(TimeoutError):
            sock.recv(1 << 16)
        sock.sendall(BUSY)
        sock.shutdown(socket.SHUT_WR)
        with contextlib.suppress(TimeoutError):
            while time.monotonic() < end and sock.recv(1 << 16):
                pass
