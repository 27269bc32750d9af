"""Two administrators take the role from each other at the same moment: one of them remains."""

from dataclasses import replace

import pytest
from django.contrib.auth.models import User

from core.access.models import AuditEntry
from core.access.roles import ADMINISTRATOR
from core.lib.problems import BusinessError
from retailhq.users import queries, services
from tests.concurrency.parallel import Gate, ThreadGroup, somebody_waits_for_a_lock, wait_for
from tests.core.access.people import make_person

DONE = "done"


def take_the_role(user: User, actor: str) -> str:
    """Somebody takes the role from the user; the word for what became of it."""
    wanted = services.wanted_as(user)
    try:
        services.change_user(user.pk, replace(wanted, roles=wanted.roles - {ADMINISTRATOR}), actor, None)
    except BusinessError as error:
        return error.problems[0].code
    return DONE


def take_it_from_each_other(monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Both begin before either is done; the first stands at the point where it has seen that an administrator remains."""
    ada, ben = make_person("ada", ADMINISTRATOR), make_person("ben", ADMINISTRATOR)
    gate = Gate()
    monkeypatch.setattr(services, "has_administrator", gate.around(queries.has_administrator))
    with ThreadGroup() as threads:
        first = threads.start(lambda: take_the_role(ben, "ada"))
        gate.wait()
        second = threads.start(lambda: take_the_role(ada, "ben"))
        wait_for(lambda: somebody_waits_for_a_lock() or second.done(), "the second meets the first, or passes it")
        gate.open()
        return first.result(), second.result()


@pytest.mark.django_db(transaction=True)
def test_one_administrator_remains(monkeypatch: pytest.MonkeyPatch) -> None:
    assert take_it_from_each_other(monkeypatch) == (DONE, services.LAST_ADMINISTRATOR)
    assert queries.has_administrator()
    assert AuditEntry.objects.filter(action=AuditEntry.Action.USER_CHANGE).count() == 1, "what was refused is no action"


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_nobody_would_remain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: both look before either is committed."""
    monkeypatch.setattr(services, "lock_for_transaction", lambda namespace, keys: None)

    assert take_it_from_each_other(monkeypatch) == (DONE, DONE)
    assert not queries.has_administrator()
