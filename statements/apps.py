"""Application configuration."""

from django.apps import AppConfig


class StatementsConfig(AppConfig):
    """Registers the app with Django."""

    name = "statements"
    default_auto_field = "django.db.models.BigAutoField"
