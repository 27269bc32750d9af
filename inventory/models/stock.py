"""Warehouses, items and their policy groups, batches, stock and what moved it; no rules."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy
from simple_history.models import HistoricalRecords

from core.db.fields import active_field, code_field, money_field, name_field, price_field, quantity_field
from parameters.models import LegalEntity, Unit


class Site(models.Model):
    """Parent of warehouses; its code is known within its legal entity."""

    code = code_field()
    name = name_field()
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, db_index=False)
    is_active = active_field()
    history = HistoricalRecords()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("legal_entity", "code"), name="site_once_per_legal_entity"),)

    def __str__(self) -> str:
        return self.code


class Warehouse(models.Model):
    """A place that holds stock; postings of one warehouse form one partition.

    The two store flags allow negative stock for retail postings from here, whatever the item says.
    """

    code = code_field(unique=True)
    name = name_field()
    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT)
    wms_enabled = models.BooleanField(gettext_lazy("Use warehouse management processes"), default=False)
    store_negative_physical = models.BooleanField(gettext_lazy("Store: physical negative inventory"), default=False)
    store_negative_financial = models.BooleanField(gettext_lazy("Store: financial negative inventory"), default=False)
    location_plate_controlled = models.BooleanField(gettext_lazy("Default issue location is license plate controlled"), default=False)
    is_active = active_field()
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.code


class ItemGroup(models.Model):
    """A group of items for reporting and posting."""

    code = code_field(unique=True)
    name = name_field()
    is_active = active_field()
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.code


class ItemModelGroup(models.Model):
    """Stock policy of items: negative inventory, order of batch choice, costing."""

    class AllocationPolicy(models.TextChoices):
        FEFO = "fefo", gettext_lazy("First expired, first out")
        FIFO = "fifo", gettext_lazy("First in, first out")
        LIFO = "lifo", gettext_lazy("Last in, first out")
        BATCH_NUMBER = "batch_number", gettext_lazy("Lowest batch number")

    class CostingMethod(models.TextChoices):
        STANDARD = "standard", gettext_lazy("Standard cost")
        MOVING_AVERAGE = "moving_average", gettext_lazy("Moving average per warehouse")

    code = code_field(unique=True)
    name = name_field()
    negative_physical = models.BooleanField(gettext_lazy("Physical negative inventory"), default=False)
    negative_financial = models.BooleanField(gettext_lazy("Financial negative inventory"), default=False)
    allocation_policy = models.CharField(max_length=15, choices=AllocationPolicy, default=AllocationPolicy.FEFO)
    costing_method = models.CharField(max_length=15, choices=CostingMethod, default=CostingMethod.STANDARD)
    is_active = active_field()
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.code


class TrackingGroup(models.Model):
    """Says whether items carry batch numbers."""

    code = code_field(unique=True)
    name = name_field()
    batch_active = models.BooleanField(default=False)
    is_active = active_field()
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.code


class StorageGroup(models.Model):
    """Says whether items are handled by warehouse management processes."""

    code = code_field(unique=True)
    name = name_field()
    wms_enabled = models.BooleanField(default=False)
    is_active = active_field()
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.code


class Item(models.Model):
    """Something sold, counted in `unit`; only what is of the kind `stocked` moves stock. A sold gift card is owed, not earned."""

    class Kind(models.TextChoices):
        STOCKED = "stocked", gettext_lazy("Stocked goods")
        GIFT_CARD = "gift_card", gettext_lazy("Gift card")
        SERVICE = "service", gettext_lazy("Service")

    code = code_field(unique=True)
    name = name_field()
    item_group = models.ForeignKey(ItemGroup, on_delete=models.PROTECT)
    model_group = models.ForeignKey(ItemModelGroup, on_delete=models.PROTECT)
    tracking_group = models.ForeignKey(TrackingGroup, on_delete=models.PROTECT)
    storage_group = models.ForeignKey(StorageGroup, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    kind = models.CharField(max_length=9, choices=Kind, default=Kind.STOCKED, db_default=Kind.STOCKED)
    shelf_life_days = models.PositiveIntegerField(null=True, blank=True)
    standard_cost = price_field(default=0)
    # As `canonical_barcode` (inventory/rules/barcodes.py) writes it; blank for none.
    barcode = code_field(blank=True, default="", db_default="")
    is_active = active_field()
    history = HistoricalRecords()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(standard_cost__gte=0), name="standard_cost_not_negative"),
            models.UniqueConstraint(fields=("barcode",), condition=~models.Q(barcode=""), name="barcode_of_one_item"),
        )

    def __str__(self) -> str:
        return self.code


class UnitConversion(models.Model):
    """`denominator` of `from_unit` are `factor` of `to_unit`, a ratio that serves both ways; without an item it holds for all items."""

    item = models.ForeignKey(Item, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    from_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    to_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    factor = models.DecimalField(max_digits=18, decimal_places=6)
    denominator = models.DecimalField(max_digits=18, decimal_places=6, default=1, db_default=1)
    history = HistoricalRecords()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("item", "from_unit", "to_unit"), nulls_distinct=False, name="unit_conversion_once"),
            models.CheckConstraint(condition=models.Q(factor__gt=0, denominator__gt=0), name="unit_conversion_positive"),
        )

    def __str__(self) -> str:
        return f"{self.from_unit_id} -> {self.to_unit_id}"


class Disposition(models.Model):
    """A state of a batch that may block its sale."""

    code = code_field(unique=True)
    name = name_field()
    blocks_sale = models.BooleanField(default=False)
    is_active = active_field()
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.code


class Batch(models.Model):
    """Units of one item that share origin and dates; the key is item and number together.

    The one of a default batch id (`is_default_batch`) has no dates and is never chosen as a real batch.
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    number = code_field()
    manufactured_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    best_before = models.DateField(null=True, blank=True)
    disposition = models.ForeignKey(Disposition, on_delete=models.PROTECT, db_constraint=False)
    is_default_batch = models.BooleanField(default=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name_plural = gettext_lazy("batches")
        constraints = (models.UniqueConstraint(fields=("item", "number"), name="batch_once_per_item"),)
        indexes = (
            # Reader: the search palette and the list of batches look for the beginning of a batch number, whatever the item.
            models.Index(fields=("number",), opclasses=("varchar_pattern_ops",), name="batch_number_search"),
            # Reader: the list of batches by expiry.
            models.Index(fields=("expires_on", "id"), name="batch_expires_on"),
        )

    def __str__(self) -> str:
        return self.number


class OnHand(models.Model):
    """Stock of an item, and of a batch of it where it is tracked, in a warehouse, in the item's unit.

    It is the sum of its inventory transactions (`check_integrity` proves it). It never goes negative unless a posting that was allowed
    to do so set `negative_allowed`.

    `is_default` marks the row of a default batch. There stock and debt are one book (docs/domain.md#batch-debt): triggers on BatchDebt and
    BatchCredit keep `open_debt`, `open_credit` and `physical`, and the table refuses a row where they disagree.
    """

    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    # Readers: stock of an item in all warehouses; stock of a batch.
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False)
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False)
    physical = quantity_field(default=0)
    reserved = quantity_field(default=0)
    negative_allowed = models.BooleanField(default=False)
    first_received_at = models.DateTimeField(null=True, blank=True)
    is_default = models.BooleanField(default=False, db_default=False)
    open_debt = quantity_field(default=0, db_default=0)
    open_credit = quantity_field(default=0, db_default=0)

    class Meta:
        verbose_name_plural = gettext_lazy("on-hand")
        constraints = (
            # Leads with warehouse and item, so it also serves the lock and the load of posting.
            models.UniqueConstraint(fields=("warehouse", "item", "batch"), nulls_distinct=False, name="on_hand_once"),
            models.CheckConstraint(condition=models.Q(physical__gte=0) | models.Q(negative_allowed=True), name="on_hand_not_negative"),
            models.CheckConstraint(condition=models.Q(reserved__gte=0), name="reserved_not_negative"),
            models.CheckConstraint(
                condition=models.Q(open_debt=0, open_credit__gte=0) | models.Q(open_credit=0, open_debt__gte=0),
                name="debt_or_credit_never_both",
            ),
            models.CheckConstraint(
                condition=models.Q(is_default=False, open_debt=0, open_credit=0)
                | models.Q(is_default=True, physical=models.F("open_credit") - models.F("open_debt")),
                name="default_batch_is_credit_less_debt",
            ),
        )
        # Reader: the list of negative stock. By the flag, not by the quantity: an index on what changes with every posting would make each
        # update of stock dearer.
        indexes = (models.Index(fields=("warehouse", "item"), condition=models.Q(negative_allowed=True), name="on_hand_may_be_negative"),)

    def __str__(self) -> str:
        return f"{self.warehouse_id}/{self.item_id}/{self.batch_id}"


