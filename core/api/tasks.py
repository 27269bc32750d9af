"""What the watchdog does for the HTTP API."""

from django.conf import settings

from core.api.writes import remove_old_answers
from core.jobs.watchdog import register_rescue


def remove_expired_answers() -> None:
    """Forgets answers to calls that are kept no longer."""
    remove_old_answers(settings.API_KEPT_DAYS)


register_rescue("api", remove_expired_answers)
