"""Registers the room as a Django app."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Roles, the page table and the audit trail."""

    name = "core.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"
