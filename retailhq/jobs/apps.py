"""Application configuration."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Registers the app with Django."""

    name = "retailhq.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Web server and worker alike know the upkeep that may recur."""
        from retailhq.jobs import upkeep  # noqa: F401
