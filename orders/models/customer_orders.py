"""Orders that customers placed: stages of their lines, reservations, deliveries, payments."""

from decimal import Decimal

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.db.fields import money_field, quantity_field
from core.jobs.queue.models import QueuedDocument
from core.lib.messages import Message, decode_message
from inventory.models import Batch, Item, Warehouse
from inventory.rules.approvals import LONGEST_NOTE
from ledger.models import Voucher
from orders.models.documents import Invoice, SalesOrder, SalesOrderLine
from orders.models.gift_cards import GiftCard
from orders.models.stores import PaymentMethod, Store
from parameters.models import Currency


class CustomerOrder(models.Model):
    """What an order that a customer placed has beside a sales order's head and lines: how it came in, what it comes to, its deposit.

    `version` counts changes, so that a page or till that shows an older one is refused. `content_hash` tells a repeat from a conflict.
    """

    class Channel(models.TextChoices):
        API = "api", gettext_lazy("Till or API")
        WEB = "web", gettext_lazy("Order desk")
        IMPORT = "import", gettext_lazy("Import")

    order = models.OneToOneField(SalesOrder, on_delete=models.PROTECT, primary_key=True, related_name="customer_order")
    channel = models.CharField(max_length=6, choices=Channel)
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT)
    ordered_at = models.DateTimeField()
    delivery = models.CharField(max_length=9)
    net = money_field()
    tax = money_field()
    total = money_field()
    deposit_wanted = money_field(default=0)
    deposit_overridden_by = models.CharField(max_length=150, blank=True, default="")
    deposit_used = money_field(default=0)
    invoiced = money_field(default=0)
    cancelled = money_field(default=0)
    charged = money_field(default=0)
    version = models.PositiveIntegerField(default=1)
    content_hash = models.UUIDField()

    class Meta:
        permissions = (("override_deposit", "Override deposits"), ("reverse_delivery", "Reverse deliveries"))
        constraints = (
            models.CheckConstraint(condition=models.Q(total=models.F("net") + models.F("tax")), name="customer_order_total_adds_up"),
            models.CheckConstraint(condition=models.Q(deposit_used__gte=0, charged__gte=0), name="customer_order_deposit_in_range"),
        )
        # Reader: the list of customer orders, newest first.
        indexes = (models.Index(fields=("ordered_at", "order_id"), name="customer_order_by_time"),)

    def __str__(self) -> str:
        return str(self.order_id)

    @property
    def open_amount(self) -> Decimal:
        """What is still to be invoiced."""
        return self.total - self.invoiced - self.cancelled


class CustomerOrderLine(models.Model):
    """Where the quantity of a customer order's line stands, absolute and in the line's unit; what no stage holds is open.

    `batch` is what the order names itself, `scanned_expiry` what its 2D code said about it, `return_of` the order line that a return
    brings back, `gift_card` the card that it sells, reloads or takes back. Of the line's amounts, `cancelled_stock` (item's unit),
    `cancelled_net` and `cancelled_tax` belong to what was cancelled; like the line itself, they are negative on a return.
    """

    order_line = models.OneToOneField(SalesOrderLine, on_delete=models.PROTECT, primary_key=True, related_name="stages")
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    delivery = models.CharField(max_length=9)
    ordered = quantity_field()
    picked = quantity_field(default=0)
    packed = quantity_field(default=0)
    invoiced = quantity_field(default=0)
    cancelled = quantity_field(default=0)
    cancelled_stock = quantity_field(default=0)
    cancelled_net = money_field(default=0)
    cancelled_tax = money_field(default=0)
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.PROTECT)
    scanned_expiry = models.DateField(null=True, blank=True)
    return_of = models.ForeignKey(SalesOrderLine, null=True, blank=True, on_delete=models.PROTECT, related_name="returned_by")
    gift_card = models.ForeignKey(GiftCard, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="order_lines")

    class Meta:
        # Reader: what orders put on a gift card.
        indexes = (models.Index(fields=("gift_card",), condition=models.Q(gift_card__isnull=False), name="order_line_of_gift_card"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(picked__gte=0, packed__gte=0, invoiced__gte=0, cancelled__gte=0), name="order_stages_not_negative"
            ),
            # The last guard against two tills that hand out the same goods.
            models.CheckConstraint(
                condition=models.Q(ordered__gte=models.F("picked") + models.F("packed") + models.F("invoiced") + models.F("cancelled")),
                name="order_stages_within_ordered",
            ),
        )

    def __str__(self) -> str:
        return str(self.order_line_id)


