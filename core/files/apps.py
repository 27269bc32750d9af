"""Application configuration."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Registers the app with Django."""

    name = "core.files"
    label = "files"
    default_auto_field = "django.db.models.BigAutoField"
