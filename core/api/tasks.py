"""What the watchdog does for the HTTP API."""

from django.conf import settings

from core.api.writes import delete_expired_records
from core.jobs.watchdog import register_rescue


def remove_expired_answers() -> None:
    """Forgets answers to calls that are kept no longer."""
    delete_expired_records(settings.API_KEPT_DAYS)


register_rescue("api", remove_expired_answers)
