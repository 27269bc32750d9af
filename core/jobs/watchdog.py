"""What the watchdog does every few seconds; each app registers its own rescue beside its tasks."""

from collections.abc import Callable

Rescue = Callable[[], object]
RESCUES: dict[str, Rescue] = {}


def register_rescue(name: str, rescue: Rescue) -> None:
    """Has `rescue` called at every round; raises ValueError when the name is registered twice.

    A rescue runs again and again, also beside itself in another process: it waits for no lock and changes nothing that is in order.
    """
    if name in RESCUES:
        raise ValueError(f"rescue {name} is registered twice")
    RESCUES[name] = rescue


def run_rescues() -> None:
    """Runs all rescues; one that fails is raised after the others have run."""
    errors = []
    for rescue in RESCUES.values():
        try:
            rescue()
        except Exception as error:
            errors.append(error)
    if errors:
        raise ExceptionGroup("rescues failed", errors)
