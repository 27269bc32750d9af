"""Application configuration."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Registers the app with Django."""

    name = "core.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Web server and worker alike know the upkeep that may recur."""
        from core.jobs import housekeeping  # noqa: F401
