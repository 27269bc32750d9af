"""Addresses of the pages of the ledger."""

from django.urls import path

from ledger.views import profiles, vouchers

app_name = "ledger"
urlpatterns = [
    path("vouchers/", vouchers.show_vouchers, name="vouchers"),
    path("vouchers/<int:voucher_id>/", vouchers.show_voucher, name="voucher"),
    path("posting-accounts/", profiles.show_posting_accounts, name="posting_accounts"),
]
