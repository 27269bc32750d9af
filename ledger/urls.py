"""Addresses of the pages of the ledger."""

from django.urls import path

from ledger import views

app_name = "ledger"
urlpatterns = [
    path("posting-accounts/", views.show_posting_accounts, name="posting_accounts"),
]
