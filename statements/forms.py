"""Forms that correct a POS transaction, whose changes become corrections as a file would hold them, and that enter a count."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy

from core.i18n.messages import render as render_message
from core.lib.parsing import LONGEST_REASON, document_digits, money
from core.lib.problems import Problem
from core.tables.filters import date_input
from parameters.rules.denominations import DENOMINATIONS, MOST_PIECES, Pieces, total_of
from statements.models import PosTransaction
from statements.rules.changes import DISCARDED, field_text
from statements.rules.corrections import Correction
from statements.rules.till import PosTransactionData
from statements.services.counts import CountRequest
from statements.services.recall import RecallRequest

TEXTS = {"item": gettext_lazy("Item"), "batch": gettext_lazy("Batch"), "unit": gettext_lazy("Unit")}
NUMBERS = {
    "quantity": (gettext_lazy("Quantity"), 4),
    "price": (gettext_lazy("Price"), 6),
    "discount": (gettext_lazy("Discount"), 3),
    "net": (gettext_lazy("Net"), 3),
    "tax": (gettext_lazy("Tax"), 3),
}
PLAIN = {"class": "form-control", "autocomplete": "off"}
MAY_BE_BLANK = frozenset(("customer", "staff", "batch"))


@dataclass(frozen=True, slots=True)
class FormRow:
    """A line or payment of the form: its number and its fields."""

    number: int
    fields: tuple[BoundField, ...]


class CorrectionForm(forms.Form):
    """Fields `doc-NAME`, `line-N-NAME` and `payment-N-NAME`, each with the value that the person saw, and the reason."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs=PLAIN),
        error_messages={"required": gettext_lazy("Say why it is corrected.")},
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        document: PosTransactionData,
        discarded: bool,
        methods: Iterable[tuple[str, str]],
    ) -> None:
        super().__init__(data)
        self.document = document
        self._add("doc-business_date", _date_field(), document.business_date)
        for name, label in (("customer", gettext_lazy("Customer")), ("staff", gettext_lazy("Staff"))):
            self._add(f"doc-{name}", _text_field(label, name), getattr(document, name))
        self._add("doc-kind", _choice_field(gettext_lazy("Kind"), PosTransaction.Kind.choices), document.kind)
        self._add(f"doc-{DISCARDED}", _flag_field(gettext_lazy("Discarded")), discarded)
        for line in document.lines:
            for name, label in TEXTS.items():
                self._add(f"line-{line.number}-{name}", _text_field(label, name), getattr(line, name))
            for name, (label, places) in NUMBERS.items():
                self._add(f"line-{line.number}-{name}", _number_field(label, places), _short(getattr(line, name)))
            self._add(f"line-{line.number}-voided", _flag_field(gettext_lazy("Voided")), line.voided)
        for payment in document.payments:
            self._add(f"payment-{payment.number}-method", _choice_field(gettext_lazy("Payment method"), methods), payment.method)
            self._add(f"payment-{payment.number}-amount", _number_field(gettext_lazy("Amount"), 3), _short(payment.amount))
        mark_invalid(self)

    def _add(self, name: str, field: forms.Field, value: object) -> None:
        field.initial = value
        field.show_hidden_initial = True
        if not isinstance(field, forms.BooleanField):
            field.widget.attrs.setdefault("class", "form-control form-control-sm")
        self.fields[name] = field

    @property
    def header(self) -> list[BoundField]:
        """Fields of the document."""
        return [self[name] for name in self.fields if name.startswith("doc-")]

    @property
    def lines(self) -> list[FormRow]:
        return list(self._rows("line", [line.number for line in self.document.lines]))

    @property
    def payments(self) -> list[FormRow]:
        return list(self._rows("payment", [payment.number for payment in self.document.payments]))

    def _rows(self, part: str, numbers: Iterable[int]) -> Iterator[FormRow]:
        for number in numbers:
            start = f"{part}-{number}-"
            yield FormRow(number, tuple(self[name] for name in self.fields if name.startswith(start)))

    def corrections(self) -> list[Correction]:
        """What the person changed, in the words of a file of corrections."""
        return [
            _correction(name, field_text(self.cleaned_data[name]), self.cleaned_data["reason"])
            for name in self.changed_data
            if name != "reason"
        ]

    def typed(self) -> dict[str, str]:
        """What the person changed, as it was typed; the reason too."""
        return {name: self.data.get(name, "") for name in self.changed_data}

    def add_problems(self, problems: Iterable[Problem]) -> None:
        """Shows what the service refused above the form."""
        add_problems(self, problems)


