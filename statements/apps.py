"""Application configuration."""

from collections.abc import Sequence

from django.apps import AppConfig

from parameters.rules.effects import Effect, ProposedChange, ask_before_saving


class StatementsConfig(AppConfig):
    """Registers the app with Django, and has it asked before Retail parameters are saved."""

    name = "statements"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Once per process."""
        ask_before_saving(effects_of_change)


def effects_of_change(change: ProposedChange) -> Sequence[Effect]:
    """What the change would do to documents of this app; imported when it is asked for, because only pages ask."""
    from statements.views import effects

    return effects.effects_of_change(change)
