"""What the start page of setup shows: how many rows each master has, and what is missing before the first posting."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from django.db.models import Count, Q, Value
from django.urls import reverse
from django.utils.translation import gettext

from core.access.access import Access
from core.masterdata.declaration import GROUPS, MasterData
from core.masterdata.queries import rows_of
from inventory.models import Item, ReceiptLine, Warehouse
from ledger.models import PostingProfile
from orders.models import PaymentMethod, Store
from orders.services.invoices import INVOICE_ACCOUNTS
from parameters.models import RetailParameters


class MasterCount(NamedTuple):
    """A master and how many rows a person sees of it, inactive ones apart."""

    record: MasterData
    address: str
    active: int
    inactive: int


class MasterGroup(NamedTuple):
    """A group of the start page."""

    title: object
    masters: list[MasterCount]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that must be there before the first posting; `missing` says what is not, blank when it is done.

    `view` is the page where it is kept; `address` that page for somebody who may open it, else blank.
    """

    title: str
    missing: str
    view: str
    address: str = ""


def master_groups(access: Access) -> list[MasterGroup]:
    """The masters that the person may see, with their counts; one query."""
    seen = [record for group in GROUPS for record in group.records if access.has(record.right("view"))]
    counts = {}
    if seen:
        first, *others = (counted(record, access) for record in seen)
        counts = {slug: (total, inactive) for slug, total, inactive in first.union(*others, all=True)}
    groups = []
    for group in GROUPS:
        masters = []
        for record in group.records:
            if record in seen:
                total, inactive = counts.get(record.slug, (0, 0))
                masters.append(MasterCount(record, record.address("list"), total - inactive, inactive))
        if masters:
            groups.append(MasterGroup(group.title, masters))
    return groups


def counted(record: MasterData, access: Access):  # type: ignore[no-untyped-def]
    """Noun, number of rows and number of inactive ones as a query of one row."""
    resting = Count("pk", filter=Q(is_active=False)) if record.can_deactivate else Value(0)
    rows = rows_of(record, access.scope).order_by()
    return rows.values(slug=Value(record.slug)).annotate(total=Count("pk"), inactive=resting).values_list("slug", "total", "inactive")


def first_steps(access: Access) -> list[Step]:
    """What posting needs, in the order in which it is set up; a fixed number of queries."""
    company = access.company_id
    of_company = Q(legal_entity=company)
    accounts = set(PostingProfile.objects.filter(of_company).values_list("posting_type", "payment_method"))
    methods = list(PaymentMethod.objects.filter(is_active=True).values_list("code", flat=True).order_by("code"))
    needed = [(kind, "") for kind in INVOICE_ACCOUNTS] + [(PostingProfile.PostingType.PAYMENT.value, method) for method in methods]
    labels = dict(PostingProfile.PostingType.choices)
    lacking = [f"{labels[kind]} {method}".strip() for kind, method in needed if (kind, method) not in accounts]
    loose = list(Store.objects.filter(warehouse=None).values_list("code", flat=True).order_by("code")[:5])
    sells = Store.objects.filter(warehouse__legal_entity=company, is_active=True).exists()
    unknown = gettext("None is there yet.")
    steps = [
        Step(gettext("Legal entity"), "" if company else unknown, "setup:legal-entities"),
        Step(gettext("Warehouse"), "" if Warehouse.objects.filter(of_company).exists() else unknown, "setup:warehouses"),
        Step(
            gettext("Store with a warehouse"),
            gettext("Without warehouse: %(stores)s.") % {"stores": ", ".join(loose)} if loose else "" if sells else unknown,
            "setup:stores",
        ),
        Step(gettext("Items"), "" if Item.objects.exists() else unknown, "setup:items"),
        Step(
            gettext("Posting profiles"),
            gettext("No account is set for: %(kinds)s.") % {"kinds": ", ".join(lacking)} if lacking else "",
            "setup:posting-profiles",
        ),
        Step(
            gettext("Goods received"),
            "" if ReceiptLine.objects.filter(warehouse__legal_entity=company).exists() else gettext("No receipt of goods is imported yet."),
            "inventory:receipts",
        ),
        default_batches(company),
    ]
    return [replace(step, address=reverse(step.view)) if access.may(step.view) else step for step in steps]


def default_batches(company_id: int) -> Step:
    """Whether a shortage of batches stops the day."""
    switches = RetailParameters.objects.filter(legal_entity=company_id)
    on = switches.values_list("posting_use_default_batch_id", "customer_orders_use_default_batch_id").first()
    off = [name for is_on, name in zip(on or (False, False), (gettext("Posting"), gettext("Customer orders")), strict=True) if not is_on]
    missing = gettext("Off for: %(paths)s. A shortage of batches stops the statement.") % {"paths": ", ".join(off)} if off else ""
    return Step(gettext("Default batch id"), missing, "parameters:retail")
