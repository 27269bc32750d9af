"""Application configuration."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Import and export of files."""

    name = "retailhq.exchange"
    label = "exchange"
    default_auto_field = "django.db.models.BigAutoField"
