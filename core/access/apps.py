"""Registers the room as a Django app."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Roles, the page table and the audit trail."""

    name = "core.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Collects what all apps declare."""
        from core.access.pages import collect_permissions
        from core.access.ways import collect_ways

        collect_permissions()
        collect_ways()
