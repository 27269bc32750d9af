"""A chain whose days are posted by jobs, and the broker that carries them."""

from collections.abc import Iterator

import pytest
import redis
from django.conf import settings

from retailhq.celery import app
from tests.statements.retail_chain import RetailChain


@pytest.fixture
def chain(transactional_db: None) -> RetailChain:
    return RetailChain()


class Queue:
    """The queue of this test run at the real broker."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client
        self.key = f"{settings.REDIS_KEY_PREFIX}{app.conf.task_default_queue}"

    def __len__(self) -> int:
        return int(self.client.llen(self.key))

    def empty(self) -> None:
        """What a broker that was restarted without its memory looks like."""
        self.client.delete(self.key)


@pytest.fixture
def queue() -> Iterator[Queue]:
    """Empty before and after."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        found = Queue(client)
        found.empty()
        yield found
        found.empty()
