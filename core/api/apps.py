"""Registers the room as a Django app."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Tokens, kept answers and the jobs that calls asked for."""

    name = "core.api"
    label = "calls"
    default_auto_field = "django.db.models.BigAutoField"
