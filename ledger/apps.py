"""Application configuration."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Registers the app with Django."""

    name = "ledger"
    default_auto_field = "django.db.models.BigAutoField"
