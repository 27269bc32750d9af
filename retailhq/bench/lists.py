"""S8: the server's time for every list page, with filters, sorts, quick filter and deep pages."""


import time
from collections.abc import Iterator

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from retailhq.bench.figures import Figure
from retailhq.bench.generate import Size


def list_figures(size: Size, runs: int, slow: float) -> Iterator[Figure]:
    """One figure per list."""
    yield from ()
