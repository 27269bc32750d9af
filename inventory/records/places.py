"""Sites and warehouses."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy

from core.lib import parsing
from core.lib.imports import ImportKind
from core.lib.problems import Problem
from core.masterdata.declaration import FieldProblem, MasterColumn, MasterData, Section, Use, of_company
from core.masterdata.fields import Choice, RuleField, on_off, text_field
from core.masterdata.forms import MasterDataForm
from inventory.models import OnHand, Site, Warehouse
from inventory.rules.file_columns import WAREHOUSES as FILE
from parameters.records import GENERAL, NAME_HELP, NEVER_CHANGES


class SiteForm(MasterDataForm):
    code = text_field(parsing.code, label=gettext_lazy("Site"), help_text=NEVER_CHANGES)
    name = text_field(parsing.name, blank="", label=gettext_lazy("Name"), help_text=NAME_HELP)

    class Meta:
        model = Site
        fields = ("code", "name")


SITES = MasterData(
    slug="sites",
    model=Site,
    form=SiteForm,
    one=gettext_lazy("Site"),
    many=gettext_lazy("Sites"),
    purpose=gettext_lazy("Groups of warehouses."),
    sections=(Section(GENERAL, ("code", "name")),),
    columns=(MasterColumn("code", gettext_lazy("Site")), MasterColumn("name", gettext_lazy("Name"))),
    within=of_company,
    owned=True,
    imports=(ImportKind.WAREHOUSES,),
    uses=(Use(gettext_lazy("Warehouses"), Warehouse, "site"),),
)


class WarehouseForm(MasterDataForm):
    code = RuleField(FILE.column("warehouse"), label=gettext_lazy("Warehouse"), help_text=NEVER_CHANGES)
    name = RuleField(FILE.column("name"), label=gettext_lazy("Name"), help_text=NAME_HELP)
    site = Choice(
        Site, company="legal_entity", label=gettext_lazy("Site"), help_text=gettext_lazy("The site that the warehouse belongs to.")
    )
    wms_enabled = on_off(
        label=gettext_lazy("Use warehouse management processes"),
        help_text=gettext_lazy(
            "With the default batch scope “Advanced warehousing only”, the default batch is used in such warehouses only."
        ),
    )
    store_negative_physical = on_off(
        label=gettext_lazy("Store: physical negative inventory"),
        help_text=gettext_lazy("Sales of stores may take more than is there, whatever the item says; so the default batch can be used."),
    )
    store_negative_financial = on_off(
        label=gettext_lazy("Store: financial negative inventory"),
        help_text=gettext_lazy("Sales of stores may be valued although the goods are not; normally the same as physical."),
    )
    location_plate_controlled = on_off(
        label=gettext_lazy("Default issue location is license plate controlled"),
        help_text=gettext_lazy("Goods would have to be issued by license plate, so sales of stores cannot be posted from here."),
    )

    class Meta:
        model = Warehouse
        fields = (
            *("code", "name", "site", "wms_enabled"),
            *("store_negative_physical", "store_negative_financial", "location_plate_controlled"),
        )


def site_fits(before: Warehouse | None, after: Warehouse) -> Iterable[FieldProblem]:
    """Site and warehouse keep the same books."""
    if after.site.legal_entity_id != after.legal_entity_id:
        yield FieldProblem("site", Problem("SITE_OF_OTHER_COMPANY", {"site": after.site.code}))


WAREHOUSES = MasterData(
    slug="warehouses",
    model=Warehouse,
    form=WarehouseForm,
    one=gettext_lazy("Warehouse"),
    many=gettext_lazy("Warehouses"),
    purpose=gettext_lazy("Places that hold stock. Each store sells from one."),
    sections=(
        Section(GENERAL, ("code", "name", "site")),
        Section(gettext_lazy("Retail"), ("store_negative_physical", "store_negative_financial")),
        Section(gettext_lazy("Warehouse management"), ("wms_enabled", "location_plate_controlled")),
    ),
    columns=(
        MasterColumn("code", gettext_lazy("Warehouse")),
        MasterColumn("name", gettext_lazy("Name")),
        MasterColumn("site", gettext_lazy("Site")),
        MasterColumn("store_negative_physical", gettext_lazy("Store: negative"), wide=True),
        MasterColumn("wms_enabled", gettext_lazy("Warehouse management"), wide=True),
    ),
    related=("site",),
    within=lambda scope: scope.warehouses(""),
    owned=True,
    imports=(ImportKind.WAREHOUSES,),
    checks=(site_fits,),
    uses=(Use(gettext_lazy("Items and batches in stock"), OnHand, "warehouse"),),
)
