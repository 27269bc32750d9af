"""Profiles of imports as records of setup."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.i18n.messages import render
from core.lib import parsing
from core.lib.parsing import FieldError
from core.masterdata.declaration import MasterColumn, MasterData, Section
from core.masterdata.fields import number_input, on_off, text_field
from core.masterdata.forms import MasterDataForm
from orders.rules.file_columns import time_zone
from parameters.records import GENERAL, NAME_HELP
from retailhq.exchange.models import ImportProfile
from retailhq.exchange.names import KIND_NAMES
from retailhq.exchange.rules.mapping_text import mapping_lines, read_mapping, row_number
from retailhq.exchange.rules.shipped_profiles import SHIPPED
from retailhq.exchange.rules.tables import columns_of


class ImportProfileForm(MasterDataForm):
    code = text_field(parsing.code, label=_("Profile"), help_text=_("The wizard and --profile name it by this code, so it never changes."))
    name = text_field(parsing.name, blank="", label=_("Name"), help_text=NAME_HELP)
    kind = forms.ChoiceField(
        label=_("What the files hold"),
        required=False,
        choices=[("", _("Any kind, with our column names")), *KIND_NAMES.items()],
        help_text=_("A profile that says which column is which is for one kind of file."),
    )
    time_zone = text_field(
        time_zone,
        blank="",
        label=_("Time zone"),
        help_text=_("Of moments without offset, such as Europe/Berlin. Blank: transactions take that of their store."),
    )
    header_row = text_field(
        row_number,
        blank=0,
        label=_("Row of the column names"),
        help_text=_("0: the first one that is filled; titles above the names are passed over."),
        widget=number_input("numeric"),
    )
    sheet = text_field(parsing.name, blank="", label=_("Sheet"), help_text=_("Of workbooks. Blank: the first one that is not hidden."))
    groups_thousands = on_off(
        label=_("Groups of thousands"), help_text=_("1,000 is a thousand; otherwise it is refused, as it might be one with decimals.")
    )
    has_money_signs = on_off(label=_("Signs of currencies"), help_text=_("$, € and the like before or behind amounts are taken off."))
    has_serial_dates = on_off(label=_("Dates as numbers"), help_text=_("46357 is read as the day that spreadsheets count so."))
    has_odd_codes = on_off(
        label=_("Odd codes are right"),
        help_text=_("Codes that look damaged by a spreadsheet (5.01E+12, 1-Nov) are kept."),
    )
    turned = on_off(label=_("Sales with minus"), help_text=_("Quantities and amounts of sales have a minus, as in Dynamics 365."))
    mapping = text_field(
        mapping_lines,
        blank="",
        label=_("Columns"),
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "class": "font-monospace"}),
        help_text=_(
            'A line for each of our columns: item = SKU, sold_at = Date + Time, unit = "pcs", method = Payment ? "card"; Cash > cash. '
            "Blank: the file has our names."
        ),
    )

    class Meta:
        model = ImportProfile
        fields = (
            *(
                "code",
                "name",
                "kind",
                "delimiter",
                "encoding",
                "header_row",
                "sheet",
                "decimal_sign",
                "groups_thousands",
                "has_money_signs",
            ),
            *("date_order", "time_zone", "has_serial_dates", "has_odd_codes", "turned", "mapping"),
        )
        labels = {
            "delimiter": _("Columns are parted by"),
            "encoding": _("Encoding"),
            "decimal_sign": _("Decimal sign"),
            "date_order": _("Dates"),
        }
        help_texts = {
            "delimiter": _("Of files of text; a workbook has columns by itself."),
            "encoding": _("Of files of text."),
            "decimal_sign": _("What stands before the decimals of numbers."),
            "date_order": _("Which part of a date is the day; 2017-12-31 and dates with the name of their month are always understood."),
        }

    def clean_code(self) -> str:
        """Not that of a shipped profile, which would vanish behind it."""
        code: str = self.cleaned_data["code"]
        if self.is_new and code in SHIPPED:
            raise ValidationError(render_taken(code), code="BAD_VALUE")
        return code

    def clean(self) -> dict[str, Any]:
        """A mapping whose lines can be read."""
        cleaned = super().clean()
        text, kind = cleaned.get("mapping") or "", cleaned.get("kind") or ""
        try:
            read_mapping(text, kind, columns_of(kind))
        except FieldError as error:
            self.add_error("mapping", ValidationError(render(error.at(str(self.fields["mapping"].label)).message), code=error.code))
        return cleaned


def render_taken(code: str) -> str:
    """What is said of a code that a shipped profile has."""
    return render(FieldError("BAD_VALUE", {"value": parsing.shown(code)}, "shipped_profile").message)


IMPORT_PROFILES = MasterData(
    slug="import-profiles",
    model=ImportProfile,
    form=ImportProfileForm,
    one=_("Import profile"),
    many=_("Import profiles"),
    purpose=_("How files of other programs are written, and which of their columns is which of ours."),
    sections=(
        Section(GENERAL, ("code", "name", "kind")),
        Section(_("File"), ("delimiter", "encoding", "header_row", "sheet")),
        Section(
            _("Numbers and dates"), ("decimal_sign", "groups_thousands", "has_money_signs", "date_order", "time_zone", "has_serial_dates")
        ),
        Section(_("Columns"), ("mapping", "turned", "has_odd_codes")),
    ),
    columns=(
        MasterColumn("code", _("Profile")),
        MasterColumn("name", _("Name")),
        MasterColumn("kind", _("What the files hold"), wide=True),
        MasterColumn("delimiter", _("Columns are parted by"), wide=True),
        MasterColumn("decimal_sign", _("Decimal sign"), wide=True),
        MasterColumn("date_order", _("Dates"), wide=True),
    ),
)
