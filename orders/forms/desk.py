"""The form of the order desk: head, lines, payments. Blank lines are passed over; problems of services stand at their row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from core.access.access import Access
from core.i18n.messages import render
from core.i18n.texts import decimal_text
from core.lib.decimals import ZERO, fits
from core.lib.parsing import MONEY_PLACES, FieldError
from core.lib.problems import Problem
from core.ui.form_fields import CodeField, NumberField, ProblemForm
from core.ui.line_rows import MOST_ROWS
from core.ui.suggestions import suggest
from inventory.rules.barcodes import item_code
from inventory.services.scans import ScannedLine, scanned_line, scans_among
from orders.forms.action_forms import CARD_CODES, PAYMENT_CODES, PAYMENTS, MethodField, card_field, payment_rows
from orders.models import CustomerOrder, Store
from orders.queries.desk import ItemAtDesk, items_of_rows
from orders.rules.edits import LineEdit, OrderEdit
from orders.rules.place_orders import NewLine, NewOrder
from orders.rules.till_lines import OrderPaymentData
from orders.words import MODES
from parameters.models import Currency

PARTS = ("item", "quantity", "unit", "price", "discount", "tax", "batch", "delivery", "gift_card")
# What a line that the order has keeps.
FIXED_PARTS = frozenset(("item", "unit", "batch", "gift_card"))
# Where in the head a problem belongs; those of lines stand at the part of their row, else at its item.
HEAD_PLACES = {
    **dict.fromkeys(("UNKNOWN_CUSTOMER", "CUSTOMER_BLOCKED"), "customer"),
    **dict.fromkeys(("UNKNOWN_STORE", "WAREHOUSE_MISSING", "OTHER_STORE", "WRONG_CURRENCY"), "store"),
    "CONFLICT": "number",
    **dict.fromkeys(PAYMENT_CODES, "amount_1"),
}
LINE_PLACES = {
    **dict.fromkeys(("BAD_QUANTITY", "QUANTITY_NOT_OPEN", "PARTLY_DONE", "IN_FULFILMENT"), "quantity"),
    "NO_UNIT_CONVERSION": "unit",
    **dict.fromkeys(("LINE_AMOUNTS", "TOO_LARGE"), "price"),
    "DELIVERY_MODE_OFF": "delivery",
    "GIFT_CARD_MISPLACED": "gift_card",
    "UNKNOWN_BATCH": "batch",
}


class StoreField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A store of the person."""

    def to_python(self, value: Any) -> Any:
        """The store; what PostgreSQL cannot even compare is none."""
        if isinstance(value, str) and not value.isprintable():
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": ""})
        return super().to_python(value)

    def label_from_instance(self, obj: Store) -> str:
        return f"{obj.code} {obj.name}".strip()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the form: its fields by part, and the line that it shows where the order has it already."""

    place: int
    fields: Mapping[str, BoundField]
    number: int | None
    text: str
    unit: str
    batch: str = ""
    about: ItemAtDesk | None = None
    is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A line that the order has: its item does not change, and a blank quantity takes it off."""

    number: int
    item: str
    text: str
    unit: str
    values: Mapping[str, Any]
    batch: str = ""


