"""Rows that the tests of a file share: made once, and what a test does to them is taken back with it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from tests.kept_plans import make_work_tables


def make_once(make: Callable[..., Any]) -> Any:
    """A fixture of a file with what `make` gives. Nothing of it is ever committed, so no test of the file may use `transactional_db`.

    A fixture for each test gives out copies (`deepcopy`), so that no test sees what another has done to the objects:

        made_world = make_once(make_world)

        @pytest.fixture
        def world(made_world: World, db: None) -> World:
            return deepcopy(made_world)
    """

    @pytest.fixture(scope="module")
    def made(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Any]:
        for item in request.session.items:
            mark = item.get_closest_marker("django_db")
            if item.path == request.path and ((mark and mark.kwargs.get("transaction")) or "transactional_db" in item.fixturenames):  # type: ignore[attr-defined]
                pytest.fail(f"{item.nodeid} commits, so the tests of this file cannot share rows that are not")
        with django_db_blocker.unblock():
            assert not connection.in_atomic_block, "asked for inside of a test, whose end would take the rows back"
            make_work_tables()
        with django_db_blocker.unblock(), transaction.atomic():
            yield make()
            transaction.set_rollback(True)

    return made
