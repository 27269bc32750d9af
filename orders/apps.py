"""Application configuration."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Registers the app with Django."""

    name = "orders"
    default_auto_field = "django.db.models.BigAutoField"
