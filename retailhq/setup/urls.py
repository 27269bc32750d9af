"""Addresses of setup: a list for each master, and one set of pages for all of them."""

from typing import Any

from django.urls import path

from core.masterdata import views as records
from core.masterdata.lists import master_data_list
from retailhq.setup import views
from retailhq.setup.masters import RECORDS

MASTERS: dict[str, Any] = {"records": RECORDS}

app_name = "setup"
urlpatterns = [
    path("", views.show_index, name="index"),
    *(path(f"{record.slug}/", master_data_list(record), name=record.slug) for record in RECORDS.values()),
    path("<slug:slug>/new/", records.make, MASTERS, name="new"),
    path("<slug:slug>/open/", records.open_by_code, MASTERS, name="open"),
    path("<slug:slug>/<str:key>/edit/", records.edit, MASTERS, name="edit"),
    path("<slug:slug>/<str:key>/active/", records.switch, MASTERS, name="switch"),
    path("<slug:slug>/<str:key>/history/", records.show_history, MASTERS, name="history"),
]
