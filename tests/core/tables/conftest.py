"""Somebody who may see every list."""

import pytest
from django.test import Client
from django.urls import get_resolver

from tests.core.access.people import make_person


@pytest.fixture
def signed_in(client: Client) -> Client:
    # Lists make themselves known when the addresses are loaded.
    assert get_resolver().url_patterns
    client.force_login(make_person("ada", "administrator"))
    return client
