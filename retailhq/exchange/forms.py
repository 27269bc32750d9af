"""The form of an import: the kind and the file."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext, gettext_lazy

from core.i18n.messages import render
from retailhq.exchange.rules.shipped_profiles import SHIPPED
from retailhq.exchange.services.files import KINDS, TRANSACTIONS

KIND_NAMES = {
    "legal-entities": gettext_lazy("Legal entities"),
    "warehouses": gettext_lazy("Warehouses"),
    "stores": gettext_lazy("Stores"),
    "customers": gettext_lazy("Customers"),
    "items": gettext_lazy("Items"),
    "dispositions": gettext_lazy("Batch dispositions"),
    "unit-conversions": gettext_lazy("Unit conversions"),
    "receipts": gettext_lazy("Receipts of goods"),
    "journals": gettext_lazy("Inventory journals"),
    "transactions": gettext_lazy("POS transactions"),
    "customer-orders": gettext_lazy("Customer orders"),
}
# In the order in which a new company loads them: each kind names rows of those before it.
KIND_CHOICES = tuple((kind, KIND_NAMES[kind]) for kind in sorted(KINDS, key=list(KIND_NAMES).index))


class ImportForm(forms.Form):
    """What to import. The file itself is looked at by the check."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What the file holds"),
        choices=[("", gettext_lazy("Choose")), *KIND_CHOICES],
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": gettext_lazy("Say what the file holds."), "invalid_choice": gettext_lazy("Choose one of the list.")},
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"class": "form-control", "accept": ".csv,.tsv,.xlsx,.xml,.gz,.ndjson,.json,.txt"}),
        error_messages={"required": gettext_lazy("Choose a file."), "max_length": gettext_lazy("The name of the file is too long.")},
        max_length=200,
    )

    profile = forms.ChoiceField(
        label=gettext_lazy("How it is written"),
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": gettext_lazy("Choose one of the list.")},
    )
    replace = forms.BooleanField(
        label=gettext_lazy("Replace what is not posted yet"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )

    def __init__(self, *arguments: Any, too_large: bool = False, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.too_large = too_large
        choices = [("", gettext("As our own files")), *((code, render(profile.name)) for code, profile in SHIPPED.items())]
        self.fields["profile"].choices = choices  # type: ignore[attr-defined]
        for name in ("kind", "file", "profile", "replace"):
            self.fields[name].widget.attrs["aria-describedby"] = f"{name}-help"

    def full_clean(self) -> None:
        """A file that was cut off at the limit is not missing but too large."""
        super().full_clean()
        if self.is_bound and self.too_large:
            self.errors.pop("file", None)
            self.add_error("file", too_large_text())

    def clean(self) -> dict[str, Any]:
        """Only transactions can be replaced."""
        cleaned = super().clean() or {}
        if cleaned.get("replace") and cleaned.get("kind", TRANSACTIONS) != TRANSACTIONS:
            self.add_error("replace", gettext("REPLACE_NOT_POSSIBLE: only POS transactions can be replaced; leave it off."))
        return cleaned

    def clean_file(self) -> "UploadedFile[bytes]":
        """Not empty."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if not file.size:
            raise forms.ValidationError(gettext("The file is empty."), code="FILE_EMPTY")
        return file


def too_large_text() -> str:
    """What is said of a file beyond the limit."""
    return gettext("FILE_TOO_LARGE: the file is larger than %(limit)s MB. Pack it with gzip or split it.") % {
        "limit": settings.UPLOAD_LIMIT_MB
    }
