"""The project package as a Django application: it owns the commands, the static files and the Celery application."""

from django.apps import AppConfig

from core.lib.problems import complete_with
from retailhq.codes import register_all


class RetailHQConfig(AppConfig):
    """Makes sure that tasks declared with `shared_task` belong to our Celery application in every process, and that every code is found."""

    name = "retailhq"
    label = "retailhq"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Imports the Celery application; here and not in `retailhq/__init__.py`, so that pure modules stay free of Celery."""
        import retailhq.celery  # noqa: F401

        complete_with(register_all)
