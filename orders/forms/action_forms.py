"""What people do with a customer order: quantities per line, and how what is due is settled."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext, gettext_lazy

from core.lib.decimals import plain_text
from core.lib.problems import Problem
from core.ui.form_fields import CodeField, NumberField, ProblemForm
from orders.models import PaymentMethod
from orders.queries.customer_orders import Movable
from orders.rules.till_lines import OrderPaymentData

# Longer orders are handled as a whole: nobody types so many quantities.
MOST_LINES = 300
PAYMENTS = 3
NOW, ACCOUNT = "now", "account"
PAYMENT_CODES = {"PAYMENT_INCOMPLETE", "PAYMENT_TOO_HIGH", "BAD_PAYMENT", "UNKNOWN_PAYMENT_METHOD", "DEPOSIT_TOO_LOW"}
CARD_CODES = {"GIFT_CARD_MISPLACED", "UNKNOWN_GIFT_CARD", "GIFT_CARD_SHORT", "GIFT_CARD_BLOCKED"}


class MethodField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the payment methods in use, by its name."""

    def __init__(self, **options: Any) -> None:
        rows = PaymentMethod.objects.filter(is_active=True).exclude(code="on_account").order_by("code")
        super().__init__(rows, empty_label="", widget=forms.Select(attrs={"class": "form-select"}), **options)

    def to_python(self, value: Any) -> Any:
        """The method; what PostgreSQL cannot even compare is none."""
        if isinstance(value, str) and not value.isprintable():
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": ""})
        return super().to_python(value)

    def label_from_instance(self, obj: PaymentMethod) -> str:
        return obj.name or obj.code


def payment_rows(form: forms.Form) -> list[tuple[BoundField, BoundField, BoundField]]:
    """Method, amount and gift card of each payment of a form."""
    return [(form[f"method_{number}"], form[f"amount_{number}"], form[f"card_{number}"]) for number in range(1, PAYMENTS + 1)]


def card_field(form: forms.Form, problem: Problem) -> str:
    """The field of the gift card that a problem is about, else the first one."""
    wanted = problem.params.get("card")
    names = (f"card_{number}" for number in range(1, PAYMENTS + 1))
    return next((name for name in names if wanted and form.cleaned_data.get(name) == wanted), "card_1")


class QuantitiesForm(ProblemForm):
    """A quantity for each line that the verb can move; at first all that it can. A blank or zero leaves the line out."""

    def __init__(self, *args: Any, lines: Sequence[Movable], **options: Any) -> None:
        super().__init__(*args, **options)
        self.whole = len(lines) > MOST_LINES
        self.lines = lines
        for line in () if self.whole else lines:
            self.fields[f"line_{line.number}"] = NumberField(
                4,
                required=False,
                min_value=Decimal(0),
                initial=Decimal(plain_text(line.most)),
                label=gettext("Line %(number)s, %(item)s") % {"number": line.number, "item": line.item},
            )
            if len(line.units) > 1:
                self.fields[f"unit_{line.number}"] = forms.ChoiceField(
                    choices=[(unit, unit) for unit in line.units],
                    required=False,
                    label=gettext("Unit of line %(number)s, %(item)s") % {"number": line.number, "item": line.item},
                    widget=forms.Select(attrs={"class": "form-select"}),
                )

    @property
    def rows(self) -> Iterator[tuple[Movable, BoundField | None, BoundField | None]]:
        """Lines with their fields: quantity, and the unit where there is a choice."""
        for line in self.lines:
            unit = f"unit_{line.number}"
            yield line, None if self.whole else self[f"line_{line.number}"], self[unit] if unit in self.fields else None

    def place_of(self, problem: Problem) -> str | None:
        """The quantity of the line."""
        name = f"line_{problem.line}"
        return name if problem.line is not None and name in self.fields else super().place_of(problem)

    @property
    def quantities(self) -> dict[int, Decimal] | None:
        """What was typed, by line number; None for everything of an order that is too long to type. Of a form that is valid."""
        if self.whole:
            return None
        typed = ((line.number, self.cleaned_data.get(f"line_{line.number}")) for line in self.lines)
        return {number: quantity for number, quantity in typed if quantity}

    def clean(self) -> dict[str, Any]:
        """Something must be left to do."""
        data = super().clean() or self.cleaned_data
        if not self.errors and self.quantities is not None and not self.quantities:
            raise ValidationError(gettext("All quantities are zero; give at least one."), code="BAD_QUANTITY")
        return data


