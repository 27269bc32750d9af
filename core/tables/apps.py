"""Registers the room as a Django app."""

from django.apps import AppConfig


class TablesConfig(AppConfig):
    """Saved views and chosen columns."""

    name = "core.tables"
    label = "lists"
    default_auto_field = "django.db.models.BigAutoField"
