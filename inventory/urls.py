"""Addresses of the pages of inventory."""

from django.urls import path

from inventory import views

app_name = "inventory"
urlpatterns = [
    path("default-batch-note/", views.show_default_batch_note, name="default_batch_note"),
    path("policies/", views.show_policies, name="policies"),
]
