"""Application configuration."""

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    """Registers the app with Django, and has it asked before Retail parameters are saved."""

    name = "inventory"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Needs the models, hence not at import."""
        from inventory.services.default_batch import refuse_real_batches
        from parameters.services import VALUE_REFUSALS

        VALUE_REFUSALS.add(refuse_real_batches)
