"""The form of a new token."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from core.access.access import Access
from core.api.models import Token
from core.api.services import TokenRequest
from core.tables.filters import date_input
from orders.forms.store_fields import StoresField, all_stores_field, offer_own_stores

# What a till needs; the rest is given on purpose.
OF_A_TILL = [Token.Verb.SEND_TRANSACTIONS, Token.Verb.PLACE_ORDERS, Token.Verb.VIEW_ORDERS, Token.Verb.DELIVER_ORDERS]


class TokenForm(forms.Form):
    """Name, verbs, stores and end of a token."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=60,
        help_text=gettext_lazy("What calls with it, such as the till of a store. It stands in histories as token:name."),
    )
    verbs = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        choices=Token.Verb.choices,
        initial=OF_A_TILL,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one.")},
    )
    all_stores = all_stores_field()
    stores = StoresField(
        help_text=gettext_lazy("What calls may be about, unless it is all stores."),
    )
    expires_on = forms.DateField(
        label=gettext_lazy("Last day (UTC)"),
        required=False,
        widget=date_input(),
        help_text=gettext_lazy("Without a day it works until it is revoked."),
    )

    def __init__(self, *arguments: Any, giver: Access, **options: Any) -> None:
        super().__init__(*arguments, **options)
        offer_own_stores(self, giver)
        for name, field in self.fields.items():
            if isinstance(field.widget, forms.TextInput | forms.DateInput):
                field.widget.attrs |= {"class": "form-control", "autocomplete": "off"}
            elif name == "stores":
                field.widget.attrs |= {"class": "form-select", "size": 8}

    def clean_name(self) -> str:
        """A name that no other token ever had: histories tell tokens apart by it."""
        name = str(self.cleaned_data["name"])
        if not name.isprintable():
            raise forms.ValidationError(gettext("The name holds characters that cannot be printed."))
        if Token.objects.filter(name__iexact=name).exists():
            raise forms.ValidationError(gettext("There is a token of this name already; revoked ones count too."))
        return name

    def clean_expires_on(self) -> datetime | None:
        """The moment at which the day ends."""
        day = self.cleaned_data["expires_on"]
        if day is None:
            return None
        if day < timezone.now().date() or day.year > 2199:
            raise forms.ValidationError(gettext("Choose a day from today on."))
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))

    def clean(self) -> dict[str, Any]:
        """Some store, or all of them: a token for none could do nothing."""
        data = super().clean() or self.cleaned_data
        if not data.get("all_stores") and not data.get("stores") and "stores" not in self.errors:
            self.add_error("stores", gettext("Choose the stores, or all stores."))
        return data

    def wanted(self) -> TokenRequest:
        """The values as the service takes them."""
        data = self.cleaned_data
        return TokenRequest(data["name"], data["verbs"], data["all_stores"], [store.code for store in data["stores"]], data["expires_on"])
