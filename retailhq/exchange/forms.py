"""The form of an import: the kind and the file."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext, gettext_lazy

from core.i18n.messages import render
from core.lib import parsing
from core.lib.parsing import FieldError
from core.lib.problems import Problem
from core.lib.reading_profiles import ColumnSource
from core.masterdata.fields import number_input, on_off, text_field
from core.ui.form_fields import ProblemForm
from orders.rules.file_columns import time_zone
from retailhq.exchange.models import ImportProfile
from retailhq.exchange.names import KIND_NAMES
from retailhq.exchange.rules.mapping_text import read_pairs, row_number, write_mapping
from retailhq.exchange.rules.shipped_profiles import PLAIN_FILES, SHIPPED
from retailhq.exchange.services.files import KINDS, TRANSACTIONS
from retailhq.exchange.services.profiles import all_profiles

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
        own, shipped = partition_profiles()
        self.fields["profile"].choices = [  # type: ignore[attr-defined]
            ("", gettext("As files of this name were last time, else as our own")),
            (PLAIN_FILES, gettext("As our own files")),
            *([(gettext("Made here"), own)] if own else []),
            (gettext("Shipped"), shipped),
        ]
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


class ColumnsForm(forms.Form):
    """How a file is written and which of its columns is which: what is saved becomes a profile.

    `columns` are ours, `header` the names in the file. Each of ours has the column that it is read from, a constant, and what values are
    called with us.
    """

    code = text_field(
        parsing.code,
        required=False,
        label=gettext_lazy("Profile"),
        help_text=gettext_lazy("A short code that the wizard and --profile name it by."),
    )
    name = text_field(parsing.name, blank="", label=gettext_lazy("Name"), help_text=gettext_lazy("What people read. Blank: the code."))
    delimiter = forms.ChoiceField(label=gettext_lazy("Columns are parted by"), required=False, choices=ImportProfile.Delimiter.choices)
    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"), required=False, choices=ImportProfile.Encoding.choices)
    decimal_sign = forms.ChoiceField(label=gettext_lazy("Decimal sign"), choices=ImportProfile.DecimalSign.choices)
    date_order = forms.ChoiceField(label=gettext_lazy("Dates"), choices=ImportProfile.DateOrder.choices)
    time_zone = text_field(
        time_zone,
        blank="",
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("Of moments without offset, such as Europe/Berlin. Blank: transactions take that of their store."),
    )
    header_row = text_field(
        row_number,
        blank=0,
        label=gettext_lazy("Row of the column names"),
        help_text=gettext_lazy("0: the first one that is filled; titles above the names are passed over."),
        widget=number_input("numeric"),
    )
    groups_thousands = on_off(label=gettext_lazy("1,000 is a thousand"))
    has_money_signs = on_off(label=gettext_lazy("Take $, € and the like off amounts"))

    def __init__(self, *arguments: Any, kind: str, columns: Sequence[str], header: Sequence[str], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.kind, self.columns = kind, columns
        names = [("", gettext("not in the file")), *((name, name) for name in dict.fromkeys(header) if name)]
        for column in columns:
            words = {"column": column}
            select = forms.Select(choices=names, attrs={"class": "form-select", "aria-label": gettext("Column for %(column)s") % words})
            self.fields[f"from-{column}"] = forms.CharField(required=False, max_length=500, widget=select)
            for part, text in (("always", gettext("Constant for %(column)s")), ("values", gettext("Values of %(column)s"))):
                attributes = {"class": "form-control", "aria-label": text % words, "autocomplete": "off"}
                self.fields[f"{part}-{column}"] = forms.CharField(
                    required=False, max_length=2_000, widget=forms.TextInput(attrs=attributes)
                )
        for name in ("code", "name", *FORMAT_FIELDS):
            widget = self.fields[name].widget
            if not isinstance(widget, forms.CheckboxInput):
                widget.attrs["class"] = "form-select" if isinstance(widget, forms.Select) else "form-control"
            else:
                widget.attrs["class"] = "form-check-input"

    @property
    def rows(self) -> list[tuple[str, forms.BoundField, forms.BoundField, forms.BoundField]]:
        """Our columns, each with its three fields."""
        return [(column, self[f"from-{column}"], self[f"always-{column}"], self[f"values-{column}"]) for column in self.columns]

    @property
    def format_fields(self) -> list[forms.BoundField]:
        """How the file is written."""
        return [self[name] for name in FORMAT_FIELDS]

    @property
    def mapping(self) -> str:
        """The lines of the mapping; none where every column is read from the one that has its name."""
        sources: dict[str, ColumnSource] = {}
        for column in self.columns:
            header, always = self.cleaned_data[f"from-{column}"], self.cleaned_data[f"always-{column}"].replace('"', "").strip()
            if header or always:
                # A joined source of a profile that is changed stands in the list as it is written.
                headers = tuple(header.removesuffix(" ?").split(" + ")) if header else ()
                values = dict(read_pairs(self.cleaned_data[f"values-{column}"]))
                sources[column] = ColumnSource(headers, always, header.endswith(" ?"), values)
        return write_mapping(sources)

    def clean(self) -> dict[str, Any]:
        """Values that can be read."""
        cleaned = super().clean() or {}
        for column in self.columns:
            try:
                read_pairs(cleaned.get(f"values-{column}", ""))
            except FieldError as error:
                self.add_error(f"values-{column}", forms.ValidationError(render(error.at(column).message), code=error.code))
        if self.data.get("action") == "save" and not cleaned.get("code") and "code" not in self.errors:
            self.add_error("code", forms.ValidationError(gettext("Give the profile a code."), code="MISSING_FIELD"))
        return cleaned

    def profile_row(self) -> ImportProfile:
        """The profile that the form describes, not saved."""
        code = self.cleaned_data["code"] or ""
        return ImportProfile(code=code, **self.profile_values())

    def profile_values(self) -> dict[str, Any]:
        """The values of its columns, all but the code."""
        name = self.cleaned_data["name"] or self.cleaned_data["code"] or ""
        return {"name": name, "kind": self.kind, "mapping": self.mapping, **{name: self.cleaned_data[name] for name in FORMAT_FIELDS}}


FORMAT_FIELDS = (
    *("delimiter", "encoding", "header_row", "decimal_sign", "date_order", "time_zone"),
    *("groups_thousands", "has_money_signs"),
)


def partition_profiles() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Profiles as choices: those made here, and those that are shipped. One query."""
    own: list[tuple[str, str]] = []
    shipped: list[tuple[str, str]] = []
    for code, profile in all_profiles().items():
        (shipped if SHIPPED.get(code) is profile else own).append((code, render(profile.name)))
    return own, shipped


class PeriodForm(ProblemForm):
    """First and last day of evidence of a period."""

    first = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"})
    )
    last = forms.DateField(
        label=gettext_lazy("Last day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"})
    )

    def clean(self) -> dict[str, Any]:
        """The days in their order."""
        found = super().clean() or {}
        first, last = found.get("first"), found.get("last")
        if first and last and first > last:
            self.add_problems([Problem("DATES_REVERSED", {"first": first, "last": last}, "last")])
        return found

    def place_of(self, problem: Problem) -> str | None:
        """The last day, where it lies before the first."""
        return "last"
