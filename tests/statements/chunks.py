"""How posting cuts and works its chunks, for tests that need it otherwise."""

import pytest

from orders.services.delivery_queue import DeliveryWork
from statements.services.runner import ChunkRun, StatementWork


def cut_into(monkeypatch: pytest.MonkeyPatch, lines: int) -> None:
    """Chunks of about so many lines."""
    for work in (DeliveryWork, StatementWork):
        monkeypatch.setattr(work, "chunk_lines", lambda _: lines)


def work_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each state in a transaction of its own, as chunks are worked that do not go at once."""
    monkeypatch.setattr(ChunkRun, "posted_at_once", lambda _: False)