class Reservation(models.Model):
    """Stock reserved for a line of a customer order, in the item's unit; on-hand carries the sum."""

    order_line = models.ForeignKey(SalesOrderLine, on_delete=models.PROTECT, related_name="reservations", db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    item = models.ForeignKey(Item, on_delete=models.PROTECT)
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.PROTECT)
    ordinal = models.PositiveSmallIntegerField()
    quantity = quantity_field()
    reason = models.CharField(max_length=20)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("order_line", "batch"), nulls_distinct=False, name="reservation_once_per_batch"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="reservation_positive"),
        )

    def __str__(self) -> str:
        return f"{self.order_line_id}/{self.batch_id}"


class ReservationChange(models.Model):
    """What a reservation was before it changed, written by a trigger; zero where there was none. Only ever added to.

    Its key comes from the sequence of inventory transactions, as that of ReservedChange does.
    """

    id = models.BigIntegerField(primary_key=True)
    order_line = models.ForeignKey(SalesOrderLine, on_delete=models.CASCADE, db_index=False)
    batch = models.ForeignKey(Batch, null=True, on_delete=models.CASCADE, db_index=False)
    ordinal = models.PositiveSmallIntegerField()
    before = quantity_field()
    reason = models.CharField(max_length=20)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        # Reader: what was reserved for a line when it was delivered (why this batch).
        indexes = (models.Index(fields=("order_line", "id"), name="reservation_change_of_line"),)

    def __str__(self) -> str:
        return f"{self.order_line_id}/{self.id}"


