"""Application configuration."""

from django.apps import AppConfig


class IntegrityConfig(AppConfig):
    """Recounts of what is stored, and the differences that they found."""

    name = "retailhq.integrity"
    label = "integrity"
    default_auto_field = "django.db.models.BigAutoField"
