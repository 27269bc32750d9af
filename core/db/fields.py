"""The only places that say how money, prices, quantities, codes and states are stored."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy

MONEY_PLACES = 2
PRICE_PLACES = 6
QUANTITY_PLACES = 4
CODE_LENGTH = 60
NAME_LENGTH = 200


def money_field(**options: Any) -> "models.DecimalField[Decimal, Decimal]":
    """An amount in the currency of its document, two decimals."""
    return models.DecimalField(max_digits=18, decimal_places=MONEY_PLACES, **options)


def price_field(**options: Any) -> "models.DecimalField[Decimal, Decimal]":
    """A unit price or unit cost, six decimals."""
    return models.DecimalField(max_digits=18, decimal_places=PRICE_PLACES, **options)


def quantity_field(**options: Any) -> "models.DecimalField[Decimal, Decimal]":
    """A quantity in the unit that the row names, four decimals."""
    return models.DecimalField(max_digits=18, decimal_places=QUANTITY_PLACES, **options)


def code_field(**options: Any) -> "models.CharField[str, str]":
    """A code or number as people and files write it; case matters."""
    options.setdefault("max_length", CODE_LENGTH)
    return models.CharField(**options)


def active_field() -> "models.BooleanField[bool, bool]":
    """Whether a master is still offered in choices.

    The default stands in the table: adding the column rewrites no row, and SQL that does not name it still works.
    """
    return models.BooleanField(gettext_lazy("Active"), default=True, db_default=True)


def name_field(**options: Any) -> "models.CharField[str, str]":
    """A readable name."""
    options.setdefault("max_length", NAME_LENGTH)
    return models.CharField(**options)
