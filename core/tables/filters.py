"""What filters of lists share: they know who asks, and can say what is active."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import Model, Q, QuerySet
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from django_filters.fields import ModelChoiceField

from core.access.access import Access
from core.i18n.texts import day_text

ANYTHING = gettext_lazy("All")
SELECTED = SafeString(" selected")


def date_input() -> forms.DateInput:
    """The browser's own field for a day."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class PlainSelect(forms.Select):
    """A choice among hundreds: written at once, as Django would run a template for each of them."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        chosen = str(value) if value is not None else ""
        options = format_html_join(
            "", '<option value="{}"{}>{}</option>', ((key, SELECTED if str(key) == chosen else "", text) for key, text in self.choices)
        )
        return format_html("<select{}>{}</select>", flatatt(self.build_attrs(self.attrs, {"name": name, **(attrs or {})})), options)


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter in words: `Store: S367`; `name` is what to leave out of the address to take it off."""

    name: str
    label: object
    text: object


class ListFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Filters of a list; those by a row of master data offer what is active and what the person sees."""

    def __init__(self, data: Any, queryset: "QuerySet[Any, Any]", *, access: Access) -> None:
        super().__init__(data, queryset=queryset)
        self.access = access
        for name, offered in self.filters.items():
            if isinstance(offered, MasterFilter):
                offered.offer(access, data.get(name, ""))

    @classmethod
    def start(cls, access: Access) -> dict[str, str]:
        """What the list is narrowed to under its bare address: the store that was chosen in the top bar, or its warehouse."""
        scoped = {name: offered.scoped for name, offered in cls.base_filters.items() if isinstance(offered, ScopedFilter)}
        return {name: code for name, of in scoped.items() if (code := access.chosen.get(of))} if scoped else {}

    def chips(self) -> Iterator[Chip]:
        """What is active, in the order of the form."""
        if not self.form.is_valid() and not hasattr(self.form, "cleaned_data"):
            return
        for name, value in self.form.cleaned_data.items():
            if value in (None, "") or (hasattr(value, "__len__") and not len(value)):
                continue
            yield Chip(name, self.form.fields[name].label or name, words(self.form.fields[name], value))


class MasterField(ModelChoiceField):  # type: ignore[misc]
    """Rows of master data by code and name."""

    def label_from_instance(self, row: Any) -> str:
        return f"{row.code} {row.name}".strip()


class MasterFilter(django_filters.ModelChoiceFilter):  # type: ignore[misc]
    """A choice among the active rows of a kind of master data; an inactive one is offered only while it is chosen."""

    field_class = MasterField

    def __init__(self, *arguments: Any, model: type[Model], **options: Any) -> None:
        options.setdefault("to_field_name", "code")
        options.setdefault("empty_label", ANYTHING)
        options.setdefault("widget", PlainSelect)
        super().__init__(*arguments, queryset=model._default_manager.none(), **options)
        self.offered = model

    def offer(self, access: Access, chosen: str) -> None:
        """Offers what may be chosen, and what is."""
        self.queryset = self.offered._default_manager.filter(Q(is_active=True) | Q(code=chosen)).order_by("code")


class ScopedFilter(MasterFilter):
    """The same among stores or warehouses in the scope of the person; `scoped` is the scope's method that narrows them."""

    def __init__(self, *arguments: Any, scoped: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.scoped = scoped

    def offer(self, access: Access, chosen: str) -> None:
        """Offers what the person sees."""
        super().offer(access, chosen)
        self.queryset = self.queryset.filter(getattr(access.scope, self.scoped)(""))


def words(field: forms.Field, value: Any) -> object:
    """A filter's value as people read it."""
    if isinstance(value, date):
        return day_text(value)
    if isinstance(value, Model):
        return str(value)
    choices: Any = getattr(field, "choices", ())
    return dict(choices).get(value, value) if choices else value
