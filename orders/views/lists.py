"""Lists of customer orders, sales orders and invoices."""

from django.utils.translation import gettext_lazy

from core.tables.page import ListPage
from core.tables.views import list_view
from orders.filters import CustomerOrderFilter, InvoiceFilter, OrderFilter
from orders.queries import customer_orders
from orders.queries import lists as queries
from orders.tables import CustomerOrderTable, InvoiceTable, OrderTable

CUSTOMER_ORDERS = ListPage(
    key="customer-orders",
    import_kind="customer-orders",
    view="customer_orders:list",
    title=gettext_lazy("Customer orders"),
    rows=customer_orders.customer_orders_seen_by,
    annotate_page=customer_orders.add_what_is_open,
    table=CustomerOrderTable,
    filters=CustomerOrderFilter,
    sorts=customer_orders.CUSTOMER_ORDER_SORTS,
    default_sort="-ordered_at",
    quick=("order__number__startswith", "order__customer__code__startswith"),
    quick_label=gettext_lazy("Order or customer"),
    nothing=(gettext_lazy("There are no customer orders yet"), gettext_lazy("Tills and the order desk take them, or import a file.")),
    no_match=gettext_lazy("No customer order matches"),
    template="orders/customer_order_list.html",
)
ORDERS = ListPage(
    key="sales-orders",
    view="orders:list",
    title=gettext_lazy("Sales orders"),
    rows=queries.orders_seen_by,
    annotate_page=queries.sum_lines,
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

show_customer_orders = list_view(CUSTOMER_ORDERS)
show_orders = list_view(ORDERS)
show_invoices = list_view(INVOICES)