class HandOverForm(QuantitiesForm):
    """Quantities, and how what is due is settled: paid, by up to three methods, or on account."""

    how = forms.ChoiceField(
        label=gettext_lazy("What is due"),
        choices=((NOW, gettext_lazy("Is paid now")), (ACCOUNT, gettext_lazy("Goes on account"))),
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )

    def __init__(self, *args: Any, decimals: int, refund: bool = False, **options: Any) -> None:
        """`decimals` of the order's currency."""
        super().__init__(*args, **options)
        self.decimals = decimals
        self.refund = refund
        for number in range(1, PAYMENTS + 1):
            self.fields[f"method_{number}"] = MethodField(required=False, label=gettext("Payment %(n)s") % {"n": number})
            self.fields[f"amount_{number}"] = NumberField(
                decimals, required=False, min_value=Decimal(1).scaleb(-decimals), label=gettext("Amount %(n)s") % {"n": number}
            )
            self.fields[f"card_{number}"] = CodeField(required=False, label=gettext("Gift card %(n)s") % {"n": number})

    @property
    def payment_rows(self) -> list[tuple[BoundField, BoundField, BoundField]]:
        """Method, amount and gift card, side by side."""
        return payment_rows(self)

    def place_of(self, problem: Problem) -> str | None:
        """Problems of money stand at the first payment, those of a gift card at its number."""
        if problem.code in CARD_CODES:
            return card_field(self, problem)
        return "amount_1" if problem.code in PAYMENT_CODES else super().place_of(problem)

    def clean(self) -> dict[str, Any]:
        """A payment is a method with an amount."""
        data = super().clean()
        for number in range(1, PAYMENTS + 1):
            method, amount = f"method_{number}", f"amount_{number}"
            if data.get("how") == NOW and {method, amount}.isdisjoint(self.errors):
                if data.get(amount) and not data.get(method):
                    self.add_error(method, gettext("Choose how this amount is paid."))
                elif data.get(method) and not data.get(amount):
                    self.add_error(amount, gettext("Give the amount that is paid this way."))
        return data

    @property
    def payments(self) -> tuple[OrderPaymentData, ...] | None:
        """What is paid, refunds negative; None on account. Of a form that is valid."""
        if self.cleaned_data["how"] == ACCOUNT:
            return None
        sign = -1 if self.refund else 1
        return tuple(
            OrderPaymentData(
                *(number, self.cleaned_data[f"method_{number}"].code, sign * self.cleaned_data[f"amount_{number}"]),
                self.cleaned_data[f"card_{number}"],
            )
            for number in range(1, PAYMENTS + 1)
            if self.cleaned_data.get(f"amount_{number}")
        )


class RefundForm(QuantitiesForm):
    """Quantities that are cancelled or come back, and how what is due is paid back."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["refund_method"] = MethodField(
            required=False, label=gettext("Paid back by"), help_text=gettext("May stay blank where nothing is paid back.")
        )

    def place_of(self, problem: Problem) -> str | None:
        """Problems of money stand at the method."""
        return "refund_method" if problem.code in PAYMENT_CODES else super().place_of(problem)

    @property
    def method(self) -> str:
        """The code of the payment method, '' where none was chosen. Of a form that is valid."""
        chosen = self.cleaned_data.get("refund_method")
        return chosen.code if chosen else ""
