"""No time without its zone: it stands behind the time, or in the label above it (C22)."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils.html import strip_tags

from core.access.models import AuditEntry
from core.ui.templatetags.show import moment
from tests.core.access.people import make_person
from tests.factories import StoreFactory

WINTER = datetime(2026, 1, 31, 13, 23, tzinfo=UTC)
SUMMER = datetime(2026, 7, 31, 13, 23, tzinfo=UTC)
TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))
# What speaks of an instant and says no zone: the label or head of the same part has to.
BARE = re.compile(r"{% moment [^%]*zoned=False[^%]*%}")


@pytest.mark.parametrize(
    ("at", "zone", "shown"),
    [
        (WINTER, "UTC", "UTC"),
        (WINTER, "America/New_York", "EST"),
        (SUMMER, "America/New_York", "EDT"),
        (SUMMER, "Europe/Berlin", "CEST"),
        (SUMMER, "America/Sao_Paulo", "-03"),
    ],
)
@pytest.mark.parametrize("style", ["full", "time", "short"])
def test_a_moment_says_its_zone(at: datetime, zone: str, shown: str, style: str) -> None:
    assert strip_tags(moment(at, zone, style)).endswith(f" {shown}")
    assert not strip_tags(moment(at, zone, style, zoned=False)).endswith(shown)


@pytest.mark.parametrize(
    "template", [path for path in TEMPLATES if BARE.search(path.read_text(encoding="utf-8"))], ids=lambda path: path.name
)
def test_who_leaves_the_zone_out_says_it_in_a_label(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert text.count("(UTC)") > 0
    assert len(BARE.findall(text)) <= text.count("(UTC)") + text.count("(UTC), who"), "as many labels as times without zone"


@pytest.mark.django_db
def test_home_says_the_zone_of_what_one_did(client: Client) -> None:
    StoreFactory()  # type: ignore[no-untyped-call]
    client.force_login(make_person("clara", "clerk"))
    AuditEntry.objects.create(action=AuditEntry.Action.CALCULATE, actor="clara", subject="S1")
    page = client.get("/").content.decode()
    recent = page[page.index("recent-title") :]
    times = re.findall(r"<time.*?</time>", recent, re.DOTALL)
    assert times
    assert all("UTC" in strip_tags(found) for found in times)
