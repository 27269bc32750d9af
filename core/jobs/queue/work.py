"""What a kind of documents brings to the engine."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from typing import Protocol
from uuid import UUID

from core.jobs.models import Job
from core.jobs.queue.spec import QueueSpec
from core.lib.messages import Message


class DocumentRun(Protocol):
    """One run over a chunk of claimed documents; `ended` are those that it brought to an end, done or failed."""

    ended: set[int]

    def run(self) -> None:
        """Works the chunk in transactions of its own; leaves documents that others took away alone."""


OpenRun = Callable[[Sequence[int], UUID, str], DocumentRun]


class Worker(ABC):
    """A kind of documents: their table, how a chunk of them is worked, and who is told. `done_phase` is what progress then says."""

    spec: QueueSpec
    done_phase: Message

    @abstractmethod
    def open(self) -> OpenRun:
        """Opens runs (document ids, token, actor); called for each look at the queue, so runs may share what is read once."""

    @abstractmethod
    def max_partitions(self) -> int:
        """How many groups of partitions may be worked side by side."""

    @abstractmethod
    def chunk_lines(self) -> int:
        """How many lines the next chunk may have, which is how long its rows stay locked."""

    @abstractmethod
    def record_request(self, job: Job, document_ids: Sequence[int], actor: str) -> None:
        """Writes down who asked for the documents, in the transaction that queues them."""

    @abstractmethod
    def record_interruption(self, document_ids: Collection[int], text: Message | None, actor: str) -> None:
        """Writes down that the run of documents ended early."""
