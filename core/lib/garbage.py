"""Work in batches without the garbage collector, which would look through all that the process holds again and again."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def collected_by_batch() -> Iterator[Callable[[], None]]:
    """Gives what to call after each batch: it looks for garbage in cycles among what was made since the last time, and nowhere else.

    A batch makes values by the hundred thousand, nearly none of them in cycles; the collector, which counts what is made, took more than
    half of the processor time of an import, and longer than the decisions of a posting. Memory stays flat all the same. What the process
    held before, or a batch left behind, such as look-up tables, is of the oldest generation, which is left alone until the end. Nothing is
    frozen for that: `unfreeze` would take along what the process itself has frozen.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield _collect_young
    finally:
        if was_enabled:
            gc.enable()


def _collect_young() -> None:
    gc.collect(1)