class CountForm(forms.Form):
    """What somebody counted of a payment method in a drawer of a store's day; the drawer is named as the store's statement method says."""

    terminal = forms.ChoiceField(label=gettext_lazy("Terminal"), widget=forms.Select(attrs={"class": "form-select"}))
    shift = forms.IntegerField(
        label=gettext_lazy("Shift"), min_value=0, max_value=2**31 - 1, widget=forms.TextInput(attrs={"inputmode": "numeric", **PLAIN})
    )
    staff = forms.CharField(label=gettext_lazy("Staff"), max_length=60, widget=forms.TextInput(attrs=PLAIN))
    method = forms.ChoiceField(label=gettext_lazy("Payment method"), widget=forms.Select(attrs={"class": "form-select"}))
    amount = forms.DecimalField(
        label=gettext_lazy("Counted"),
        max_digits=document_digits(3),
        decimal_places=3,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "form-control num"}),
        required=False,
        help_text=gettext_lazy("Blank: what the coins and notes come to."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs=PLAIN),
        error_messages={"required": gettext_lazy("Say why the count is entered.")},
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        statement_method: str,
        terminals: Iterable[str],
        methods: Iterable[tuple[str, str]],
        currency: str = "",
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        self.denominations = DENOMINATIONS.get(currency, ())
        for value in self.denominations:
            self.fields[f"pieces_{value}"] = forms.IntegerField(
                label=str(value),
                min_value=0,
                max_value=MOST_PIECES,
                required=False,
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "form-control num"}),
            )
        for name in ("shift", "staff"):
            if name != statement_method:
                del self.fields[name]
        for name, choices in (("terminal", [(code, code) for code in terminals]), ("method", list(methods))):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
        mark_invalid(self)

    @property
    def drawer_fields(self) -> list[BoundField]:
        """The fields but for coins and notes."""
        return [field for field in self if not field.name.startswith("pieces_")]

    @property
    def piece_fields(self) -> list[BoundField]:
        """A field for each value of coins and notes."""
        return [self[f"pieces_{value}"] for value in self.denominations]

    def pieces(self) -> Pieces:
        """The coins and notes that were typed."""
        counts = ((value, self.cleaned_data.get(f"pieces_{value}")) for value in self.denominations)
        return tuple((value, count) for value, count in counts if count)

    def clean(self) -> dict[str, Any]:
        """An amount, or coins and notes that come to one."""
        if not self.errors and self.cleaned_data.get("amount") is None and not self.pieces():
            self.add_error("amount", gettext_lazy("Say what was counted."))
        return self.cleaned_data

    def request(self, store: str, business_date: date) -> CountRequest:
        """What the service is asked for."""
        typed, pieces = self.cleaned_data, self.pieces()
        amount = total_of(pieces) if typed["amount"] is None else money(field_text(typed["amount"]))
        return CountRequest(
            *(store, typed["terminal"], business_date, typed["method"], amount, typed["reason"]),
            *(typed.get("shift"), typed.get("staff", ""), pieces),
        )

    def add_problems(self, problems: Iterable[Problem]) -> None:
        """Shows what the service refused above the form."""
        add_problems(self, problems)


class NoteForm(forms.Form):
    """Why something is accepted."""

    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs=PLAIN | {"autofocus": True}),
        error_messages={"required": gettext_lazy("Say why the difference is accepted.")},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(data, **options)
        mark_invalid(self)

    def add_problems(self, problems: Iterable[Problem]) -> None:
        """Shows what the service refused above the form."""
        add_problems(self, problems)


