"""The broker of this test run, as tests of jobs have it."""

from tests.core.jobs.conftest import chain, queue  # noqa: F401
