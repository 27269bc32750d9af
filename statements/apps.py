"""Application configuration."""

from django.apps import AppConfig


class StatementsConfig(AppConfig):
    """Registers the app with Django, and has it asked before Retail parameters are saved."""

    name = "statements"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Needs the models, hence not at import."""
        from parameters.rules.effects import ask_before_saving
        from statements.views.effects import effects_of_change

        ask_before_saving(effects_of_change)
