"""What may recur: work that a schedule can start, each with a name and words that say what it does."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.functional import Promise

from core.jobs.models import Job

Start = Callable[[str, User], Job]


@dataclass(frozen=True, slots=True)
class Recurring:
    """A kind of recurring work. `start` takes a title and the system actor and gives the job that it asked for."""

    key: str
    name: str | Promise
    does: str | Promise
    start: Start


RECURRING: dict[str, Recurring] = {}


def register_recurring(key: str, name: str | Promise, does: str | Promise, start: Start) -> None:
    """Makes the work known; raises ValueError when it is registered twice."""
    if key in RECURRING:
        raise ValueError(f"recurring work {key} is registered twice")
    RECURRING[key] = Recurring(key, name, does, start)
