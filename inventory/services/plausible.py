"""What companies take for possible."""

from collections.abc import Collection

from inventory.rules.plausible import Limits
from parameters.queries import settings_of


def plausible_amounts(legal_entity_ids: Collection[int]) -> dict[int, Limits]:
    """The limits of companies; one query, none without companies."""
    if not legal_entity_ids:
        return {}
    return {
        entity: Limits(of.validation_largest_quantity, of.validation_largest_amount) for entity, of in settings_of(legal_entity_ids).items()
    }
