"""Addresses of the pages of inventory."""

from django.urls import path

from inventory.views import details, fragments, lists

app_name = "inventory"
urlpatterns = [
    path("items/", lists.show_items, name="items"),
    path("items/<int:item_id>/", details.show_item, name="item"),
    path("batches/", lists.show_batches, name="batches"),
    path("batches/<int:batch_id>/", details.show_batch, name="batch"),
    path("on-hand/", lists.show_on_hand, name="on_hand"),
    path("transactions/", lists.show_movements, name="transactions"),
    path("default-batch-note/", fragments.show_default_batch_note, name="default_batch_note"),
    path("policies/", fragments.show_policies, name="policies"),
]
