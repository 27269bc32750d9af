"""What the suite keeps of a database from test file to test file."""

import pytest
from django.conf import settings

from core.db.bulk import fetch_value
from tests import template


@pytest.mark.django_db
def test_a_table_whose_dead_rows_are_removed_counts_as_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans of later tests would depend on which tests ran before: of a vacuumed table the planner believes that it is empty."""
    if fetch_value("SELECT current_setting('server_version_num')::integer") < 180_000:
        pytest.skip("the planner can be told so from PostgreSQL 18 on")
    monkeypatch.setattr(template, "MANY_PAGES", -1)

    template.remove_dead_rows(str(settings.DATABASES["default"]["NAME"]))

    assert fetch_value("SELECT max(reltuples) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace") == -1
