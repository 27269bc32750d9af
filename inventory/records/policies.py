"""Policy groups of items, and dispositions of batches."""

from collections.abc import Iterable

from django.utils.translation import gettext, gettext_lazy, ngettext

from core.i18n.texts import count_text
from core.lib import parsing
from core.lib.imports import ImportKind
from core.lib.problems import Problem
from core.masterdata.declaration import FieldProblem, MasterColumn, MasterData, Section, Use
from core.masterdata.fields import RuleField, on_off, text_field
from core.masterdata.forms import MasterDataForm
from core.masterdata.words import value_text
from inventory.models import Batch, Disposition, Item, ItemGroup, ItemModelGroup, OnHand, StorageGroup, TrackingGroup
from inventory.rules.file_columns import DISPOSITIONS as FILE
from inventory.rules.master_data import open_sales_problem
from inventory.services.costing import revaluation_refusals, revalue_items
from inventory.services.open_documents import items_with_open_documents
from parameters.records import GENERAL, NAME_HELP, NEVER_CHANGES

NAME = MasterColumn("name", gettext_lazy("Name"))


def code_of(label: object) -> RuleField:
    """The code of a group."""
    return text_field(parsing.code, label=label, help_text=NEVER_CHANGES)


def name_of() -> RuleField:
    """The name of a group."""
    return text_field(parsing.name, blank="", label=gettext_lazy("Name"), help_text=NAME_HELP)


class ItemGroupForm(MasterDataForm):
    code = code_of(gettext_lazy("Item group"))
    name = name_of()

    class Meta:
        model = ItemGroup
        fields = ("code", "name")


ITEM_GROUPS = MasterData(
    slug="item-groups",
    model=ItemGroup,
    form=ItemGroupForm,
    one=gettext_lazy("Item group"),
    many=gettext_lazy("Item groups"),
    purpose=gettext_lazy("What items are grouped by in lists and reports."),
    sections=(Section(GENERAL, ("code", "name")),),
    columns=(MasterColumn("code", gettext_lazy("Item group")), NAME),
    imports=(ImportKind.ITEMS,),
    uses=(Use(gettext_lazy("Items"), Item, "item_group"),),
)


class ItemModelGroupForm(MasterDataForm):
    code = code_of(gettext_lazy("Item model group"))
    name = name_of()
    negative_physical = on_off(
        label=gettext_lazy("Physical negative inventory"),
        help_text=gettext_lazy("More may be sold than is there; only then can the default batch take what no valid batch covers."),
    )
    negative_financial = on_off(
        label=gettext_lazy("Financial negative inventory"),
        help_text=gettext_lazy("Sales may be valued although the goods are not; normally the same as physical."),
    )

    class Meta:
        model = ItemModelGroup
        fields = ("code", "name", "negative_physical", "negative_financial", "allocation_policy", "costing_method")
        labels = {"allocation_policy": gettext_lazy("Batch choice"), "costing_method": gettext_lazy("Costing method")}
        help_texts = {
            "allocation_policy": gettext_lazy("Which of the valid batches a sale takes first."),
            "costing_method": gettext_lazy("What the cost of goods sold is taken from."),
        }


def of_items(before: ItemModelGroup | None, after: ItemModelGroup) -> Iterable[str]:
    """A policy holds for all items of the group, from the next posting on."""
    policies = ("negative_physical", "negative_financial", "allocation_policy", "costing_method")
    changed = [name for name in policies if before and getattr(before, name) != getattr(after, name)]
    number = Item.objects.filter(model_group=before).count() if before and changed else 0
    for name in changed if number else ():
        column = ItemModelGroup._meta.get_field(name)
        label = ItemModelGroupForm.base_fields[name].label
        yield ngettext(
            "%(policy)s becomes “%(value)s” for %(count)s item, from the next posting on.",
            "%(policy)s becomes “%(value)s” for %(count)s items, from the next posting on.",
            number,
        ) % {"policy": label, "value": value_text(column, getattr(after, name)), "count": count_text(number)}


def costing_can_change(before: ItemModelGroup | None, after: ItemModelGroup) -> Iterable[FieldProblem]:
    """What lies in stock of the items follows another costing method, which has to be posted."""
    if before and before.costing_method != after.costing_method:
        codes = list(Item.objects.filter(model_group=before).values_list("code", flat=True))
        for problem in list(revaluation_refusals(codes).values())[:1]:
            yield FieldProblem("costing_method", problem)


def revalue_group(before: ItemModelGroup, after: ItemModelGroup) -> None:
    """Stock of the items follows."""
    if before.costing_method != after.costing_method:
        revalue_items(list(Item.objects.filter(model_group=after).values_list("pk", flat=True)))


ITEM_MODEL_GROUPS = MasterData(
    slug="item-model-groups",
    model=ItemModelGroup,
    form=ItemModelGroupForm,
    one=gettext_lazy("Item model group"),
    many=gettext_lazy("Item model groups"),
    purpose=gettext_lazy("Stock policies of items: negative inventory, order of batch choice, costing."),
    sections=(
        Section(GENERAL, ("code", "name")),
        Section(gettext_lazy("Inventory policies"), ("negative_physical", "negative_financial")),
        Section(gettext_lazy("Batches and costs"), ("allocation_policy", "costing_method")),
    ),
    columns=(
        MasterColumn("code", gettext_lazy("Item model group")),
        NAME,
        MasterColumn("allocation_policy", gettext_lazy("Batch choice")),
        MasterColumn("negative_physical", gettext_lazy("Physical negative"), wide=True),
        MasterColumn("negative_financial", gettext_lazy("Financial negative"), wide=True),
        MasterColumn("costing_method", gettext_lazy("Costing method"), wide=True),
    ),
    imports=(ImportKind.ITEMS,),
    checks=(costing_can_change,),
    effects=(of_items,),
    after_change=revalue_group,
    uses=(Use(gettext_lazy("Items"), Item, "model_group"),),
)


