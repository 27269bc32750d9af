"""Reads of Retail parameters."""

from collections.abc import Collection
from dataclasses import fields

from parameters.models import RetailParameters
from parameters.rules.settings import RetailSettings

_FIELDS = tuple(field.name for field in fields(RetailSettings))


def settings_of(legal_entity_ids: Collection[int]) -> dict[int, RetailSettings]:
    """Settings by legal entity; one statement."""
    rows = RetailParameters.objects.filter(legal_entity_id__in=legal_entity_ids).values_list(*_FIELDS)
    return {row[0]: RetailSettings(*row) for row in rows}