class ReservedChange(models.Model):
    """What was reserved of an on-hand row before it changed, written by a trigger; only ever added to.

    Its key comes from the sequence of inventory transactions. Whoever moves or reserves stock holds the on-hand row first, so that the
    keys of movements and of these rows together say in which order they happened, and what was reserved when a line was decided.
    """

    id = models.BigIntegerField(primary_key=True)
    on_hand = models.ForeignKey(OnHand, on_delete=models.CASCADE, db_index=False)
    before = quantity_field()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        # Reader: what was reserved before a movement (why this batch).
        indexes = (models.Index(fields=("on_hand", "id"), name="reserved_change_of_row"),)

    def __str__(self) -> str:
        return f"{self.on_hand_id}/{self.id}"


class WarehouseItemCost(models.Model):
    """What stock of an item in a warehouse is worth: quantity over all batches, value, unit cost and how it is found.

    `value` is the sum of the costs of its inventory transactions and always `quantity` times `unit_cost`, rounded to the cent
    (`check_integrity` proves both). `averaged_after` is the last inventory transaction before it went from standard cost to moving average:
    receipts up to there keep what they cost. Whoever moves stock of the item holds this row first, before any on-hand row.
    """

    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    # No index of its own: a change of an item, which is rare, goes through the warehouses. With one, chunks of posting took it in place of
    # the unique key, and went through the item's rows in all warehouses for each of theirs.
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    quantity = quantity_field(default=0)
    value = money_field(default=0)
    unit_cost = models.DecimalField(max_digits=24, decimal_places=12)
    moving_average = models.BooleanField(default=False)
    averaged_after = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("warehouse", "item"), name="item_cost_once"),)

    def __str__(self) -> str:
        return f"{self.warehouse_id}/{self.item_id}"


