"""Application configuration."""

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    """Registers the app with Django."""

    name = "inventory"
    default_auto_field = "django.db.models.BigAutoField"
