"""Addresses of the pages of statements and POS transactions."""

from django.urls import path

from statements.views import actions, corrections, counts, detail, effects, gift_cards, inbox, lists, recall, transactions, undo_calculation

app_name = "statements"
urlpatterns = [
    path("statements/", lists.show_statements, name="list"),
    path("statements/post/", actions.post_selected, name="post_selected"),
    path("statements/calculate/", actions.calculate, name="calculate"),
    path("statements/validate/", actions.validate, name="validate"),
    path("statements/problem-counts/", effects.show_problem_counts, name="problem_counts"),
    path("statements/stopped-note/", detail.show_stopped_note, name="stopped_note"),
    path("statements/<int:statement_id>/", detail.show_statement, name="detail"),
    path("statements/<int:statement_id>/live/", detail.show_live, name="live"),
    path("statements/<int:statement_id>/preview/", undo_calculation.show_preview, name="preview"),
    path("statements/<int:statement_id>/clear/", undo_calculation.clear, name="clear"),
    path("statements/<int:statement_id>/recalculate/", undo_calculation.recalculate, name="recalculate"),
    path("statements/<int:statement_id>/revalidate/", undo_calculation.revalidate, name="revalidate"),
    path("statements/<int:statement_id>/hold/", undo_calculation.hold, name="hold"),
    path("statements/<int:statement_id>/discard-orders/", undo_calculation.discard_orders, name="discard_orders"),
    path("statements/<int:statement_id>/count/", counts.count, name="count"),
    path("statements/<int:statement_id>/post/", actions.post_one, name="post"),
    path("validation-problems/", lists.show_problems, name="problems"),
    path("validation-problems/revalidate/", actions.revalidate_selected, name="revalidate_selected"),
    path("inbox/", inbox.show_inbox, name="inbox"),
    path("inbox/badge/", inbox.show_badge, name="inbox_badge"),
    path("inbox/cause/", inbox.show_cause, name="cause"),
    path("inbox/cause/replay/", inbox.replay, name="replay_cause"),
    path("inbox/cause/correct/", inbox.correct, name="correct_cause"),
    path("inbox/cause/handle/", inbox.handle, name="handle_cause"),
    path("pos-transactions/", lists.show_transactions, name="transactions"),
    path("pos-transactions/lines/<int:line_id>/why/", transactions.explain_line, name="why"),
    path("inventory/recalls/", recall.show_recalls, name="recalls"),
    path("inventory/recalls/new/", recall.ask, name="recall_ask"),
    path("inventory/recalls/lines/", recall.show_recall_lines, name="recall_lines"),
    path("inventory/recalls/<int:recall_id>/", recall.show_recall, name="recall"),
    path("inventory/recalls/<int:recall_id>/block/", recall.block, name="recall_block"),
    path("inventory/recalls/<int:recall_id>/notice/", recall.show_notice, name="recall_notice"),
    path("inventory/recalls/<int:recall_id>/notice/pdf/", recall.print_notice, name="recall_notice_pdf"),
    path("inventory/recalls/<int:recall_id>/epcis/", recall.give_events, name="recall_events"),
    path("gift-cards/", gift_cards.show_gift_cards, name="gift_cards"),
    path("gift-cards/<int:card_id>/", gift_cards.show_gift_card, name="gift_card"),
    path("pos-transactions/<int:transaction_id>/", transactions.show_transaction, name="transaction"),
    path("pos-transactions/<int:transaction_id>/correct/", corrections.correct, name="correct"),
]
