"""Forms of master data: fields with the rules of the imports, in fast tabs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crispy_bootstrap5.bootstrap5 import BS5Accordion, Switch
from crispy_forms.bootstrap import AccordionGroup
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Layout, LayoutObject
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.text import slugify
from django.utils.translation import gettext

from core.i18n.messages import render as render_message
from core.masterdata.declaration import FieldProblem, MasterData
from core.masterdata.fields import Choice, RuleField
from core.masterdata.merge import OpenedField, remember
from core.masterdata.words import value_text

# What the form carries along beside the record.
HIDDEN = ("seen", "opened")


class MasterDataForm(forms.ModelForm):  # type: ignore[type-arg]
    """The form of a master. `fixed` fields are set when the record is made and never change: files and tills name the record by them.

    Nothing is written here: `values` go to `core.masterdata.services`.
    """

    fixed: tuple[str, ...] = ("code",)
    seen = forms.CharField(required=False, widget=forms.HiddenInput, max_length=64)
    opened = OpenedField()

    def __init__(self, *args: Any, record: MasterData, company_id: int, may_save: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.record = record
        self.is_new = self.instance._state.adding
        for name, field in self.fields.items():
            if isinstance(field, Choice):
                field.narrow(company_id, None if self.is_new else getattr(self.instance, f"{name}_id"))
            if isinstance(field, RuleField) and not field.required:
                field.widget.attrs.setdefault("autocomplete", "off")
            field.disabled = name not in HIDDEN and (not may_save or (not self.is_new and name in self.fixed))
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(*HIDDEN, fast_tabs(self, record))
        remember(self)

    def clean(self) -> dict[str, Any]:
        """What has no name is called by its code, as in files."""
        cleaned = super().clean() or self.cleaned_data
        if "name" in self.fields and not cleaned.get("name") and "name" not in self.errors and cleaned.get("code"):
            cleaned["name"] = cleaned["code"]
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        # The company is no field of the form, but part of what must be unique.
        return super()._get_validation_exclusions() - {"legal_entity"}  # type: ignore[misc, no-any-return]

    @property
    def names(self) -> list[str]:
        """The fields that belong to the record."""
        return [name for name in self.fields if name not in HIDDEN]

    @property
    def values(self) -> dict[str, Any]:
        """What is to be saved, by column; references as keys."""
        columns = {field.name: field.attname for field in self.record.model._meta.concrete_fields}
        return {
            columns[name]: value.pk if isinstance(value := self.cleaned_data[name], Model) else value
            for name in self.names
            if name in columns and not self.fields[name].disabled
        }

    def add_problems(self, refusals: Iterable[FieldProblem]) -> None:
        """What the service refused, at the fields that it names."""
        for place, problem in refusals:
            self.add_error(place if place in self.fields else None, ValidationError(render_message(problem), code=problem.code))


def fast_tabs(form: MasterDataForm, record: MasterData) -> LayoutObject:
    """All sections; they start open."""
    groups = [
        FastTab(
            str(section.title),
            *(placed(form, name) for name in section.fields),
            names=section.fields,
            active=True,
            css_id=f"fast-{record.slug}-{place}",
        )
        for place, section in enumerate(record.sections)
    ]
    return BS5Accordion(*groups, always_open=True, css_id=slugify(f"fast tabs {record.slug}"))


def placed(form: MasterDataForm, name: str) -> LayoutObject:
    """A field with the width that its kind needs."""
    field = form.fields[name]
    if isinstance(field, forms.BooleanField):
        return Div(Switch(name), css_class="field-cell")
    mode = field.widget.attrs.get("inputmode")
    return Div(Field(name, wrapper_class="field-number" if mode else ""), css_class="field-cell")


class FastTab(AccordionGroup):  # type: ignore[misc]
    """A fast tab whose header sums up the values of the fields `names` while it is closed.

    A field whose label is too long for the header has a shorter one in `short_label`.
    """

    template = "masterdata/_fast_tab.html"

    def __init__(self, name: str, *fields: LayoutObject, names: Sequence[str], **options: Any) -> None:
        super().__init__(name, *fields, **options)
        self.names = names
        self.summary: list[tuple[str, str, str]] = []

    def render(self, form: forms.Form, context: Any, template_pack: str = "bootstrap5", **options: Any) -> str:
        """Opens where there is an error; takes the summary from the values that the form shows, typed ones included."""
        self.active: bool = self.active or any(name in form.errors for name in self.names)
        self.summary = [
            (str(getattr(form.fields[name], "short_label", form.fields[name].label)), shown_in(form, name), form[name].id_for_label)
            for name in self.names
        ]
        return str(super().render(form, context, template_pack, **options))


def shown_in(form: forms.BaseForm, name: str) -> str:
    """The value of a field as its fast tab sums it up."""
    value, field = form[name].value(), form.fields[name]
    if isinstance(field, forms.BooleanField):
        return gettext("On") if field.to_python(value) else gettext("Off")
    if isinstance(field, forms.ChoiceField) and value not in (None, ""):
        chosen = str(getattr(value, "pk", value))
        return next((str(label) for key, label in choices_of(field) if str(key) == chosen), chosen)
    return value_text(None, field.prepare_value(value))


def choices_of(field: Any) -> list[tuple[Any, Any]]:
    """The choices of a field, once from the database however often they are asked for."""
    known: list[tuple[Any, Any]] | None = getattr(field, "read_choices", None)
    if known is None:
        known = field.read_choices = [(getattr(key, "value", key), label) for key, label in field.choices]
        field.choices = known
    return known


def differences(form: forms.BaseForm, typed: Mapping[str, Any], stored: Model, names: Iterable[str]) -> list[tuple[str, str, str, str]]:
    """Fields of a row where what was typed (by column) differs from what is stored: name, label, typed, stored."""
    rows = []
    for name in names:
        column: Any = stored._meta.get_field(name)
        mine, theirs = typed.get(column.attname, getattr(stored, column.attname)), getattr(stored, column.attname)
        if mine != theirs:
            shown = [
                value_text(column, value, row=row) for value, row in ((mine, form.cleaned_data.get(name)), (theirs, getattr(stored, name)))
            ]
            rows.append((name, str(form.fields[name].label), *shown))
    return rows  # type: ignore[return-value]
