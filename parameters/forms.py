"""The form of Retail parameters, made from `parameters.rules.keys`: tabs on the left, fast tabs inside them."""

from collections.abc import Mapping, Sequence
from typing import Any

from crispy_bootstrap5.bootstrap5 import BS5Accordion, Switch
from crispy_forms.bootstrap import Tab, TabHolder
from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Layout, LayoutObject
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.template.loader import render_to_string
from django.utils.text import format_lazy, slugify
from django.utils.translation import gettext, gettext_lazy
from django_stubs_ext import StrPromise

from core.i18n.messages import render
from core.lib.imports import content_digest
from core.lib.problems import Code, Problem
from core.masterdata.fields import on_off
from core.masterdata.forms import FastTab
from core.masterdata.forms import differences as row_differences
from core.masterdata.merge import OpenedField, remember
from core.masterdata.words import value_text
from parameters.models import RetailParameters
from parameters.rules.effects import ProposedChange, proposed_settings
from parameters.rules.keys import BATCH_ID_LENGTH, BY_FIELD, KEYS, Key, Value, check_pairs, parse_value
from parameters.rules.settings import RetailSettings

RULE_PREFIX = "rule_"
TABS = ("General", "Posting", "Customer orders", "Inventory", "Transaction validation", "Number sequences")
TAB_TEMPLATES = {
    "General": "parameters/_general.html",
    "Transaction validation": "parameters/_rules.html",
    "Number sequences": "parameters/_sequences.html",
}
# Fast tabs that show what is kept elsewhere: title and template, after those of the keys.
INFORMATION_FAST_TABS: dict[str, tuple[tuple[str, str], ...]] = {
    "Posting": (
        ("Invoice", "parameters/_invoice.html"),
        ("Periodic discount", "parameters/_periodic_discount.html"),
        ("Gift card", "parameters/_gift_card.html"),
    ),
    "Inventory": (("Item model groups", "parameters/_item_model_groups.html"), ("Warehouses", "parameters/_warehouses.html")),
}
TAB_INTROS = {
    "Posting": gettext_lazy("How statements of the stores become orders, invoices and stock movements."),
    "Customer orders": gettext_lazy("How orders that customers pick up or have shipped are taken and invoiced."),
    "Inventory": gettext_lazy("Where stock may go negative, and so where a default batch can step in. It is set per item and warehouse."),
}
SHORT_NAMES: dict[str, StrPromise] = {
    "posting_use_default_batch_id": gettext_lazy("Use default batch id"),
    "inventory_default_batch_scope": gettext_lazy("Scope"),
    "inventory_use_batches_received_after_sale": gettext_lazy("Batches received later"),
    "inventory_sellable_on_expiration_date": gettext_lazy("Sellable on expiration date"),
    "customer_orders_default_deposit_percent": gettext_lazy("Deposit %"),
    "customer_orders_cancellation_charge_percent": gettext_lazy("Cancellation charge %"),
}
PAIRS = ("posting", "customer_orders")


