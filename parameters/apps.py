"""Application configuration."""

from django.apps import AppConfig


class ParametersConfig(AppConfig):
    """Registers the app with Django."""

    name = "parameters"
    default_auto_field = "django.db.models.BigAutoField"