class ZReportForm(forms.Form):
    """What a till printed, figure by figure; blank is what it does not print."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        figures: Iterable[tuple[str, str, bool]],
        printed: Mapping[str, Decimal | None],
        **options: Any,
    ) -> None:
        super().__init__(data, initial=dict(printed), **options)
        for name, label, is_count in figures:
            self.fields[name] = forms.DecimalField(
                label=label,
                max_digits=document_digits(3),
                decimal_places=0 if is_count else 3,
                localize=True,
                required=False,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "form-control num"}),
            )
        mark_invalid(self)

    def typed(self) -> dict[str, Decimal]:
        """The figures that were given."""
        return {name: value for name, value in self.cleaned_data.items() if value is not None}


class RecallForm(forms.Form):
    """A batch to recall, and the business days of sales."""

    item = forms.CharField(label=gettext_lazy("Item"), max_length=60, widget=forms.TextInput(attrs=PLAIN))
    batch = forms.CharField(label=gettext_lazy("Batch"), max_length=60, widget=forms.TextInput(attrs=PLAIN))
    first = forms.DateField(
        label=gettext_lazy("Sales from"), required=False, help_text=gettext_lazy("Blank: from the day on which the batch came."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control field-narrow"}),
    )  # fmt: skip
    last = forms.DateField(
        label=gettext_lazy("Sales through"), required=False, help_text=gettext_lazy("Blank: to this day."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control field-narrow"}),
    )  # fmt: skip
    is_mock = forms.BooleanField(
        label=gettext_lazy("Mock recall: a drill, which shows how quickly an answer is there"), required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )  # fmt: skip

    def __init__(self, data: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(data, **options)
        mark_invalid(self)

    def request(self) -> RecallRequest:
        """What the service is asked for."""
        typed = self.cleaned_data
        return RecallRequest(typed["item"], typed["batch"], typed["first"], typed["last"], typed["is_mock"])

    def add_problems(self, problems: Iterable[Problem]) -> None:
        """Shows what the service refused above the form."""
        add_problems(self, problems)


def mark_invalid(form: forms.Form) -> None:
    """Fields with an error look and read so."""
    if form.is_bound:
        for name in form.errors:
            if name in form.fields:
                attrs = form.fields[name].widget.attrs
                attrs["class"] = f"{attrs.get('class', '')} is-invalid"
                attrs["aria-invalid"] = "true"


def add_problems(form: forms.Form, problems: Iterable[Problem]) -> None:
    """Shows what a service refused above the form."""
    for problem in problems:
        form.add_error(None, ValidationError(render_message(problem), code=problem.code))


def form_with(typed: Mapping[str, str], **how: Any) -> CorrectionForm:
    """The form of the document as it is now, with what the person had typed into it; what the person never touched is as it is now."""
    fresh = CorrectionForm(**how)
    data: dict[str, Any] = {}
    for name, field in fresh.fields.items():
        shown = fresh[name]
        data[shown.html_initial_name] = (field.widget.format_value(field.prepare_value(field.initial)) if name != "reason" else "") or ""
        data[name] = typed[name] if name in typed else data[shown.html_initial_name]
        if isinstance(field, forms.BooleanField):
            data[shown.html_initial_name] = str(bool(field.initial))
            on = bool(typed[name]) if name in typed else bool(field.initial)
            data[name] = "on" if on else ""
    return CorrectionForm(data, **how)


def _correction(name: str, value: str, reason: str) -> Correction:
    part, _, rest = name.partition("-")
    if part == "doc":
        return Correction(None, rest, value, reason)
    number, _, field = rest.partition("-")
    return Correction(int(number), field, value, reason) if part == "line" else Correction(None, f"payment:{number}:{field}", value, reason)


def _short(number: Decimal) -> Decimal:
    """Without zeros behind the decimals, but never as an exponent."""
    return Decimal(field_text(number))


def _text_field(label: Any, name: str) -> forms.CharField:
    return forms.CharField(
        label=label, required=name not in MAY_BE_BLANK, max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


def _number_field(label: Any, places: int) -> forms.DecimalField:
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "form-control form-control-sm num"})
    return forms.DecimalField(label=label, max_digits=document_digits(places), decimal_places=places, localize=True, widget=widget)


def _date_field() -> forms.DateField:
    return forms.DateField(label=gettext_lazy("Business date"), widget=date_input(), input_formats=["%Y-%m-%d"])


def _choice_field(label: Any, choices: Iterable[tuple[str, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.Select(attrs={"class": "form-select form-select-sm"}))


def _flag_field(label: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, widget=forms.CheckboxInput(attrs={"class": "form-check-input"}))
