"""Form fields of master data: a value is read by the same rule as in an imported file."""

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext

from core.i18n.messages import render
from core.lib import parsing
from core.lib.csv_columns import REQUIRED, Column
from core.lib.decimals import plain_text
from core.lib.parsing import FieldError


class RuleField(forms.CharField):
    """A value written as text, read by the rule of a column; a blank one is the column's blank value."""

    def __init__(self, column: Column, **options: Any) -> None:
        options.setdefault("required", column.blank is REQUIRED)
        super().__init__(**options)
        self.column = column
        # The rule has a sentence of its own for each of these.
        self.validators = []

    def clean(self, value: Any) -> Any:
        """The value as the rule gives it; raises ValidationError with the rule's sentence."""
        text = str(super().clean(value if isinstance(value, str) else self.prepare_value(value)))
        if not text:
            return "" if self.column.blank is REQUIRED else self.column.blank
        try:
            return self.column.parse(text)
        except FieldError as error:
            raise ValidationError(render(error.at(str(self.label)).message), code=error.code) from None

    def prepare_value(self, value: Any) -> Any:
        """A stored value as the rule reads it: dates and times in ISO, numbers without exponent and trailing zeros."""
        if isinstance(value, Decimal):
            return plain_text(value)
        if isinstance(value, time):
            return value.strftime("%H:%M")
        return value.isoformat() if isinstance(value, date) else value


def text_field(parse: Callable[[str], Any], *, blank: Any = REQUIRED, **options: Any) -> RuleField:
    """A field for a value that no file holds, read by a rule all the same."""
    return RuleField(Column("", parse, blank), **options)


def number_input(mode: str = "decimal") -> forms.TextInput:
    """A text field that brings up digits: a number field would swallow what is not a number instead of showing it."""
    return forms.TextInput(attrs={"inputmode": mode, "autocomplete": "off"})


def on_off(**options: Any) -> forms.BooleanField:
    """A boolean field shown as a switch."""
    return forms.BooleanField(required=False, widget=forms.CheckboxInput(attrs={"role": "switch"}), **options)


class Choice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the active rows of another master, of the company where `company` says how to reach it; the one in use stays offered."""

    def __init__(self, model: type[Model], *, company: str = "", order: str = "code", **options: Any) -> None:
        options.setdefault("empty_label", "")
        self.offered: QuerySet[Model] = model._default_manager.order_by(order)
        super().__init__(self.offered, **options)
        self.company = company

    def narrow(self, company_id: int, current: object) -> None:
        """Offers what may be chosen."""
        rows: QuerySet[Model] = self.offered
        allowed = Q()
        if any(field.name == "is_active" for field in rows.model._meta.concrete_fields):
            allowed &= Q(is_active=True)
        if self.company:
            allowed &= Q(**{self.company: company_id})
        self.queryset = rows.filter(allowed | Q(pk=current) if current is not None else allowed)

    def to_python(self, value: Any) -> Any:
        """The row; what PostgreSQL cannot even compare is no choice."""
        if isinstance(value, str) and not value.isprintable():
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": parsing.shown(value)})
        return super().to_python(value)

    def label_from_instance(self, row: Model) -> str:
        name = getattr(row, "name", "")
        return f"{row} · {name}" if name and name != str(row) else str(row)


class CodeOf(forms.CharField):
    """A row named by its code: there may be too many to choose from a list."""

    def __init__(self, model: type[Model], *, missing: str, **options: Any) -> None:
        super().__init__(**options)
        self.model, self.missing = model, missing
        self.validators = []

    def clean(self, value: Any) -> Any:
        """The row, None for a blank; raises ValidationError with the code `missing` when there is none."""
        if isinstance(value, int):
            return self.model._default_manager.get(pk=value)
        text = str(super().clean(value))
        if not text:
            return None
        try:
            code = parsing.code(text)
        except FieldError as error:
            raise ValidationError(render(error.at(str(self.label)).message), code=error.code) from None
        row = self.model._default_manager.filter(code=code).first()
        if row is None:
            raise ValidationError(gettext("There is no %(code)s.") % {"code": parsing.shown(code)}, code=self.missing)
        return row

    def prepare_value(self, value: Any) -> Any:
        """The code of a stored row."""
        if isinstance(value, int):
            return self.model._default_manager.filter(pk=value).values_list("code", flat=True).first()
        return value