class KeyField(forms.CharField):
    """A parameter written as text, read by the same rule as on the command line."""

    def __init__(self, key: Key, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.key = key

    def clean(self, value: Any) -> Any:
        """The value of the table's type; raises ValidationError with the rule's sentence."""
        parsed = parse_value(self.key, str(super().clean(value)))
        if isinstance(parsed, Problem):
            raise ValidationError(render(parsed), code=parsed.code)
        return parsed


def column_of(key: Key) -> "models.Field[Any, Any]":
    """The column of the table that holds a parameter."""
    column = RetailParameters._meta.get_field(key.field)
    assert isinstance(column, models.Field)
    return column


def form_field(key: Key) -> forms.Field:
    """The form field of a key, with the label of the table and its effect as help."""
    column = column_of(key)
    texts: dict[str, Any] = {"label": column.verbose_name, "help_text": gettext(key.effect)}
    if key.kind == "switch":
        return on_off(**texts)
    if key.kind == "choice":
        return forms.ChoiceField(choices=column.choices or (), **texts)
    attributes = {"inputmode": {"count": "numeric", "age": "numeric", "batch_id": "text"}.get(key.kind, "decimal"), "autocomplete": "off"}
    if key.kind == "batch_id":
        attributes |= {"maxlength": str(BATCH_ID_LENGTH), "spellcheck": "false"}
    return KeyField(key, widget=forms.TextInput(attrs=attributes), **texts)


class RetailParametersForm(forms.Form):
    """Every key of the list is a field named like its column; the validation rules follow as switches.

    Nothing is written here: `values` goes to `parameters.services`, which runs the same rules again.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    company = forms.CharField(widget=forms.HiddenInput, max_length=60)
    # The fingerprint of the values whose effect the person has seen; other values are another question.
    confirmed = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)
    opened = OpenedField()

    def __init__(self, *args: Any, rules: Sequence[Code], active_tab: str, may_change: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.rules = rules
        for key in KEYS:
            self.fields[key.field] = form_field(key)
            if key.field in SHORT_NAMES:
                self.fields[key.field].short_label = SHORT_NAMES[key.field]  # type: ignore[attr-defined]
        for rule in rules:
            self.fields[RULE_PREFIX + rule.code] = on_off(label=rule.code, disabled=rule.always_on, initial=True)
        if not may_change:
            for field in self.fields.values():
                field.disabled = True
        remember(self)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            "version", "company", "confirmed", "opened", SideTabs(*(side_tab(name) for name in TABS), active_tab=active_tab)
        )

    def clean(self) -> dict[str, Any]:
        """A switch that is on needs its value; a value that is wrong has its own problem already."""
        cleaned = super().clean() or self.cleaned_data
        asked: dict[str, Value] = {f"{pair}_use_default_batch_id": bool(cleaned.get(f"{pair}_use_default_batch_id")) for pair in PAIRS}
        asked |= {f"{pair}_default_batch_id": cleaned.get(f"{pair}_default_batch_id", "?") for pair in PAIRS}
        for problem in check_pairs(asked):
            self.add_problem(problem)
        return cleaned

    @property
    def values(self) -> dict[str, Value]:
        """The cleaned parameters by column of the table."""
        return {key.field: self.cleaned_data[key.field] for key in KEYS}

    @property
    def disabled_rules(self) -> frozenset[str]:
        """Codes of the rules that are switched off."""
        return frozenset(rule.code for rule in self.rules if not self.cleaned_data[RULE_PREFIX + rule.code])

    @property
    def fingerprint(self) -> str:
        """Stands for exactly these values on top of exactly this version."""
        return str(content_digest([self.cleaned_data["version"], *self.values.values(), *sorted(self.disabled_rules)]))

    def change_from(self, before: RetailSettings, disabled: frozenset[str]) -> ProposedChange:
        """What saving would change, for those who are asked about its effect."""
        off = self.disabled_rules
        after = proposed_settings(before, self.values)
        return ProposedChange(before.legal_entity_id, before, after, off - disabled, disabled - off)

    def add_problem(self, problem: Problem) -> None:
        """A problem at the field that it is about, else on top."""
        self.add_error(problem.field if problem.field in self.fields else None, ValidationError(render(problem), code=problem.code))


def as_typed(shown: Mapping[str, Any]) -> dict[str, str]:
    """Values of the form as a browser would send them: a switch that is off is not sent."""
    return {name: "on" if value is True else str(value) for name, value in shown.items() if value is not False and value is not None}


def initial_values(record: RetailParameters, rules: Sequence[Code], disabled: frozenset[str]) -> dict[str, Any]:
    """What the form shows of a record."""
    shown: dict[str, Any] = {key.field: getattr(record, key.field) for key in KEYS}
    shown |= {RULE_PREFIX + rule.code: rule.always_on or rule.code not in disabled for rule in rules}
    return {**shown, "version": record.version, "company": record.legal_entity.code}


def side_tab(name: str) -> "SideTab":
    """A tab with the fast tabs of its keys, or with its own template."""
    if name in TAB_TEMPLATES:
        return SideTab(name, HTML(f'{{% include "{TAB_TEMPLATES[name]}" %}}'), css_id=f"tab-{slugify(name)}")
    fast_tabs: dict[str, list[Key]] = {}
    for key in KEYS:
        if key.tab == name:
            fast_tabs.setdefault(key.fast_tab, []).append(key)
    intro = [HTML(format_lazy('<p class="tab-intro">{}</p>', TAB_INTROS[name]))] if name in TAB_INTROS else []
    groups = [
        FastTab(gettext(title), *layout_of(keys), names=[key.field for key in keys], css_id=slugify(f"fast {name} {title}"))
        for title, keys in fast_tabs.items()
    ]
    for title, template in INFORMATION_FAST_TABS.get(name, ()):
        groups.append(FastTab(gettext(title), HTML(f'{{% include "{template}" %}}'), names=(), css_id=slugify(f"fast {name} {title}")))
    accordion = BS5Accordion(*groups, always_open=True, css_id=slugify(f"fast tabs {name}"))
    return SideTab(name, *intro, accordion, css_id=f"tab-{slugify(name)}")


def layout_of(keys: Sequence[Key]) -> list[LayoutObject]:
    """Fields of a fast tab; a switch and its default batch id stand beside the live note."""
    here = {key.field for key in keys}
    parts: list[LayoutObject] = []
    for key in keys:
        path, found, _ = key.field.partition("_use_default_batch_id")
        batch_id = f"{path}_default_batch_id"
        if found and batch_id in here:
            note = HTML(f'{{% include "parameters/_batch_note.html" with path="{path}" %}}')
            parts.append(Div(Div(Switch(key.field), Field(batch_id)), note, css_class="pair"))
        elif key.kind == "switch":
            parts.append(Switch(key.field))
        elif key.kind != "batch_id":
            parts.append(Field(key.field, wrapper_class="field-narrow" if key.kind == "choice" else "field-number"))
    if "posting_max_parallel_lanes" in here:
        parts.append(HTML('{% include "parameters/_recurrences.html" %}'))
    return parts


class SideTab(Tab):  # type: ignore[misc]
    """A tab in the list on the left."""

    link_template = "parameters/_tab_link.html"

    def render_link(self, template_pack: str = "bootstrap5", **options: Any) -> str:
        """Our own link: crispy-forms would look for it in the template pack's folder."""
        return render_to_string(self.link_template, {"link": self})


class SideTabs(TabHolder):  # type: ignore[misc]
    """Tabs one below the other; the first with an error opens, else the one asked for."""

    template = "parameters/_side_tabs.html"

    def __init__(self, *tabs: SideTab, active_tab: str) -> None:
        super().__init__(*tabs)
        self.active_tab = active_tab

    def open_target_group_for_form(self, form: forms.Form) -> SideTab:
        """Marks tabs with errors and opens one."""
        for tab in self.fields:
            tab.errors = any(name in tab for name in form.errors)
        wrong = self.first_container_with_errors(form.errors.keys())
        asked = next((tab for tab in self.fields if tab.css_id == f"tab-{self.active_tab}"), self.fields[0])
        target: SideTab = wrong or asked
        target.active = True
        return target


def field_path(key: Key) -> str:
    """Where people find a parameter."""
    return f"{gettext(key.tab)} > {gettext(key.fast_tab)} > {column_of(key).verbose_name}"


def shown_value(key: Key, value: object) -> str:
    """A stored value in words: On, Off, the choice's name, blank."""
    return value_text(column_of(key), value)


def rule_path(code: str) -> str:
    """Where people find the switch of a validation rule."""
    return gettext("Transaction validation > %(code)s") % {"code": code}


def on_or_off(value: object) -> str:
    """`On` or `Off` in the language of the reader."""
    return gettext("On") if value else gettext("Off")


def differences(form: RetailParametersForm, record: RetailParameters, rules_off: frozenset[str]) -> list[tuple[str, str, str, str]]:
    """Where what was typed differs from what is stored, columns first: field, label, typed, stored."""
    rows = [(name, field_path(BY_FIELD[name]), *texts) for name, _, *texts in row_differences(form, form.values, record, form.values)]
    off = form.disabled_rules
    rows += [
        (RULE_PREFIX + code, rule_path(code), on_or_off(code not in off), on_or_off(code not in rules_off))
        for code in sorted(off ^ rules_off)
    ]
    return rows  # type: ignore[return-value]
