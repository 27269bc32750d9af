"""The default batch of customer orders."""

from inventory.rules.stock import FallbackSettings
from parameters.rules.settings import RetailSettings


def order_fallback(settings: RetailSettings) -> FallbackSettings:
    """The Customer orders tab's half of the default batch settings."""
    return FallbackSettings(
        settings.customer_orders_use_default_batch_id,
        settings.customer_orders_default_batch_id,
        settings.inventory_default_batch_scope == "advanced",
        settings.inventory_sellable_on_expiration_date,
        settings.inventory_use_batches_received_after_sale,
    )
