"""Work in batches is not interrupted by the garbage collector, and leaves no garbage."""

import gc
import weakref

from core.lib.garbage import collected_by_batch


class Knot:
    """Refers to itself, so that only the collector takes it away."""

    def __init__(self) -> None:
        self.own = self


def test_garbage_in_cycles_goes_after_each_batch() -> None:
    with collected_by_batch() as collect:
        assert not gc.isenabled()
        for _ in range(2):
            left = weakref.ref(Knot())
            assert left() is not None
            collect()
            assert left() is None
    assert gc.isenabled()


def test_what_the_process_froze_stays_frozen() -> None:
    gc.freeze()
    frozen = gc.get_freeze_count()
    with collected_by_batch() as collect:
        collect()
    # Few of them went by themselves meanwhile.
    assert gc.get_freeze_count() > frozen / 2 > 0


def test_what_was_there_before_is_looked_at_again_afterwards() -> None:
    knot = Knot()
    left = weakref.ref(knot)
    with collected_by_batch():
        del knot
    assert gc.isenabled()
    gc.collect()
    assert left() is None


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with collected_by_batch():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