class Delivery(QueuedDocument):
    """Goods of a customer order that leave (or come back) together and are invoiced together; a document of the posting engine.

    It changes nothing until it is invoiced: stock, stages and ledger follow in one transaction. One that failed keeps its problem and
    gives way to the next request. `rounding` is what payments and deposits left of it within the store's rounding limit, negative where
    more was paid; `on_account` says that nothing was paid with it, so that the rest is owed.
    """

    order = models.ForeignKey(SalesOrder, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    ordinal = models.PositiveIntegerField()
    verb = models.CharField(max_length=10)
    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    day = models.DateField()
    requested_at = models.DateTimeField()
    requested_by = models.CharField(max_length=150)
    on_account = models.BooleanField(default=False)
    rounding = money_field(default=0, db_default=Decimal(0))
    net = money_field()
    tax = money_field()
    line_count = models.PositiveIntegerField()
    invoice = models.OneToOneField(Invoice, null=True, blank=True, on_delete=models.PROTECT)

    class Meta(QueuedDocument.Meta):
        verbose_name_plural = gettext_lazy("deliveries")
        constraints = (
            *QueuedDocument.Meta.constraints,
            models.UniqueConstraint(fields=("order", "ordinal"), name="delivery_once"),
            # Two tills cannot both be handing out the same order.
            models.UniqueConstraint(fields=("order",), condition=models.Q(invoice__isnull=True), name="one_open_delivery_per_order"),
            models.CheckConstraint(condition=models.Q(invoice__isnull=True) | models.Q(work_state=""), name="invoiced_delivery_is_idle"),
        )
        indexes = (
            # Reader: a worker takes the next deliveries of its partitions; the watchdog looks for stale ones.
            models.Index(fields=("warehouse", "day"), condition=models.Q(invoice__isnull=True), name="delivery_in_work"),
        )

    def __str__(self) -> str:
        return f"{self.order_id}/{self.ordinal}"

    @property
    def total(self) -> Decimal:
        return self.net + self.tax


class DeliveryLine(models.Model):
    """What of an order line a delivery moves, with its share of the line's amounts; returns are negative, as on the order."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="lines", db_index=False)
    order_line = models.ForeignKey(SalesOrderLine, on_delete=models.PROTECT)
    quantity = quantity_field()
    stock_quantity = quantity_field()
    net = money_field()
    tax = money_field()
    return_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("delivery", "order_line", "return_of"), nulls_distinct=False, name="delivery_line_once"),
        )

    def __str__(self) -> str:
        return f"{self.delivery_id}/{self.order_line_id}"


class OrderPayment(models.Model):
    """Money that a customer paid for an order, or got back (negative): deposits before a delivery, payments with one."""

    class Kind(models.TextChoices):
        DEPOSIT = "deposit", gettext_lazy("Deposit")
        PAYMENT = "payment", gettext_lazy("Payment")
        REFUND = "refund", gettext_lazy("Refund")
        CHARGE = "charge", gettext_lazy("Cancellation charge")

    order = models.ForeignKey(SalesOrder, on_delete=models.PROTECT, related_name="payments", db_index=False)
    delivery = models.ForeignKey(Delivery, null=True, blank=True, on_delete=models.CASCADE, related_name="payments")
    ordinal = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    method = models.ForeignKey(PaymentMethod, null=True, blank=True, on_delete=models.PROTECT)
    amount = money_field()
    paid_at = models.DateTimeField()
    voucher = models.ForeignKey(Voucher, null=True, blank=True, on_delete=models.PROTECT)
    gift_card = models.ForeignKey(GiftCard, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="order_payments")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("order", "ordinal"), name="order_payment_once"),)
        # Reader: what orders took from a gift card.
        indexes = (models.Index(fields=("gift_card",), condition=models.Q(gift_card__isnull=False), name="order_payment_of_gift_card"),)

    def __str__(self) -> str:
        return f"{self.order_id}/{self.ordinal}"


class OrderEvent(models.Model):
    """One entry of a customer order's history: what was done, when, by whom; only ever added to.

    `data` holds what belongs to the entry as texts: `lines` (quantity by line number), `delivery`, `invoice`, `code` and `text` (a
    message) of a failure, `changes` of an edit (line, field, from, to), `charge`, `refund`, `paid`, `voucher`.
    """

    class What(models.TextChoices):
        TAKEN = "taken", gettext_lazy("Order taken")
        PICK = "pick", gettext_lazy("Picked")
        UNPICK = "unpick", gettext_lazy("Picking taken back")
        PACK = "pack", gettext_lazy("Packed")
        UNPACK = "unpack", gettext_lazy("Packing taken back")
        REQUESTED = "requested", gettext_lazy("Delivery asked for")
        INVOICED = "invoiced", gettext_lazy("Invoiced")
        FAILED = "failed", gettext_lazy("Delivery failed")
        ALERT = "alert", gettext_lazy("Alert")
        EDITED = "edited", gettext_lazy("Edited")
        CANCELLED = "cancelled", pgettext_lazy("order", "Cancelled")
        REVERSED = "reversed", gettext_lazy("Delivery reversed")
        APPROVED = "approved", gettext_lazy("Fallback approved")

    order = models.ForeignKey(SalesOrder, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(db_default=Now())
    actor = models.CharField(max_length=150)
    what = models.CharField(max_length=10, choices=What)
    data = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.order_id} {self.what}"

    @property
    def message(self) -> Message | None:
        """What failed, or what is to be known; None for an entry that says neither."""
        return decode_message(self.data["text"]) if "text" in self.data else None


class OrderApproval(models.Model):
    """Somebody let an order pass a fallback limit that asks for approval, and said why; the first delivery that passes it uses it up."""

    order = models.ForeignKey(CustomerOrder, on_delete=models.PROTECT, related_name="approvals", db_index=False)
    note = models.CharField(max_length=LONGEST_NOTE)
    actor = models.CharField(max_length=150)
    approved_at = models.DateTimeField(db_default=Now())
    delivery = models.OneToOneField(Delivery, null=True, on_delete=models.PROTECT, related_name="approval")

    class Meta:
        # Reader: deliveries that are invoiced ask for what is not used up yet.
        constraints = (models.UniqueConstraint(fields=("order",), condition=models.Q(delivery__isnull=True), name="one_open_approval"),)
        indexes = (models.Index(fields=("order",), name="approval_of_order"),)

    def __str__(self) -> str:
        return f"{self.order_id} {self.actor}"
