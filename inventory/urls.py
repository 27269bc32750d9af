"""Addresses of the pages of inventory."""

from typing import Any

from django.urls import path

from core.masterdata import views as records
from inventory.records.items import BATCHES
from inventory.views import debt, details, documents, expiring, fallback, fragments, lists

BATCH: dict[str, Any] = {"slug": BATCHES.slug, "records": {BATCHES.slug: BATCHES}}

app_name = "inventory"
urlpatterns = [
    path("items/", lists.show_items, name="items"),
    path("items/<int:item_id>/", details.show_item, name="item"),
    path("batches/", lists.show_batches, name="batches"),
    path("batches/<int:batch_id>/", details.show_batch, name="batch"),
    path("batches/<str:key>/edit/", records.edit, BATCH, name="batch_edit"),
    path("batches/<str:key>/history/", records.show_history, BATCH, name="batch_history"),
    path("on-hand/", lists.show_on_hand, name="on_hand"),
    path("expiring/", expiring.show_expiring, name="expiring"),
    path("transactions/", lists.show_movements, name="transactions"),
    path("receipts/", documents.show_receipts, name="receipts"),
    path("receipts/new/", documents.new_receipt, name="receipt_new"),
    path("journals/", documents.show_journals, name="journals"),
    path("journals/new/", documents.new_journal, name="journal_new"),
    path("journals/<int:journal_id>/", documents.show_journal, name="journal"),
    path("journals/<int:journal_id>/reverse/", documents.reverse_one_journal, name="journal_reverse"),
    path("suggestions/", documents.suggest, name="suggestions"),
    path("debt/", debt.show_debt, name="debt"),
    path("debt/settle/", debt.settle, name="settle"),
    path("debt/budget/", fallback.show_fallback_budget, name="fallback_budget"),
    path("debt/credit/", debt.credit, name="credit"),
    path("debt/proposals/<int:proposal_id>/put-aside/", debt.put_proposal_aside, name="put_aside"),
    path("debt/settlements/", debt.show_settlements, name="settlements"),
    path("debt/settlements/<int:settlement_id>/", debt.show_settlement, name="settlement"),
    path("debt/settlements/<int:settlement_id>/undo/", debt.undo, name="settlement_undo"),
    path("default-batch-note/", fragments.show_default_batch_note, name="default_batch_note"),
    path("policies/", fragments.show_policies, name="policies"),
]
