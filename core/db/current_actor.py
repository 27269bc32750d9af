"""Who acts, for the history of rows: the signed-in person in a request, whoever asked for a job in its run."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

from django.contrib.auth.base_user import AbstractBaseUser
from simple_history.models import HistoricalRecords


@contextmanager
def acting_as(user: AbstractBaseUser | None) -> Iterator[None]:
    """History written inside, row by row or set-based, names this person, as it names the signed-in one in a request."""
    context = HistoricalRecords.context
    before = getattr(context, "request", None)
    context.request = SimpleNamespace(user=user) if user else None
    try:
        yield
    finally:
        context.request = before


def acting_user_id() -> int | None:
    """The person in whose name this is done, or None."""
    user = getattr(getattr(HistoricalRecords.context, "request", None), "user", None)
    return user.pk if user is not None and user.is_authenticated else None