class ReceiptLine(models.Model):
    """Goods that came into a warehouse, as registered; (receipt, line number) is its key within the warehouse's company."""

    receipt = code_field()
    line_number = models.PositiveIntegerField()
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    quantity = quantity_field()
    unit_cost = price_field()
    received_at = models.DateTimeField()
    content_hash = models.UUIDField()
    registered_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("receipt", "line_number", "legal_entity"), name="receipt_line_once"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="receipt_quantity_positive"),
            models.CheckConstraint(condition=models.Q(unit_cost__gte=0), name="receipt_cost_not_negative"),
        )
        indexes = (
            # Readers: an import asks whether the same delivery came in under another number; the list of receipts of an item.
            models.Index(fields=("item", "received_at"), name="receipt_line_of_delivery"),
            # Readers: the list of receipts, newest first, of all warehouses and of one.
            models.Index(fields=("received_at", "id"), name="receipt_line_newest"),
            models.Index(fields=("warehouse", "received_at", "id"), name="receipt_line_place"),
            # Reader: what arrived of a batch (recall); rows without one would only swell it.
            models.Index(fields=("batch",), condition=models.Q(batch__isnull=False), name="receipt_line_batch"),
        )

    def __str__(self) -> str:
        return f"{self.receipt}/{self.line_number}"


class InventoryTransaction(models.Model):
    """One movement of stock, receipts positive, issues negative; never changed (docs/adr/0004-references-of-big-tables.md).

    (source_kind, source_id, batch) is its natural key: a step that runs twice moves nothing twice.
    """

    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    quantity = quantity_field()
    date = models.DateField()
    source_kind = models.PositiveSmallIntegerField()
    source_id = models.BigIntegerField()
    cost_amount = money_field()
    posted_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("source_kind", "source_id", "batch"), nulls_distinct=False, name="inventory_transaction_once"),
        )
        # Reader: history of an item in a warehouse, newest first, and the recount of check_integrity.
        indexes = (
            models.Index(fields=("item", "warehouse", "id"), name="inventory_transaction_item"),
            # Readers: the list of inventory transactions, newest date first, of all warehouses and of one. Cost in docs/benchmarks.md, S8.
            models.Index(fields=("date", "id"), name="inventory_transaction_by_date"),
            models.Index(fields=("warehouse", "date", "id"), name="inventory_transaction_place"),
        )

    def __str__(self) -> str:
        return f"{self.source_kind}/{self.source_id}"


