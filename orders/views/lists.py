"""Lists of sales orders and invoices."""

from django.utils.translation import gettext_lazy

from orders.filters import InvoiceFilter, OrderFilter
from orders.queries import lists as queries
from orders.tables import InvoiceTable, OrderTable
from retailhq.lists.page import ListPage
from retailhq.lists.views import list_view

ORDERS = ListPage(
    key="sales-orders",
    view="orders:list",
    title=gettext_lazy("Sales orders"),
    rows=queries.orders_seen_by,
    finish=queries.sum_lines,
    table=OrderTable,
    filters=OrderFilter,
    sorts=queries.ORDER_SORTS,
    default_sort="-business_date",
    quick=("number__startswith",),
    quick_label=gettext_lazy("Number starts with"),
    nothing=(gettext_lazy("There are no sales orders yet"), gettext_lazy("Posting a statement makes them.")),
    no_match=gettext_lazy("No sales order matches"),
)
INVOICES = ListPage(
    key="invoices",
    view="orders:invoices",
    title=gettext_lazy("Invoices"),
    rows=queries.invoices_seen_by,
    table=InvoiceTable,
    filters=InvoiceFilter,
    sorts=queries.INVOICE_SORTS,
    default_sort="-date",
    quick=("number__startswith",),
    quick_label=gettext_lazy("Number starts with"),
    nothing=(gettext_lazy("There are no invoices yet"), gettext_lazy("Posting a statement makes them.")),
    no_match=gettext_lazy("No invoice matches"),
)

show_orders = list_view(ORDERS)
show_invoices = list_view(INVOICES)
