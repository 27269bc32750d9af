"""The content of a pending order as a form: every value by its path, the errors at their fields."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy

from core.i18n.messages import render
from core.lib.problems import Problem
from orders.rules.pending import HEAD, LINE, PAYMENT, TRUE, fields_of
from orders.words import MODES

LABELS = {
    "customer": gettext_lazy("Customer"),
    "ordered_at": gettext_lazy("Ordered at"),
    "delivery": gettext_lazy("Delivery mode"),
    "currency": gettext_lazy("Currency"),
    "warehouse": gettext_lazy("Warehouse"),
    "net": gettext_lazy("Net"),
    "tax": gettext_lazy("Tax"),
    "total": gettext_lazy("Total"),
    "item": gettext_lazy("Item"),
    "quantity": gettext_lazy("Quantity"),
    "unit": gettext_lazy("Unit"),
    "price": gettext_lazy("Price"),
    "discount": gettext_lazy("Discount"),
    "batch": gettext_lazy("Batch"),
    "gift_card": gettext_lazy("Gift card"),
    "voided": gettext_lazy("Left out"),
    "method": gettext_lazy("Payment method"),
    "amount": gettext_lazy("Amount"),
}
HELP = {
    "customer": gettext_lazy("Blank: the walk-in customer of the store."),
    "ordered_at": gettext_lazy("With its offset, such as 2017-01-31T11:53:26-05:00."),
    "warehouse": gettext_lazy("Blank: that of the store."),
    "total": gettext_lazy("Net and tax together; lines add up to both."),
}
LONGEST = 200


class PendingOrderForm(forms.Form):
    """Head, lines and payments of a pending order; `wanted` gives the values by path, as the service takes them."""

    version = forms.IntegerField(label=gettext_lazy("Version"), widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, data: Any, *, content: Mapping[str, Any], version: int, editable: bool) -> None:
        self.paths = {name_of(path): path for path, _ in fields_of(content)}
        values = {name_of(path): value for path, value in fields_of(content)}
        super().__init__(data, initial={"version": version, **values})
        self.numbers = {kind: [row.get("number") for row in content.get(kind) or ()] for kind in ("lines", "payments")}
        for name, path in self.paths.items():
            self.fields[name] = field_for(path)
            if help_text := HELP.get(path):
                self.fields[name].help_text = help_text
                self.fields[name].widget.attrs["aria-describedby"] = f"id_{name}-help"
        for field in self.fields.values():
            field.disabled = not editable

    @property
    def wanted(self) -> dict[str, str]:
        """The values of a form that is valid, by path."""
        values = ((path, self.cleaned_data[name]) for name, path in self.paths.items())
        return {path: (TRUE if value else "") if isinstance(value, bool) else str(value) for path, value in values}

    def add_problem(self, problem: Problem) -> None:
        """Puts a refusal to the field that it is about."""
        name = name_of(str(problem.field or ""))
        self.add_error(name if name in self.paths else None, render(problem))

    @property
    def head(self) -> list[BoundField]:
        """What the order says as a whole."""
        return [self[name] for name in HEAD]

    @property
    def lines(self) -> list[tuple[object, list[BoundField]]]:
        """Number and fields of every line."""
        return self._rows("lines", LINE)

    @property
    def payments(self) -> list[tuple[object, list[BoundField]]]:
        """Number and fields of every payment."""
        return self._rows("payments", PAYMENT)

    @property
    def columns(self) -> dict[str, list[object]]:
        """Headings of the two tables."""
        return {"lines": [LABELS[name] for name in LINE], "payments": [LABELS[name] for name in PAYMENT]}

    def _rows(self, kind: str, names: tuple[str, ...]) -> list[tuple[object, list[BoundField]]]:
        return [(number, [self[f"{kind}-{place}-{name}"] for name in names]) for place, number in enumerate(self.numbers[kind])]


def name_of(path: str) -> str:
    """The name of a field in the form: `lines[0].item` is `lines-0-item`."""
    return path.replace("[", "-").replace("].", "-")


def field_for(path: str) -> forms.Field:
    """A text, a delivery mode, or whether a line is left out."""
    name = path.rpartition(".")[2]
    label = LABELS[name]
    if name == "voided":
        return forms.BooleanField(label=label, required=False, widget=forms.CheckboxInput(attrs={"class": "form-check-input"}))
    if name == "delivery":
        choices = [*([("", gettext_lazy("As the order"))] if path != name else []), *MODES.items()]
        return forms.ChoiceField(label=label, required=path == name, choices=choices, widget=forms.Select(attrs={"class": "form-select"}))
    return forms.CharField(
        label=label, required=False, max_length=LONGEST, widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"})
    )
