"""Application configuration."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Registers the app with Django, and has it asked before Retail parameters are saved."""

    name = "orders"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Needs the models, hence not at import."""
        from orders.views.effects import effects_of_change
        from parameters.rules.effects import ask_before_saving

        ask_before_saving(effects_of_change)
