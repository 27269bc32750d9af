"""The demo as a Django application: it owns a command and nothing else."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Makes `manage.py run_demo` known."""

    name = "retailhq.demo"
    label = "demo"
