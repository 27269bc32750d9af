"""The only places that say how money, prices, quantities, codes and states are stored."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext_lazy

from core.lib.messages import Message, decode_message, encode_message
from core.lib.parsing import MONEY_DIGITS, MONEY_PLACES

PRICE_PLACES = 6
QUANTITY_PLACES = 4
CODE_LENGTH = 60
NAME_LENGTH = 200


class MoneyField(models.DecimalField):  # type: ignore[type-arg]
    """An amount with as many decimals as its currency has, three at most; the column keeps the decimals that it is given (ADR 0019).

    The column is `numeric` without a scale, so that widening it rewrites no table and rounds nothing; a CHECK holds the three decimals.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "max_digits": MONEY_DIGITS, "decimal_places": MONEY_PLACES})

    def deconstruct(self) -> Any:
        """How migrations write it: digits and decimals are the field's own."""
        name, path, args, options = super().deconstruct()
        return name, path, args, {key: value for key, value in options.items() if key not in ("max_digits", "decimal_places")}

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "numeric"

    def cast_db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "numeric"

    def db_check(self, connection: BaseDatabaseWrapper) -> str:
        column = connection.ops.quote_name(self.column or "")
        return f"{column} = round({column}, {MONEY_PLACES})"


class MessageField(models.JSONField):
    """What people are told, kept as text and values (core/lib/messages.py); a plain text in the column is said as it was written."""

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Message | None:
        """The message of a row."""
        written = super().from_db_value(value, expression, connection)
        return None if written is None else decode_message(written)

    def get_prep_value(self, value: Any) -> Any:
        """The message for a row; a text stays one."""
        return super().get_prep_value(encode_message(value) if isinstance(value, Message) else value)


def money_field(**options: Any) -> "models.DecimalField[Decimal, Decimal]":
    """An amount in the currency of its document."""
    return MoneyField(**options)


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
