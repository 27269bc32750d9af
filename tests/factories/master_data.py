"""Factories of what exists before a day is posted, and of stock and vouchers."""
# factory-boy types its factories but not its declarations.
# mypy: disable-error-code="no-untyped-call"

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from factory.declarations import SelfAttribute, SubFactory
from factory.declarations import Sequence as Numbered
from factory.django import DjangoModelFactory

from core.lib.document_kinds import SourceKind
from inventory.models import (
    Batch,
    BatchCredit,
    BatchDebt,
    DebtSettlement,
    DebtSettlementLine,
    Disposition,
    InventoryTransaction,
    Item,
    ItemGroup,
    ItemModelGroup,
    OnHand,
    ReceiptLine,
    Site,
    StorageGroup,
    TrackingGroup,
    Warehouse,
    WarehouseItemCost,
)
from ledger.models import FiscalPeriod, MainAccount, PostingProfile, Voucher, VoucherLine
from orders.models import (
    Customer,
    PaymentMethod,
    Store,
    Terminal,
)
from parameters.models import Currency, LegalEntity, Unit

DAY = date(2024, 5, 1)
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
ZERO = Decimal(0)
# Where a source is named by kind and id and the test does not say which: an id that no row has.
NO_SOURCE = 1_000_000_000


class CurrencyFactory(DjangoModelFactory[Currency]):
    class Meta:
        model = Currency
        django_get_or_create = ("code",)

    code = "USD"


class UnitFactory(DjangoModelFactory[Unit]):
    class Meta:
        model = Unit
        django_get_or_create = ("code",)

    code = "pcs"


class LegalEntityFactory(DjangoModelFactory[LegalEntity]):
    class Meta:
        model = LegalEntity

    # Of one width: people work in the first company by code, which then is the one that was made first.
    code = Numbered(lambda n: f"LE{n:05}")
    name = "Foods"
    currency = SubFactory(CurrencyFactory)


class MainAccountFactory(DjangoModelFactory[MainAccount]):
    class Meta:
        model = MainAccount

    legal_entity = SubFactory(LegalEntityFactory)
    number = Numbered(lambda n: f"A{n:05}")
    name = "Account"
    account_type = MainAccount.AccountType.ASSET


class PostingProfileFactory(DjangoModelFactory[PostingProfile]):
    class Meta:
        model = PostingProfile

    legal_entity = SubFactory(LegalEntityFactory)
    posting_type = PostingProfile.PostingType.REVENUE
    account = SubFactory(MainAccountFactory, legal_entity=SelfAttribute("..legal_entity"))


class FiscalPeriodFactory(DjangoModelFactory[FiscalPeriod]):
    class Meta:
        model = FiscalPeriod

    legal_entity = SubFactory(LegalEntityFactory)
    starts_on = date(2024, 5, 1)
    ends_on = date(2024, 5, 31)


class VoucherFactory(DjangoModelFactory[Voucher]):
    class Meta:
        model = Voucher

    legal_entity = SubFactory(LegalEntityFactory)
    number = Numbered(lambda n: f"V{n}")
    date = DAY
    source_kind = SourceKind.STATEMENT
    source_id = Numbered(lambda n: NO_SOURCE + n)
    step = "payments"


class VoucherLineFactory(DjangoModelFactory[VoucherLine]):
    """The only line of its voucher, of nothing: more than one come in one query (`make_voucher`)."""

    class Meta:
        model = VoucherLine

    voucher = SubFactory(VoucherFactory)
    line_number = 1
    account = SubFactory(MainAccountFactory)


class SiteFactory(DjangoModelFactory[Site]):
    class Meta:
        model = Site

    code = Numbered(lambda n: f"SITE{n}")
    name = "Site"
    legal_entity = SubFactory(LegalEntityFactory)


class WarehouseFactory(DjangoModelFactory[Warehouse]):
    class Meta:
        model = Warehouse

    code = Numbered(lambda n: f"W{n}")
    name = "Warehouse"
    legal_entity = SubFactory(LegalEntityFactory)
    site = SubFactory(SiteFactory, legal_entity=SelfAttribute("..legal_entity"))


class ItemGroupFactory(DjangoModelFactory[ItemGroup]):
    class Meta:
        model = ItemGroup
        django_get_or_create = ("code",)

    code = "GROUP"
    name = "Group"


class ItemModelGroupFactory(DjangoModelFactory[ItemModelGroup]):
    class Meta:
        model = ItemModelGroup
        django_get_or_create = ("code",)

    code = "fefo"
    name = "First expired, first out"


class TrackingGroupFactory(DjangoModelFactory[TrackingGroup]):
    class Meta:
        model = TrackingGroup
        django_get_or_create = ("code",)

    code = "batch-of-tests"
    name = "Batch"
    batch_active = True


class StorageGroupFactory(DjangoModelFactory[StorageGroup]):
    class Meta:
        model = StorageGroup
        django_get_or_create = ("code",)

    code = "plain-of-tests"
    name = "Plain"


class ItemFactory(DjangoModelFactory[Item]):
    class Meta:
        model = Item

    code = Numbered(lambda n: f"I{n}")
    name = "Item"
    item_group = SubFactory(ItemGroupFactory)
    model_group = SubFactory(ItemModelGroupFactory)
    tracking_group = SubFactory(TrackingGroupFactory)
    storage_group = SubFactory(StorageGroupFactory)
    unit = SubFactory(UnitFactory)


class DispositionFactory(DjangoModelFactory[Disposition]):
    class Meta:
        model = Disposition
        django_get_or_create = ("code",)

    code = "available"
    name = "Available"


