"""Every list over one posted day: whatever the address says no page breaks, and every sort, column and export works."""

from copy import deepcopy

import pytest
from django.test import Client
from django.urls import reverse

from core.tables.page import LISTS
from tests.core.tables.test_lists import KEYS
from tests.factories import PostedDay, make_posted_day
from tests.shared import make_once

pytestmark = pytest.mark.django_db
VERBS = ("columns", "save-view", "rename-view", "delete-view", "default-view", "nonsense")
NASTY = ("\x00", "NaN", "9" * 40, str(-(10**40)), "2024-99-99", "%", "'", "x" * 5000)

made_day = make_once(make_posted_day)


@pytest.fixture
def day(made_day: PostedDay, db: None) -> PostedDay:
    return deepcopy(made_day)


@pytest.mark.parametrize("key", sorted(KEYS))
def test_no_address_breaks_a_list(signed_in: Client, day: PostedDay, key: str) -> None:
    page = LISTS[key]
    names = [*page.filters.base_filters, "q", "sort", "columns", "view", "after", "before"]
    # Each value meets another verb on each list: all lists share one piece of code for them, and between them they have all pairs.
    turn = sorted(KEYS).index(key)
    for place, value in enumerate(NASTY, start=turn):
        assert signed_in.get(reverse(page.view), dict.fromkeys(names, value)).status_code == 200, value
        for verb in (VERBS[place % len(VERBS)], value):
            assert signed_in.post(reverse(page.view), {"do": verb, "name": value, "column": value, "move": value}).status_code == 302, verb


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_sort_and_every_column_of_a_list(signed_in: Client, day: PostedDay, key: str) -> None:
    page = LISTS[key]
    columns = ",".join(page.columns)
    for sort in page.sorts:
        for way in ("", "-"):
            answer = signed_in.get(reverse(page.view), {"sort": f"{way}{sort}", "columns": columns})
            assert answer.status_code == 200
            assert answer.context["asked"].columns == tuple(page.columns)
    for form in ("csv", "xlsx"):
        answer = signed_in.post(f"{reverse(page.view)}?columns={columns}", {"do": "export", "format": form})
        assert b"".join(answer.streaming_content)  # type: ignore[attr-defined]