class DeskForm(ProblemForm):
    """Takes an order, or changes one where `kept` are its lines."""

    store = StoreField(queryset=Store.objects.none(), to_field_name="code", label=gettext_lazy("Store"), empty_label="")
    number = CodeField(
        required=False,
        label=gettext_lazy("Order number"),
        help_text=gettext_lazy("Blank: the order gets a number of the store and the moment."),
    )
    customer = CodeField(
        required=False, label=gettext_lazy("Customer"), help_text=gettext_lazy("Blank: the walk-in customer of the store.")
    )
    delivery = forms.ChoiceField(
        label=gettext_lazy("Delivery mode"),
        choices=tuple(MODES.items()),
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text=gettext_lazy("How the goods reach the customer; a line may say otherwise. What is carried out is invoiced at once."),
    )
    override = forms.BooleanField(
        required=False,
        label=gettext_lazy("Take it with less than the deposit"),
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )

    def __init__(
        self, *args: Any, access: Access, rows: int, kept: Sequence[KeptLine] = (), currency: Currency | None = None, **options: Any
    ) -> None:
        """`currency` is that of the order that is edited; a new order has that of its store."""
        super().__init__(*args, **options)
        self.currency = currency
        self.kept = list(kept)
        self.rows_shown = min(max(rows, len(self.kept) + 1), MOST_ROWS)
        self.row_of: dict[int, int] = {}
        self.scans: dict[int, ScannedLine] = {}
        self.named_items: Mapping[int, str] = {}
        self.known_items: Mapping[str, ItemAtDesk] = {}
        stores = self.fields["store"]
        assert isinstance(stores, StoreField)
        stores.queryset = Store.objects.filter(access.scope.stores(""), is_active=True).select_related("currency").order_by("code")
        stores.widget.attrs["class"] = "form-select"
        if currency:
            for name in ("store", "number"):
                del self.fields[name]
        if not access.has("orders.override_deposit"):
            del self.fields["override"]
        suggest(self.fields["customer"], "customer", reverse("customer_orders:suggestions"), "[name=customer]")
        for place in range(1, self.rows_shown + 1):
            self._add_row(place, self.kept[place - 1] if place <= len(self.kept) else None)
        for number in range(1, PAYMENTS + 1):
            self.fields[f"method_{number}"] = MethodField(required=False, label=gettext("Payment %(n)s") % {"n": number})
            self.fields[f"amount_{number}"] = NumberField(MONEY_PLACES, required=False, label=gettext("Amount %(n)s") % {"n": number})
            self.fields[f"card_{number}"] = CodeField(required=False, label=gettext("Gift card %(n)s") % {"n": number})

    def _add_row(self, place: int, line: KeptLine | None) -> None:
        labels = {
            "item": gettext("Item"),
            "quantity": gettext("Quantity"),
            "unit": gettext("Unit"),
            "price": gettext("Price"),
            "discount": gettext("Discount"),
            "tax": gettext("Tax"),
            "batch": gettext("Batch"),
            "delivery": gettext("Delivery"),
            "gift_card": gettext("Gift card"),
        }
        made: dict[str, forms.Field] = {
            "item": CodeField(item_code, required=False),
            "quantity": NumberField(4, required=False),
            "unit": CodeField(required=False),
            "price": NumberField(6, required=False),
            "discount": NumberField(MONEY_PLACES, required=False),
            "tax": NumberField(MONEY_PLACES, required=False),
            "batch": CodeField(required=False),
            "delivery": forms.ChoiceField(
                required=False, choices=(("", gettext("as the order")), *MODES.items()), widget=forms.Select(attrs={"class": "form-select"})
            ),
            "gift_card": CodeField(required=False),
        }
        for part, field in made.items():
            if line is not None and part in FIXED_PARTS:
                continue
            if part in {"item", "batch"}:
                include = f"[name=item_{place}], [name=batch_{place}], [name=store]"
                suggest(field, part, reverse("customer_orders:suggestions"), include, place)
            field.label = gettext("Line %(number)s: %(part)s") % {"number": line.number if line else place, "part": labels[part]}
            if line is not None:
                field.initial = line.values.get(part)
            self.fields[f"{part}_{place}"] = field

    def edit(self, order: CustomerOrder, units: Mapping[str, str], after: int) -> OrderEdit:
        """What was changed of the order, None for what stays; new lines are numbered from `after` on. Of a form that is valid."""
        data, initial = self.cleaned_data, self.initial
        changes, removed = [], []
        for place, line in enumerate(self.kept, 1):
            self.row_of[line.number] = place
            typed = {part: data.get(f"{part}_{place}") for part in ("quantity", "price", "discount", "tax")}
            if not typed["quantity"]:
                removed.append(line.number)
                continue
            news: dict[str, Any] = {part: value or ZERO for part, value in typed.items() if (value or ZERO) != line.values[part]}
            mode = data[f"delivery_{place}"]
            if mode != line.values["delivery"]:
                news["delivery"] = mode or data["delivery"]
            if news:
                changes.append(LineEdit(line.number, **news))
        return OrderEdit(
            lines=tuple(changes),
            added=self.new_lines(data["delivery"], units, order.currency.decimals, after),
            removed=tuple(removed),
            customer=None if data["customer"] == initial["customer"] else data["customer"],
            delivery=None if data["delivery"] == initial["delivery"] else data["delivery"],
            payments=self.payments(),
        )

    def explain_rows(self, access: Access, store: str) -> None:
        """Looks up what the rows name, to be shown beside them. Of a form that was checked; four queries."""
        self.named_items = self.items_by_row()
        self.known_items = items_of_rows(access, store, set(self.named_items.values())) if self.named_items else {}

    @property
    def rows(self) -> list[Row]:
        """Rows with their fields."""
        found = []
        for place in range(1, self.rows_shown + 1):
            line = self.kept[place - 1] if place <= len(self.kept) else None
            bound = {part: self[f"{part}_{place}"] for part in PARTS if f"{part}_{place}" in self.fields}
            if line is None:
                about = self.known_items.get(self.named_items.get(place, ""))
                found.append(Row(place, bound, None, "", "", about=about, is_unknown=place in self.named_items and about is None))
            else:
                found.append(Row(place, bound, line.number, line.text, line.unit, line.batch))
        return found

    @property
    def payment_rows(self) -> list[tuple[BoundField, BoundField, BoundField]]:
        """Method, amount and gift card, side by side."""
        return payment_rows(self)

    def clean(self) -> dict[str, Any]:
        """A row that says anything must say item, quantity and price; a payment is a method with an amount."""
        data = super().clean() or self.cleaned_data
        for place in range(len(self.kept) + 1, self.rows_shown + 1):
            if self.is_blank(place):
                continue
            self._fill_in_scan(data, place)
            for part in ("item", "quantity", "price"):
                name = f"{part}_{place}"
                if data.get(name) in (None, "") and name not in self.errors:
                    self.add_error(name, gettext("Fill this in, or clear the whole line."))
        for place in range(1, len(self.kept) + 1):
            if f"price_{place}" not in self.errors and data.get(f"price_{place}") is None:
                self.add_error(f"price_{place}", gettext("Give the price; a blank quantity takes the line off."))
        for number in range(1, PAYMENTS + 1):
            method, amount = f"method_{number}", f"amount_{number}"
            if {method, amount}.isdisjoint(self.errors):
                if data.get(amount) and not data.get(method):
                    self.add_error(method, gettext("Choose how this amount is paid."))
                elif data.get(method) and not data.get(amount):
                    self.add_error(amount, gettext("Give the amount that is paid this way."))
        self._check_decimals(data)
        return data

    def _fill_in_scan(self, data: dict[str, Any], place: int) -> None:
        """What a 2D code said stands in the field of the item: the line is of its item, and captures its batch."""
        item = f"item_{place}"
        if scans_among([data.get(item) or ""]):
            try:
                self.scans[place] = scanned_line(data[item], "", data.get(f"batch_{place}") or "")
            except FieldError as error:
                self.add_error(item, ValidationError(render(error.at(gettext("Item")).message), code=error.code))
            else:
                data[item] = self.scans[place].item

    def _check_decimals(self, data: Mapping[str, Any]) -> None:
        """Amounts have no more decimals than the currency of the order."""
        currency = self.currency or (data["store"].currency if data.get("store") else None)
        if currency is None:
            return
        for part, code in (("discount", "LINE_AMOUNTS"), ("tax", "LINE_AMOUNTS"), ("amount", "BAD_PAYMENT")):
            for name in [name for name in self.fields if name.startswith(f"{part}_")]:
                amount = data.get(name)
                if amount and not fits(amount, currency.decimals):
                    text = gettext("%(amount)s has more decimals than the %(decimals)s of %(currency)s; round it.")
                    said = {"amount": decimal_text(amount), "decimals": currency.decimals, "currency": currency.code}
                    self.add_error(name, ValidationError(text % said, code=code))

    def is_blank(self, place: int) -> bool:
        """Whether nothing was typed in the row."""
        return not any(str(self.data.get(f"{part}_{place}", "")).strip() for part in PARTS if part != "delivery")

    def place_of(self, problem: Problem) -> str | None:
        """The field of the row, of the head or of the payments; the list on top where there is none."""
        if problem.line in self.row_of:
            place = self.row_of[problem.line]
            wanted = (f"{LINE_PLACES.get(problem.code, 'item')}_{place}", f"quantity_{place}")
            return next((name for name in wanted if name in self.fields), None)
        if problem.code in CARD_CODES:
            return card_field(self, problem)
        name = HEAD_PLACES.get(problem.code) or problem.field
        return name if name in self.fields else None

    @property
    def may_override(self) -> bool:
        """Whether somebody who may asked for it. Of a form that is valid."""
        return bool(self.cleaned_data.get("override"))

    def payments(self) -> tuple[OrderPaymentData, ...]:
        """What is paid. Of a form that is valid."""
        return tuple(
            OrderPaymentData(
                *(number, self.cleaned_data[f"method_{number}"].code, self.cleaned_data[f"amount_{number}"]),
                self.cleaned_data[f"card_{number}"],
            )
            for number in range(1, PAYMENTS + 1)
            if self.cleaned_data.get(f"amount_{number}")
        )

    def new_lines(self, delivery: str, units: Mapping[str, str], decimals: int, after: int = 0) -> tuple[NewLine, ...]:
        """Rows that are not lines yet, numbered from `after` on; a blank unit is the item's own. Of a form that is valid."""
        lines: list[NewLine] = []
        for place in range(len(self.kept) + 1, self.rows_shown + 1):
            if self.is_blank(place):
                continue
            item, quantity, unit, price, discount, tax, batch, mode, card = (self.cleaned_data[f"{part}_{place}"] for part in PARTS)
            number = after + len(lines) + 1
            self.row_of[number] = place
            net = net_of(quantity, price, discount or ZERO, decimals)
            unit = unit or units.get(item, "")
            amounts = (price, discount or ZERO, net, tax or ZERO)
            scan = self.scans.get(place)
            batch, expires_on = (batch or scan.batch, scan.expires_on) if scan else (batch, None)
            lines.append(NewLine(number, item, quantity, unit, *amounts, batch, mode or delivery, None, card, expires_on))
        return tuple(lines)

    def items(self) -> set[str]:
        """Items of rows that are not lines yet, whatever else is wrong with them."""
        return set(self.items_by_row().values())

    def typed_order(self) -> NewOrder | None:
        """The order as far as it can be read, to say what it comes to; None without a store or a whole line. Of a form that was checked."""
        places = [place for place in range(1, self.rows_shown + 1) if not self.is_blank(place)]
        named = [f"{part}_{place}" for place in places for part in PARTS]
        if not places or not self.errors.keys().isdisjoint({"store", "delivery", *named}):
            return None
        store, mode = self.cleaned_data["store"], self.cleaned_data["delivery"]
        lines = self.new_lines(mode, {}, store.currency.decimals)
        return NewOrder("", store.code, "", timezone.now(), mode, store.currency_id, "", lines, (), ZERO, ZERO, ZERO).as_lines_come_to()

    def items_by_row(self) -> dict[int, str]:
        """What rows that are not lines yet name as their item. Of a form that was checked."""
        places = range(len(self.kept) + 1, self.rows_shown + 1)
        return {place: item for place in places if (item := self.cleaned_data.get(f"item_{place}"))}

    def new_order(self, opened: datetime, user_id: int, units: Mapping[str, str]) -> NewOrder:
        """The order. Of a form that is valid; its number, where none was typed, is that of the moment at which the form was opened."""
        data = self.cleaned_data
        store: Store = data["store"]
        lines = self.new_lines(data["delivery"], units, store.currency.decimals)
        net, tax = sum((line.net for line in lines), ZERO), sum((line.tax for line in lines), ZERO)
        number = data["number"] or f"{store.code}-{opened:%y%m%d-%H%M%S}-{user_id}"
        head = (number, store.code, data["customer"], opened, data["delivery"], store.currency_id, "")
        return NewOrder(*head, lines, self.payments(), net, tax, net + tax)


def net_of(quantity: Decimal, price: Decimal, discount: Decimal, decimals: int) -> Decimal:
    """What a line comes to before tax, rounded half up to the currency."""
    return (quantity * price).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) - discount
