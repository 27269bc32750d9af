"""Addresses of the pages of customer orders, sales orders and invoices."""

from django.urls import path

from orders.views import (
    accounts,
    action_views,
    actions,
    approvals,
    cancel_and_return,
    customer_orders,
    desk,
    details,
    lists,
    papers,
    pending,
    reversals,
    why,
)

app_name = "orders"
urlpatterns = [
    path("", lists.show_orders, name="list"),
    path("<int:order_id>/", details.show_order, name="detail"),
    path("accounts/", accounts.show_accounts, name="accounts"),
    path("accounts/<int:customer_id>/", accounts.show_account, name="account"),
    path("invoices/", lists.show_invoices, name="invoices"),
    path("invoices/<int:invoice_id>/", details.show_invoice, name="invoice"),
    path("invoices/<int:invoice_id>/print/", papers.show_invoice, name="invoice_print"),
    path("invoices/<int:invoice_id>/pdf/", papers.print_invoice, name="invoice_pdf"),
]
customer_order_urls = (
    [
        path("", lists.show_customer_orders, name="list"),
        path("new/", desk.take_order, name="new"),
        path("suggestions/", desk.suggest, name="suggestions"),
        path("invoice/", actions.invoice_selected, name="invoice_selected"),
        path("pending/", pending.show_pending_orders, name="pending"),
        path("pending/synchronize/", pending.synchronize_now, name="synchronize_pending"),
        path("pending/hold/", pending.hold_selected, name="hold_pending"),
        path("pending/release/", pending.release_selected, name="release_pending"),
        path("pending/retry/", pending.retry_selected, name="retry_pending"),
        path("pending/<int:pending_id>/", pending.show_pending_order, name="pending_one"),
        path("pending/<int:pending_id>/discard/", pending.discard, name="discard_pending"),
        path("delivered-lines/<int:line_id>/why/", why.explain_delivery, name="why"),
        path("<int:order_id>/", customer_orders.show_order, name="detail"),
        path("<int:order_id>/live/", customer_orders.show_live, name="live"),
        *(path(f"<int:order_id>/{page.replace('_', '-')}/", view, name=page) for page, view in action_views.VIEWS.items()),
        path("<int:order_id>/confirmation/", papers.show_confirmation, name="confirmation"),
        path("<int:order_id>/confirmation/pdf/", papers.print_confirmation, name="confirmation_pdf"),
        path("<int:order_id>/edit/", desk.edit, name="edit"),
        path("<int:order_id>/approve-fallback/", approvals.approve, name="approve_fallback"),
        path("<int:order_id>/cancel/", cancel_and_return.cancel, name="cancel"),
        path("deliveries/<int:delivery_id>/reverse/", reversals.reverse, name="reverse"),
        path("<int:order_id>/return-goods/", cancel_and_return.return_goods, name="return_goods"),
    ],
    "customer_orders",
)
