"""Items, unit conversions and batches."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from core.i18n.messages import render
from core.i18n.texts import decimal_text
from core.lib import parsing
from core.lib.imports import ImportKind
from core.lib.parsing import FieldError
from core.masterdata.declaration import FieldProblem, MasterColumn, MasterData, Section, Use
from core.masterdata.fields import Choice, CodeOf, RuleField, number_input, text_field
from core.masterdata.forms import MasterDataForm
from core.tables.filters import date_input
from inventory.models import Batch, Disposition, Item, ItemGroup, ItemModelGroup, OnHand, StorageGroup, TrackingGroup, UnitConversion
from inventory.queries.imports import barcode_owners
from inventory.queries.named import conversions_between
from inventory.rules.barcodes import barcode, barcode_refusals
from inventory.rules.file_columns import ITEMS as FILE
from inventory.rules.file_columns import UNIT_CONVERSIONS as CONVERSIONS_FILE
from inventory.rules.file_columns import UnitConversionRow, unit_conversion_row
from inventory.rules.master_data import (
    BatchDates,
    Counted,
    batch_problem,
    by_pair,
    conversion_problem,
    item_problem,
    kind_problem,
    open_sales_problem,
)
from inventory.services.costing import revaluation_refusals, revalue_items
from inventory.services.open_documents import items_with_documents, items_with_open_documents, units_on_open_documents
from parameters.models import Unit
from parameters.records import GENERAL, NAME_HELP, NEVER_CHANGES


class ItemForm(MasterDataForm):
    code = RuleField(FILE.column("item"), label=gettext_lazy("Item"), help_text=NEVER_CHANGES)
    name = RuleField(FILE.column("name"), label=gettext_lazy("Name"), help_text=NAME_HELP)
    item_group = Choice(ItemGroup, label=gettext_lazy("Item group"), help_text=gettext_lazy("What it is grouped by in lists and reports."))
    unit = Choice(
        Unit, label=gettext_lazy("Unit"), help_text=gettext_lazy("What stock is counted in; fixed once the item has been in stock.")
    )
    model_group = Choice(
        ItemModelGroup,
        label=gettext_lazy("Item model group"),
        help_text=gettext_lazy("Negative inventory, order of batch choice, costing."),
    )
    tracking_group = Choice(
        TrackingGroup,
        label=gettext_lazy("Tracking group"),
        help_text=gettext_lazy("Whether stock is kept by batch; fixed once the item has been in stock."),
    )
    storage_group = Choice(
        StorageGroup, label=gettext_lazy("Storage group"), help_text=gettext_lazy("Whether warehouse management processes handle it.")
    )
    shelf_life_days = RuleField(
        FILE.column("shelf_life_days"),
        label=gettext_lazy("Shelf life in days"),
        help_text=gettext_lazy("From production to expiry, for batches that come in without an expiry date. Blank: none."),
        widget=number_input("numeric"),
    )
    # A file keeps what is there where it gives none; here a blank takes it away.
    barcode = text_field(
        barcode,
        blank="",
        label=gettext_lazy("Barcode"),
        help_text=gettext_lazy("What a scanner reads on the goods, such as a GTIN. Blank: none."),
    )
    standard_cost = RuleField(
        FILE.column("standard_cost"),
        label=gettext_lazy("Standard cost"),
        help_text=gettext_lazy("What one unit costs; what lies in stock is revalued at once, sales posted from now on are valued with it."),
        widget=number_input(),
    )

    class Meta:
        model = Item
        fields = (
            *("code", "name", "item_group", "unit", "model_group", "tracking_group", "storage_group"),
            *("shelf_life_days", "standard_cost", "kind", "barcode"),
        )
        labels = {"kind": gettext_lazy("Kind")}
        help_texts = {"kind": gettext_lazy("Only stocked goods move stock; a sold gift card is owed to whoever brings it.")}


def counted(item: Item) -> Counted:
    """How stock of the item is counted."""
    return Counted(item.unit_id, item.tracking_group.batch_active)


def item_in_use(before: Item | None, after: Item) -> Iterable[FieldProblem]:
    """Stock that is there, and sales and orders that are open, are not counted otherwise."""
    problem = item_problem(before.code, counted(before), counted(after)) if before else None
    if before is None:
        return
    in_stock = OnHand.objects.filter(item=before).exists()
    if problem:
        place = "unit" if before.unit_id != after.unit_id else "tracking_group"
        if in_stock:
            yield FieldProblem(place, problem)
        if items_with_open_documents([before.pk]):
            yield FieldProblem(place, open_sales_problem(before.code))
    problem = kind_problem(before.code, before.kind, after.kind)
    if problem and (in_stock or items_with_documents([before.pk])):
        yield FieldProblem("kind", problem)


def barcode_is_free(before: Item | None, after: Item) -> Iterable[FieldProblem]:
    """A scan names one item only."""
    if after.barcode:
        for _, problem in barcode_refusals([(after.code, after.barcode)], barcode_owners([after.barcode])):
            yield FieldProblem("barcode", problem)


def can_be_revalued(before: Item | None, after: Item) -> Iterable[FieldProblem]:
    """What lies in stock follows a new cost, which has to be posted."""
    if before and cost_differs(before, after):
        for problem in revaluation_refusals([before.code]).values():
            yield FieldProblem("standard_cost" if before.standard_cost != after.standard_cost else "model_group", problem)


def cost_differs(before: Item, after: Item) -> bool:
    """Whether stock of the item is valued otherwise."""
    return before.standard_cost != after.standard_cost or before.model_group.costing_method != after.model_group.costing_method


def revalue(before: Item, after: Item) -> None:
    """Stock follows."""
    if cost_differs(before, after):
        revalue_items([after.pk])


ITEMS = MasterData(
    slug="items",
    model=Item,
    form=ItemForm,
    one=gettext_lazy("Item"),
    many=gettext_lazy("Items"),
    purpose=gettext_lazy("What is sold and stocked."),
    sections=(
        Section(GENERAL, ("code", "name", "item_group", "unit", "kind", "barcode")),
        Section(gettext_lazy("Policies"), ("model_group", "tracking_group", "storage_group")),
        Section(gettext_lazy("Batches and costs"), ("shelf_life_days", "standard_cost")),
    ),
    columns=(
        MasterColumn("code", gettext_lazy("Item")),
        MasterColumn("name", gettext_lazy("Name")),
        MasterColumn("item_group", gettext_lazy("Item group")),
        MasterColumn("unit", gettext_lazy("Unit"), wide=True),
        MasterColumn("model_group", gettext_lazy("Item model group"), wide=True),
        MasterColumn("tracking_group", gettext_lazy("Tracking group"), wide=True),
        MasterColumn("standard_cost", gettext_lazy("Standard cost"), wide=True),
    ),
    related=("item_group", "unit", "model_group", "tracking_group", "storage_group"),
    imports=(ImportKind.ITEMS, ImportKind.RECEIPTS),
    search=("code", "name", "barcode"),
    checks=(item_in_use, barcode_is_free, can_be_revalued),
    after_change=revalue,
    uses=(
        Use(gettext_lazy("Batches"), Batch, "item"),
        Use(gettext_lazy("Warehouses and batches in stock"), OnHand, "item"),
        Use(gettext_lazy("Unit conversions"), UnitConversion, "item"),
    ),
)


class UnitConversionForm(MasterDataForm):
    fixed = ("item", "from_unit", "to_unit")
    item = CodeOf(
        Item,
        missing="UNKNOWN_ITEM",
        required=False,
        label=gettext_lazy("Item"),
        help_text=gettext_lazy("The item's code. Blank: for all items."),
    )
    from_unit = Choice(Unit, label=gettext_lazy("From unit"), help_text=gettext_lazy("One of these is so many of the other."))
    to_unit = Choice(Unit, label=gettext_lazy("To unit"), help_text=gettext_lazy("The unit that one of the first is turned into."))
    factor = RuleField(
        CONVERSIONS_FILE.column("factor"),
        label=gettext_lazy("Factor"),
        help_text=gettext_lazy("How many. Sales that are validated from now on use it."),
        widget=number_input(),
    )

    denominator = RuleField(
        CONVERSIONS_FILE.column("denominator"),
        label=gettext_lazy("Denominator"),
        help_text=gettext_lazy("So many of the first unit are the factor of the second: 1 and 12 for a dozen in pieces. Blank: 1."),
        widget=number_input(),
    )

    class Meta:
        model = UnitConversion
        fields = ("item", "from_unit", "to_unit", "factor", "denominator")

    def clean(self) -> dict[str, Any]:
        """The rule of the whole row."""
        cleaned = super().clean()
        if not self.errors:
            item = cleaned["item"].code if cleaned["item"] else ""
            try:
                unit_conversion_row(item, cleaned["from_unit"].code, cleaned["to_unit"].code, cleaned["factor"], cleaned["denominator"])
            except FieldError as error:
                self.add_error("to_unit", ValidationError(render(error.message), code=error.code))
        return cleaned


def conversion_in_use(before: UnitConversion | None, after: UnitConversion) -> Iterable[FieldProblem]:
    """Quantities that sales and orders which are open counted stay what they are."""
    units = {after.from_unit_id, after.to_unit_id}
    used = by_pair(units_on_open_documents(units))
    if used:
        item = after.item.code if after.item else ""
        wanted = UnitConversionRow(item, after.from_unit_id, after.to_unit_id, after.factor, after.denominator)
        conversions = conversions_between(units, {one.item for of_pair in used.values() for one in of_pair})
        if problem := conversion_problem(conversions, wanted, used):
            yield FieldProblem("factor", problem)


UNIT_CONVERSIONS = MasterData(
    slug="unit-conversions",
    model=UnitConversion,
    form=UnitConversionForm,
    one=gettext_lazy("Unit conversion"),
    many=gettext_lazy("Unit conversions"),
    purpose=gettext_lazy("How many of one unit another one is, for all items or for one; each serves both ways."),
    sections=(Section(GENERAL, ("item", "from_unit", "to_unit", "factor", "denominator")),),
    columns=(
        MasterColumn("from_unit", gettext_lazy("From unit")),
        MasterColumn("to_unit", gettext_lazy("To unit")),
        MasterColumn("factor", gettext_lazy("Factor")),
        MasterColumn("denominator", gettext_lazy("Denominator")),
        MasterColumn("item", gettext_lazy("Item")),
    ),
    search=("item__code", "from_unit__code", "to_unit__code"),
    order=("from_unit", "to_unit"),
    related=("item", "from_unit", "to_unit"),
    imports=(ImportKind.UNIT_CONVERSIONS,),
    checks=(conversion_in_use,),
)


def batch_day(text: str) -> date | None:
    """A date whose year can be meant, None for one that stands for no date. Raises FieldError."""
    found = parsing.day_or_none(text)
    return found and parsing.usable_day(found)


class BatchForm(MasterDataForm):
    fixed = ("item", "number")
    item = CodeOf(Item, missing="UNKNOWN_ITEM", label=gettext_lazy("Item"), help_text=gettext_lazy("A batch belongs to one item for good."))
    number = text_field(parsing.code, label=gettext_lazy("Batch"), help_text=gettext_lazy("As it stands on the goods; it never changes."))
    manufactured_on = text_field(
        batch_day, blank=None, label=gettext_lazy("Manufactured on"), help_text=gettext_lazy("When it was made."), widget=date_input()
    )
    best_before = text_field(
        batch_day,
        blank=None,
        label=gettext_lazy("Best before"),
        help_text=gettext_lazy("For people; posting goes by expiry."),
        widget=date_input(),
    )
    expires_on = text_field(
        batch_day,
        blank=None,
        label=gettext_lazy("Expires on"),
        help_text=gettext_lazy("Sales after it take other batches; “first expired, first out” goes by it."),
        widget=date_input(),
    )
    disposition = Choice(
        Disposition, label=gettext_lazy("Disposition"), help_text=gettext_lazy("Some dispositions block the sale of a batch.")
    )

    class Meta:
        model = Batch
        fields = ("item", "number", "manufactured_on", "best_before", "expires_on", "disposition")


def batch_fits(before: Batch | None, after: Batch) -> Iterable[FieldProblem]:
    """Dates go together, and the default batch stays what it is."""
    dates = BatchDates(after.manufactured_on, after.best_before, after.expires_on)
    problem = batch_problem(after.number, after.is_default_batch, dates, after.disposition.blocks_sale)
    if problem:
        contradicting = (
            "best_before" if dates.best_before and dates.manufactured_on and dates.best_before < dates.manufactured_on else "expires_on"
        )
        on_disposition = after.is_default_batch and not any(dates)
        yield FieldProblem("disposition" if on_disposition else contradicting, problem)


def of_stock(before: Batch | None, after: Batch) -> Iterable[str]:
    """What is in stock can no longer be sold, or again."""
    if not before or before.disposition.blocks_sale == after.disposition.blocks_sale:
        return
    rows = list(OnHand.objects.filter(batch=before, physical__gt=0).values_list("physical", flat=True))
    if rows:
        figures = {"quantity": decimal_text(sum(rows[1:], rows[0])), "unit": before.item.unit_id, "count": len(rows)}
        yield (
            gettext("%(quantity)s %(unit)s in %(count)s warehouses can no longer be sold.")
            if after.disposition.blocks_sale
            else gettext("%(quantity)s %(unit)s in %(count)s warehouses can be sold again.")
        ) % figures


BATCHES = MasterData(
    slug="batches",
    model=Batch,
    form=BatchForm,
    one=gettext_lazy("Batch"),
    many=gettext_lazy("Batches"),
    purpose=gettext_lazy("Units of an item that share origin and dates. They come in with goods."),
    sections=(
        Section(GENERAL, ("item", "number", "disposition")),
        Section(gettext_lazy("Dates"), ("manufactured_on", "best_before", "expires_on")),
    ),
    columns=(),
    search=("number",),
    order=("item", "number"),
    related=("item", "disposition"),
    may_add=False,
    imports=(ImportKind.RECEIPTS, ImportKind.BATCHES),
    checks=(batch_fits,),
    effects=(of_stock,),
    uses=(Use(gettext_lazy("Warehouses with stock"), OnHand, "batch"),),
    pages={"list": "inventory:batches", "edit": "inventory:batch_edit", "history": "inventory:batch_history"},
)
