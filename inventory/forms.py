"""Forms of journals and of goods that come in: a head, and rows that are lines. Blank rows are passed over."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django_stubs_ext import StrPromise

from core.access.access import Access
from core.i18n.messages import render
from core.lib.imports import Row
from core.lib.parsing import FieldError
from core.lib.problems import Problem
from core.ui.form_fields import CodeField, NumberField, ProblemForm
from core.ui.line_rows import MOST_ROWS
from core.ui.suggestions import suggest
from inventory.models import JournalLine, Warehouse
from inventory.rules.barcodes import item_code
from inventory.rules.file_columns import ReceiptRow, receipt_row
from inventory.rules.journal_columns import JournalKind, JournalRow, journal_row, receipt_line
from inventory.services.scans import scanned_line, scans_among
from inventory.services.time_zones import zones_of_warehouses

# The fields of a row that codes are about; others stand at the item.
ROW_PLACES = {
    **dict.fromkeys(("BATCH_REQUIRED", "BATCH_NOT_ALLOWED", "UNKNOWN_BATCH", "DEFAULT_BATCH_IS_REAL"), "batch"),
    **dict.fromkeys(("NEGATIVE_NOT_ALLOWED", "FINANCIAL_NEGATIVE_NOT_ALLOWED", "LOCATION_CANNOT_GO_NEGATIVE"), "quantity"),
    **dict.fromkeys(("STOCK_RESERVED", "CORRECTION_TOO_LARGE", "TOO_LARGE"), "quantity"),
    **dict.fromkeys(("UNKNOWN_RECEIPT", "RECEIPT_DIFFERS"), "receipt"),
}
RowT = TypeVar("RowT", JournalRow, ReceiptRow)


def day_input() -> forms.DateInput:
    """A field of a date, in the one format that browsers take."""
    return forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")


class WarehouseField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A warehouse that the person sees."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Select(attrs={"class": "form-select"})
        super().__init__(queryset=Warehouse.objects.none(), to_field_name="code", empty_label="", widget=widget, **options)

    def to_python(self, value: Any) -> Any:
        """The warehouse; what PostgreSQL cannot even compare is none."""
        if isinstance(value, str) and not value.isprintable():
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": ""})
        return super().to_python(value)

    def label_from_instance(self, obj: Warehouse) -> str:
        return f"{obj.code} {obj.name}".strip()


@dataclass(frozen=True, slots=True)
class FormRow:
    """A row of the form: its number and its fields, in the order of the columns."""

    place: int
    fields: Sequence[BoundField]


def named_receipt(text: str) -> str:
    """The line of a receipt that a correction names, '' for a blank. Raises FieldError."""
    try:
        return receipt_line(text) if text else ""
    except FieldError as error:
        raise error.at("receipt") from None


class RowPart(NamedTuple):
    """A column of the rows: its title, and what makes its field in a row."""

    title: StrPromise
    make_field: Callable[[], forms.Field]


def code_field() -> forms.Field:
    """A code, or nothing."""
    return CodeField(required=False)


def item_field() -> forms.Field:
    """An item by its code or barcode, or all that a 2D code said; or nothing."""
    return CodeField(item_code, required=False)


def number_field(decimals: int) -> Callable[[], forms.Field]:
    """Makes a field of a number with so many decimals, or nothing."""
    return partial(NumberField, decimals, required=False)


CODES_AND_QUANTITY: Mapping[str, RowPart] = {
    "item": RowPart(gettext_lazy("Item"), item_field),
    "batch": RowPart(gettext_lazy("Batch"), code_field),
    "quantity": RowPart(gettext_lazy("Quantity"), number_field(4)),
}


class LinesForm(ProblemForm):
    """A head with a number, a warehouse and rows below it.

    `parts` are the columns of the rows in their order, `head_places` the fields of the head that codes are about; `field_order` names
    every field of the head.
    """

    parts: Mapping[str, RowPart] = {}
    head_places: Mapping[str, str] = {}

    number = CodeField(required=False, label=gettext_lazy("Number"), help_text=gettext_lazy("Blank: a number is given."))
    warehouse = WarehouseField(label=gettext_lazy("Warehouse"))

    def __init__(self, *args: Any, access: Access, rows: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.rows_shown = min(max(rows, 1), MOST_ROWS)
        own = Warehouse.objects.filter(access.scope.warehouses(""), is_active=True, legal_entity=access.company_id).order_by("code")
        for field in self.fields.values():
            if isinstance(field, WarehouseField):
                field.queryset = own
        for place in range(1, self.rows_shown + 1):
            for name, part in self.parts.items():
                field = part.make_field()
                field.label = gettext("Line %(number)s: %(part)s") % {"number": place, "part": part.title}
                if name in {"item", "batch"}:
                    suggest(
                        field, name, reverse("inventory:suggestions"), f"[name=item_{place}], [name=batch_{place}], [name=warehouse]", place
                    )
                self.fields[f"{name}_{place}"] = field

    @property
    def head(self) -> list[BoundField]:
        """The fields above the rows."""
        return [self[name] for name in self.field_order or ()]

    @property
    def columns(self) -> list[tuple[str, StrPromise]]:
        """Names and titles of the columns."""
        return [(name, part.title) for name, part in self.parts.items()]

    @property
    def rows(self) -> list[FormRow]:
        """Rows with their fields."""
        return [FormRow(place, [self[f"{part}_{place}"] for part in self.parts]) for place in range(1, self.rows_shown + 1)]

    def is_blank(self, place: int) -> bool:
        """Whether nothing was typed in the row."""
        return not any(str(self.data.get(f"{part}_{place}", "")).strip() for part in self.parts)

    def clean(self) -> dict[str, Any]:
        """A row that says anything must say item and quantity, and one row must."""
        data = super().clean() or self.cleaned_data
        places = [place for place in range(1, self.rows_shown + 1) if not self.is_blank(place)]
        for place in places:
            self._fill_in_scan(data, place)
            for part in ("item", "quantity"):
                name = f"{part}_{place}"
                if data.get(name) in (None, "") and name not in self.errors:
                    self.add_error(name, gettext("Fill this in, or clear the whole line."))
        if not places:
            self.add_error("item_1", gettext("Give at least one line."))
        return data

    def _fill_in_scan(self, data: dict[str, Any], place: int) -> None:
        """What a 2D code said stands in the field of the item: its item, batch and expiry go to their fields."""
        item, batch, expires_on = (f"{part}_{place}" for part in ("item", "batch", "expires_on"))
        if not scans_among([data.get(item) or ""]):
            return
        try:
            found = scanned_line(data[item], "", data.get(batch) or "")
            if data.get(expires_on) and found.expires_on not in (None, data[expires_on]):
                raise FieldError("SCAN_CONTRADICTS", {"scanned": found.expires_on, "said": data[expires_on]}, "expiry")
        except FieldError as error:
            self.add_error(item, ValidationError(render(error.at(gettext("Item")).message), code=error.code))
            return
        data[item], data[batch] = found.item, found.batch
        if expires_on in self.fields:
            data[expires_on] = found.expires_on or data.get(expires_on)

    def lines(self, make: Callable[[int, Mapping[str, Any]], RowT]) -> list[Row[RowT]]:
        """Rows as values, numbered as they stand; what does not go together is said at its field. Of a form that is valid."""
        rows: list[Row[RowT]] = []
        for place in range(1, self.rows_shown + 1):
            if self.is_blank(place):
                continue
            try:
                value = make(place, {part: self.cleaned_data[f"{part}_{place}"] for part in self.parts})
            except FieldError as error:
                said = ValidationError(render(error.beside_field().message), code=error.code)
                self.add_error(self._place_in_row(error.field, place), said)
            else:
                rows.append(Row(place, str(place), value))
        return rows

    def _place_in_row(self, field: str, place: int) -> str:
        """The field of the row, or of the head, that a value stands in."""
        return next((name for name in (f"{field}_{place}", field) if name in self.fields), f"item_{place}")

    def place_of(self, problem: Problem) -> str | None:
        """The field of the head or of the row."""
        if problem.code in self.head_places:
            return self.head_places[problem.code]
        if problem.line is None:
            return None
        return self._place_in_row(ROW_PLACES.get(problem.code, "item"), problem.line)


class JournalForm(LinesForm):
    """An inventory journal of one kind, date and reason."""

    parts = {**CODES_AND_QUANTITY, "receipt": RowPart(gettext_lazy("Corrects"), code_field)}
    head_places = {
        "CONFLICT": "number",
        **dict.fromkeys(("PERIOD_CLOSED", "STOCK_PERIOD_CLOSED", "BAD_DATE"), "date"),
        "UNKNOWN_WAREHOUSE": "warehouse",
        "OTHER_COMPANY": "to_warehouse",
        "ACCOUNT_MISSING": "kind",
    }
    field_order = ("kind", "warehouse", "to_warehouse", "date", "number", "reason")

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=JournalLine.Kind.choices, widget=forms.Select(attrs={"class": "form-select"})
    )
    to_warehouse = WarehouseField(
        required=False, label=gettext_lazy("To warehouse"), help_text=gettext_lazy("Of a transfer: where the goods go.")
    )
    date = forms.DateField(label=gettext_lazy("Date"), widget=day_input())
    reason = forms.CharField(
        max_length=200, label=gettext_lazy("Reason"), widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"})
    )

    def rows_to_post(self, opened: datetime, user_id: int) -> list[Row[JournalRow]]:
        """The lines. Of a form that is valid; the number, where none was typed, is that of the moment at which the form was opened."""
        data = self.cleaned_data
        kind, warehouse, target = JournalKind(data["kind"]), data["warehouse"], data["to_warehouse"]
        number = data["number"] or f"{warehouse.code}-{opened:%y%m%d-%H%M%S}-{user_id}"

        def make(place: int, row: Mapping[str, Any]) -> JournalRow:
            receipt = named_receipt(row["receipt"])
            quantity: Decimal = row["quantity"]
            return journal_row(
                *(number, place, kind, warehouse.code, target.code if target else "", row["item"], row["batch"]),
                *(quantity.quantize(Decimal("0.0001")), data["date"], receipt, data["reason"]),
            )

        return self.lines(make)


class ReceiptForm(LinesForm):
    """Goods that come in."""

    parts = {
        **CODES_AND_QUANTITY,
        "unit_cost": RowPart(gettext_lazy("Unit cost"), number_field(6)),
        "expires_on": RowPart(gettext_lazy("Expires on"), lambda: forms.DateField(required=False, widget=day_input())),
    }
    head_places = {
        "CONFLICT": "number",
        **dict.fromkeys(("PERIOD_CLOSED", "STOCK_PERIOD_CLOSED"), "received_at"),
        "UNKNOWN_WAREHOUSE": "warehouse",
        "ACCOUNT_MISSING": "warehouse",
    }
    field_order = ("warehouse", "received_at", "number")

    received_at = forms.DateTimeField(
        label=gettext_lazy("Received at"),
        help_text=gettext_lazy("By the clock of the warehouse's store."),
        input_formats=("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "form-control"}, format="%Y-%m-%dT%H:%M"),
    )

    def received(self) -> datetime:
        """When the goods came, by the clock of the warehouse. Of a form that is valid."""
        warehouse: Warehouse = self.cleaned_data["warehouse"]
        local: datetime = self.cleaned_data["received_at"]
        return local.replace(tzinfo=zones_of_warehouses([warehouse.pk])[warehouse.pk])

    def items_without_cost(self) -> set[str]:
        """Items whose cost was not typed. Of a form that is valid."""
        places = range(1, self.rows_shown + 1)
        return {self.cleaned_data[f"item_{place}"] for place in places if self.cleaned_data.get(f"unit_cost_{place}") is None} - {""}

    def rows_to_post(self, opened: datetime, user_id: int, costs: Mapping[str, Decimal]) -> list[Row[ReceiptRow]]:
        """The lines; what has no cost typed costs what stock costs now. Of a form that is valid."""
        data, at = self.cleaned_data, self.received()
        warehouse: Warehouse = data["warehouse"]
        number = data["number"] or f"{warehouse.code}-{opened:%y%m%d-%H%M%S}-{user_id}"

        def make(place: int, row: Mapping[str, Any]) -> ReceiptRow:
            cost = row["unit_cost"] if row["unit_cost"] is not None else costs.get(row["item"], Decimal(0))
            if row["quantity"] <= 0:
                raise FieldError("BAD_NUMBER", {"value": str(row["quantity"])}, "not_positive", "quantity")
            return receipt_row(
                *(number, place, warehouse.code, row["item"], row["batch"], row["quantity"].quantize(Decimal("0.0001"))),
                *(cost.quantize(Decimal("0.000001")), at, None, row["expires_on"], ""),
            )

        return self.lines(make)
