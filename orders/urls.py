"""Addresses of the pages of sales orders and invoices."""

from django.urls import path

from orders.views import details, lists

app_name = "orders"
urlpatterns = [
    path("", lists.show_orders, name="list"),
    path("<int:order_id>/", details.show_order, name="detail"),
    path("invoices/", lists.show_invoices, name="invoices"),
    path("invoices/<int:invoice_id>/", details.show_invoice, name="invoice"),
]