class CostAdjustment(models.Model):
    """A change of the value of stock although nothing moved, and why; its amount stands on an inventory transaction of quantity 0.

    A positive amount makes stock dearer. Never changed.
    """

    class Reason(models.TextChoices):
        STANDARD_CHANGED = "standard_changed", gettext_lazy("The standard cost or the costing method changed")
        ISSUED_BELOW_ZERO = "issued_below_zero", gettext_lazy("Goods came in for what was issued below zero")
        RETURNED_AT_ITS_COST = "returned_at_its_cost", gettext_lazy("Goods came back at the cost that they left with")
        REVERSED_AT_ITS_COST = "reversed_at_its_cost", gettext_lazy("A posting was reversed at the cost that it was made with")
        RECEIPT_CORRECTED = "receipt_corrected", gettext_lazy("Goods of a receipt went out again at what they had cost")
        TRANSFERRED = "transferred", gettext_lazy("Goods came from another warehouse at the cost that they left it with")

    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT)
    date = models.DateField()
    reason = models.CharField(max_length=20, choices=Reason)
    quantity = quantity_field()
    unit_cost = models.DecimalField(max_digits=24, decimal_places=12)
    amount = money_field()
    source_kind = models.PositiveSmallIntegerField()
    source_id = models.BigIntegerField()
    posted_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.warehouse_id}/{self.item_id}/{self.amount}"


class BatchDebt(models.Model):
    """A quantity that went out on the default batch because no valid batch was found; open until real batches take its place.

    `sold_at` is the instant of the sale, `reason` why no real batch served it (`Reason` of inventory/rules/stock.py).
    """

    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT)
    source_kind = models.PositiveSmallIntegerField()
    source_id = models.BigIntegerField()
    quantity = quantity_field()
    open_quantity = quantity_field()
    business_date = models.DateField()
    unit_cost = price_field(default=0)
    sold_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=20, blank=True, default="", db_default="")
    opened_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("source_kind", "source_id"), name="batch_debt_once"),
            models.CheckConstraint(
                condition=models.Q(open_quantity__gte=0) & models.Q(open_quantity__lte=models.F("quantity")),
                name="batch_debt_open_in_range",
            ),
        )
        indexes = (
            # Reader: Home sums what is open by item; all it needs stands in the index.
            models.Index(
                fields=("warehouse", "item"), include=("open_quantity", "unit_cost", "business_date"),
                condition=models.Q(open_quantity__gt=0), name="batch_debt_open",
            ),
            # Reader: Home counts the lines that went to a default batch by day.
            models.Index(fields=("warehouse", "business_date"), name="batch_debt_day"),
            # Reader: the list of open debt, oldest first.
            models.Index(fields=("business_date", "id"), condition=models.Q(open_quantity__gt=0), name="batch_debt_oldest"),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.source_kind}/{self.source_id}"


class BatchCredit(models.Model):
    """A quantity that came back to the default batch of a place where nothing was owed; open until a sale takes it from there."""

    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    item = models.ForeignKey(Item, on_delete=models.PROTECT)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT)
    source_kind = models.PositiveSmallIntegerField()
    source_id = models.BigIntegerField()
    quantity = quantity_field()
    open_quantity = quantity_field()
    business_date = models.DateField()
    opened_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            # A line may return to the default batches of several numbers.
            models.UniqueConstraint(fields=("source_kind", "source_id", "batch"), name="batch_credit_once"),
            models.CheckConstraint(
                condition=models.Q(open_quantity__gte=0) & models.Q(open_quantity__lte=models.F("quantity")),
                name="batch_credit_open_in_range",
            ),
        )
        # Reader: a sale takes the oldest open credit of the place.
        indexes = (models.Index(fields=("warehouse", "item"), condition=models.Q(open_quantity__gt=0), name="batch_credit_open"),)

    def __str__(self) -> str:
        return f"{self.source_kind}/{self.source_id}"


class DefaultStockUse(models.Model):
    """A line paid so much of a batch debt, or took so much of a credit; a reversal of the line opens it again.

    Uses of before this was kept are not there. Of a use whose debt or credit is reversed something else comes in its place.
    """

    debt = models.ForeignKey(BatchDebt, null=True, on_delete=models.CASCADE, related_name="uses")
    credit = models.ForeignKey(BatchCredit, null=True, on_delete=models.CASCADE, related_name="uses")
    source_kind = models.PositiveSmallIntegerField()
    source_id = models.BigIntegerField()
    quantity = quantity_field()
    business_date = models.DateField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(debt__isnull=True, credit__isnull=False) | models.Q(debt__isnull=False, credit__isnull=True),
                name="default_stock_use_of_one",
            ),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="default_stock_use_positive"),
        )
        # Reader: a reversal asks what a line used.
        indexes = (models.Index(fields=("source_kind", "source_id"), name="default_stock_use_of_line"),)

    def __str__(self) -> str:
        return f"{self.source_kind}/{self.source_id}"