class BatchFactory(DjangoModelFactory[Batch]):
    class Meta:
        model = Batch

    item = SubFactory(ItemFactory)
    number = Numbered(lambda n: f"B{n}")
    disposition = SubFactory(DispositionFactory)


class OnHandFactory(DjangoModelFactory[OnHand]):
    class Meta:
        model = OnHand

    warehouse = SubFactory(WarehouseFactory)
    item = SubFactory(ItemFactory)
    batch = SubFactory(BatchFactory, item=SelfAttribute("..item"))
    physical = Decimal(1)


class ReceiptLineFactory(DjangoModelFactory[ReceiptLine]):
    class Meta:
        model = ReceiptLine

    receipt = Numbered(lambda n: f"R{n}")
    line_number = 1
    warehouse = SubFactory(WarehouseFactory)
    legal_entity = SelfAttribute("warehouse.legal_entity")
    item = SubFactory(ItemFactory)
    batch = SubFactory(BatchFactory, item=SelfAttribute("..item"))
    quantity = Decimal(1)
    unit_cost = Decimal(1)
    received_at = NOON
    content_hash = UUID(int=0)


class InventoryTransactionFactory(DjangoModelFactory[InventoryTransaction]):
    class Meta:
        model = InventoryTransaction

    warehouse = SubFactory(WarehouseFactory)
    item = SubFactory(ItemFactory)
    batch = SubFactory(BatchFactory, item=SelfAttribute("..item"))
    quantity = Decimal(1)
    date = DAY
    source_kind = SourceKind.RECEIPT_LINE
    source_id = Numbered(lambda n: NO_SOURCE + n)
    cost_amount = Decimal(1)


class WarehouseItemCostFactory(DjangoModelFactory[WarehouseItemCost]):
    class Meta:
        model = WarehouseItemCost

    warehouse = SubFactory(WarehouseFactory)
    item = SubFactory(ItemFactory)
    unit_cost = Decimal(1)


class BatchDebtFactory(DjangoModelFactory[BatchDebt]):
    """A debt; the stock row of its default batch, which follows it, is made where it is missing."""

    class Meta:
        model = BatchDebt

    @classmethod
    def _create(cls, model_class: type[BatchDebt], *args: Any, **values: Any) -> BatchDebt:
        place = {name: values[name] for name in ("warehouse", "item", "batch")}
        OnHand.objects.get_or_create(**place, defaults={"is_default": True, "negative_allowed": True})
        debt: BatchDebt = super()._create(model_class, *args, **values)
        return debt

    warehouse = SubFactory(WarehouseFactory)
    item = SubFactory(ItemFactory)
    batch = SubFactory(BatchFactory, item=SelfAttribute("..item"), is_default_batch=True)
    source_kind = SourceKind.POS_LINE
    source_id = Numbered(lambda n: NO_SOURCE + n)
    quantity = Decimal(1)
    open_quantity = SelfAttribute("quantity")
    business_date = DAY


class BatchCreditFactory(DjangoModelFactory[BatchCredit]):
    """A credit; the stock row of its default batch is made where it is missing."""

    class Meta:
        model = BatchCredit

    @classmethod
    def _create(cls, model_class: type[BatchCredit], *args: Any, **values: Any) -> BatchCredit:
        OnHand.objects.get_or_create(**{name: values[name] for name in ("warehouse", "item", "batch")}, defaults={"is_default": True})
        credit: BatchCredit = super()._create(model_class, *args, **values)
        return credit

    warehouse = SubFactory(WarehouseFactory)
    item = SubFactory(ItemFactory)
    batch = SubFactory(BatchFactory, item=SelfAttribute("..item"), is_default_batch=True)
    source_kind = SourceKind.POS_LINE
    source_id = Numbered(lambda n: NO_SOURCE + n)
    quantity = Decimal(1)
    open_quantity = SelfAttribute("quantity")
    business_date = DAY


class DebtSettlementFactory(DjangoModelFactory[DebtSettlement]):
    class Meta:
        model = DebtSettlement

    number = Numbered(lambda n: f"S{n}")
    warehouse = SubFactory(WarehouseFactory)
    ordinal = 1
    date = DAY
    reason = "test"
    actor = "test"


class DebtSettlementLineFactory(DjangoModelFactory[DebtSettlementLine]):
    class Meta:
        model = DebtSettlementLine

    settlement = SubFactory(DebtSettlementFactory)
    line_number = 1
    debt = SubFactory(BatchDebtFactory)
    to_batch = SubFactory(BatchFactory)
    quantity = Decimal(1)
    cost_amount = Decimal(1)


class PaymentMethodFactory(DjangoModelFactory[PaymentMethod]):
    class Meta:
        model = PaymentMethod
        django_get_or_create = ("code",)

    code = "cash"
    name = "Cash"


class CustomerFactory(DjangoModelFactory[Customer]):
    class Meta:
        model = Customer

    code = Numbered(lambda n: f"C{n}")
    name = "Customer"


class StoreFactory(DjangoModelFactory[Store]):
    class Meta:
        model = Store

    code = Numbered(lambda n: f"S{n}")
    name = "Store"
    warehouse = SubFactory(WarehouseFactory)
    currency = SubFactory(CurrencyFactory)
    time_zone = "UTC"
    end_of_business_day = time(0)
    walk_in_customer = SubFactory(CustomerFactory)


class TerminalFactory(DjangoModelFactory[Terminal]):
    class Meta:
        model = Terminal

    store = SubFactory(StoreFactory)
    code = Numbered(lambda n: f"T{n}")