class TrackingGroupForm(MasterDataForm):
    code = code_of(gettext_lazy("Tracking group"))
    name = name_of()
    batch_active = on_off(
        label=gettext_lazy("Batch numbers"),
        help_text=gettext_lazy("Stock of the items is kept by batch; fixed once one has been in stock."),
    )

    class Meta:
        model = TrackingGroup
        fields = ("code", "name", "batch_active")


def tracking_in_use(before: TrackingGroup | None, after: TrackingGroup) -> Iterable[FieldProblem]:
    """Stock that is there is not counted otherwise."""
    if before and before.batch_active != after.batch_active:
        relied_on = items_with_open_documents(list(Item.objects.filter(tracking_group=before).values_list("pk", flat=True)))
        for item in Item.objects.filter(pk__in=relied_on).order_by("code")[:1]:
            yield FieldProblem("batch_active", open_sales_problem(item.code))
        stocked = OnHand.objects.filter(item__tracking_group=before).select_related("item").first()
        if stocked:
            yield FieldProblem("batch_active", Problem("TRACKING_IN_USE", {"item": stocked.item.code}))


TRACKING_GROUPS = MasterData(
    slug="tracking-groups",
    model=TrackingGroup,
    form=TrackingGroupForm,
    one=gettext_lazy("Tracking group"),
    many=gettext_lazy("Tracking groups"),
    purpose=gettext_lazy("Say whether stock of items is kept by batch."),
    sections=(Section(GENERAL, ("code", "name", "batch_active")),),
    columns=(MasterColumn("code", gettext_lazy("Tracking group")), NAME, MasterColumn("batch_active", gettext_lazy("Batch numbers"))),
    imports=(ImportKind.ITEMS, ImportKind.RECEIPTS),
    checks=(tracking_in_use,),
    uses=(Use(gettext_lazy("Items"), Item, "tracking_group"),),
)


class StorageGroupForm(MasterDataForm):
    code = code_of(gettext_lazy("Storage group"))
    name = name_of()
    wms_enabled = on_off(
        label=gettext_lazy("Use warehouse management processes"),
        help_text=gettext_lazy("With the default batch scope “Advanced warehousing only”, the default batch is used for such items only."),
    )

    class Meta:
        model = StorageGroup
        fields = ("code", "name", "wms_enabled")


def of_stored_items(before: StorageGroup | None, after: StorageGroup) -> Iterable[str]:
    """The flag holds for all items of the group."""
    number = Item.objects.filter(storage_group=before).count() if before and before.wms_enabled != after.wms_enabled else 0
    if number:
        yield ngettext(
            "%(count)s item is handled otherwise from the next posting on.",
            "%(count)s items are handled otherwise from the next posting on.",
            number,
        ) % {"count": count_text(number)}


STORAGE_GROUPS = MasterData(
    slug="storage-groups",
    model=StorageGroup,
    form=StorageGroupForm,
    one=gettext_lazy("Storage group"),
    many=gettext_lazy("Storage groups"),
    purpose=gettext_lazy("Say whether items are handled by warehouse management processes."),
    sections=(Section(GENERAL, ("code", "name", "wms_enabled")),),
    columns=(MasterColumn("code", gettext_lazy("Storage group")), NAME, MasterColumn("wms_enabled", gettext_lazy("Warehouse management"))),
    imports=(ImportKind.ITEMS,),
    effects=(of_stored_items,),
    uses=(Use(gettext_lazy("Items"), Item, "storage_group"),),
)


class DispositionForm(MasterDataForm):
    code = RuleField(FILE.column("disposition"), label=gettext_lazy("Disposition"), help_text=NEVER_CHANGES)
    name = RuleField(FILE.column("name"), label=gettext_lazy("Name"), help_text=NAME_HELP)
    blocks_sale = on_off(
        label=gettext_lazy("Blocks sale"), help_text=gettext_lazy("Batches with this disposition are not valid: posting takes others.")
    )

    class Meta:
        model = Disposition
        fields = ("code", "name", "blocks_sale")


def of_batches(before: Disposition | None, after: Disposition) -> Iterable[str]:
    """All its batches are blocked, or become valid."""
    if not before or before.blocks_sale == after.blocks_sale:
        return
    number = Batch.objects.filter(disposition=before).count()
    stocked = OnHand.objects.filter(batch__disposition=before, physical__gt=0).values("batch").distinct().count()
    if not number:
        return
    what = (
        ngettext("%(count)s batch becomes blocked for sale", "%(count)s batches become blocked for sale", number)
        if after.blocks_sale
        else ngettext("%(count)s batch may be sold again", "%(count)s batches may be sold again", number)
    ) % {"count": count_text(number)}
    yield gettext("%(what)s, %(stocked)s of them in stock.") % {"what": what, "stocked": count_text(stocked)}


DISPOSITIONS = MasterData(
    slug="dispositions",
    model=Disposition,
    form=DispositionForm,
    one=gettext_lazy("Disposition"),
    many=gettext_lazy("Dispositions"),
    purpose=gettext_lazy("States of batches, some of which block their sale."),
    sections=(Section(GENERAL, ("code", "name", "blocks_sale")),),
    columns=(MasterColumn("code", gettext_lazy("Disposition")), NAME, MasterColumn("blocks_sale", gettext_lazy("Blocks sale"))),
    imports=(ImportKind.DISPOSITIONS,),
    effects=(of_batches,),
    uses=(Use(gettext_lazy("Batches"), Batch, "disposition"),),
)
