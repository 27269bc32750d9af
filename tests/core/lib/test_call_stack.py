"""At no depth does a call cost a piece of memory from the system."""

import sys
from collections.abc import Callable
from resource import RUSAGE_SELF, getrusage
from typing import TypeVar

import pytest
from django.test import RequestFactory
from django.urls import reverse

from core.lib.call_stack import with_room
from retailhq.wsgi import application

Result = TypeVar("Result")

DEPTHS = range(0, 400, 3)
CALLS = 200


def call_often() -> None:
    for _ in range(CALLS):
        nothing()


def nothing() -> None:
    """Takes a frame."""


def at_depth(depth: int, function: Callable[[], Result]) -> Result:
    return at_depth(depth - 1, function) if depth else function()


def pages_taken(depth: int, function: Callable[[], object]) -> int:
    """How often the system had to give a page of memory while the function ran so deep (minor faults of the process)."""
    before = getrusage(RUSAGE_SELF).ru_minflt
    at_depth(depth, function)
    return getrusage(RUSAGE_SELF).ru_minflt - before


def pages_of_all_depths() -> int:
    return max(pages_taken(depth, call_often) for depth in DEPTHS)


def below_all_room(function: Callable[[], int]) -> int:
    """The function's answer from below so many calls that the room of the suite is used up."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        return at_depth(6_000, function)
    finally:
        sys.setrecursionlimit(limit)


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="mended in the interpreter")
def test_without_room_some_depth_takes_a_page_with_each_call() -> None:
    assert below_all_room(pages_of_all_depths) >= CALLS


def test_with_room_no_depth_does() -> None:
    assert below_all_room(with_room(pages_of_all_depths)) < CALLS // 2


def start_response(*_: object) -> Callable[[bytes], object]:
    return len


@pytest.mark.django_db
def test_no_depth_makes_a_page_of_the_web_application_cost_more() -> None:
    environment = RequestFactory().get(reverse("sign_in"), HTTP_HOST="localhost").environ

    def page() -> None:
        assert b"csrfmiddlewaretoken" in b"".join(application(environment, start_response))

    def most_pages() -> int:
        # The first call at a depth may import or compile something.
        return max(min(pages_taken(depth, page) for _ in range(3)) for depth in range(0, 120, 4))

    # Without room: 137 at one of these depths, 11 at others.
    assert below_all_room(most_pages) < 60
