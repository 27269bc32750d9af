"""Application configuration."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Registers the app with Django."""

    name = "retailhq.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"
