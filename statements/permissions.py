"""Rights: who may open the pages of statements and POS transactions."""

from core.access.pages import SIGNED_IN, Requirement
from core.access.rights import rights

PAGES: dict[str, Requirement] = {
    # Statements and POS transactions
    "statements:list": "statements.view_statement",
    "statements:detail": "statements.view_statement",
    "statements:live": "statements.view_statement",
    "statements:preview": "statements.view_statement",
    "statements:clear": "statements.clear_statement",
    "statements:recalculate": "statements.calculate_statement",
    "statements:revalidate": "statements.validate_transactions",
    "statements:hold": "statements.hold_transactions",
    "statements:discard_orders": "statements.clear_statement",
    "statements:count": "statements.count_tender",
    "statements:accept_difference": "statements.accept_difference",
    "statements:z_report": ("statements.view_statement", "statements.count_tender"),
    "statements:z_report_print": "statements.view_statement",
    "statements:z_report_pdf": "statements.view_statement",
    "statements:reverse": "statements.reverse_statement",
    "statements:reverse_transaction": "statements.reverse_statement",
    "statements:approve_fallback": "statements.add_fallbackapproval",
    "statements:post": "statements.post_statement",
    "statements:post_selected": "statements.post_statement",
    "statements:calculate": "statements.calculate_statement",
    "statements:validate": "statements.validate_transactions",
    "statements:revalidate_selected": "statements.validate_transactions",
    "statements:stopped_note": "statements.view_statement",
    "statements:problem_counts": "parameters.view_retailparameters",
    "statements:transactions": "statements.view_postransaction",
    "statements:late": "statements.view_postransaction",
    "statements:transaction": "statements.view_postransaction",
    "statements:why": "statements.view_postransaction",
    "statements:policy_lab": "inventory.change_batchdebt",
    "statements:policy_lab_result": "inventory.change_batchdebt",
    "statements:recalls": "statements.view_recall",
    "statements:recall": "statements.view_recall",
    "statements:recall_lines": "statements.view_recall",
    "statements:recall_notice": "statements.view_recall",
    "statements:recall_notice_pdf": "statements.view_recall",
    "statements:recall_events": "statements.view_recall",
    "statements:recall_ask": "statements.add_recall",
    "statements:recall_block": "inventory.change_batch",
    "statements:gift_cards": "orders.view_giftcard",
    "statements:gift_card": "orders.view_giftcard",
    "statements:gift_card_switch": "orders.change_giftcard",
    "statements:correct": "statements.correct_transactions",
    "statements:correct_selected": "statements.correct_transactions",
    "statements:problems": "statements.view_validationproblem",
    # What of the inbox somebody sees, and may try again, is asked of the area; questions are for everybody
    "statements:inbox": SIGNED_IN,
    "statements:inbox_badge": SIGNED_IN,
    "statements:cause": SIGNED_IN,
    "statements:replay_cause": SIGNED_IN,
    "statements:correct_cause": "statements.correct_transactions",
    "statements:handle_cause": SIGNED_IN,
}

OWN_RIGHTS = {
    "statements.validate_transactions": "postransaction",
    "statements.hold_transactions": "postransaction",
    "statements.correct_transactions": "postransaction",
    "statements.count_tender": "postransaction",
    "statements.calculate_statement": "statement",
    "statements.post_statement": "statement",
    "statements.clear_statement": "statement",
    "statements.reverse_statement": "statement",
    "statements.accept_difference": "statement",
    "statements.import_data": "statement",
}
RIGHTS = (
    (
        "clerk poster inventory_controller auditor administrator",
        rights("statements", "view", "postransaction validationproblem statement"),
    ),
    ("inventory_controller auditor administrator", rights("statements", "view", "recall")),
    ("inventory_controller administrator", rights("statements", "add", "recall fallbackapproval")),
    (
        "clerk poster",
        frozenset(
            {
                *("statements.validate_transactions", "statements.calculate_statement", "statements.import_data"),
                *("statements.correct_transactions", "statements.count_tender"),
            }
        ),
    ),
    ("clerk poster administrator", rights("statements", "add", "postransaction")),
    (
        "poster",
        frozenset(
            {
                *("statements.post_statement", "statements.reverse_statement", "statements.hold_transactions"),
                *("statements.clear_statement", "statements.accept_difference"),
            }
        ),
    ),
    ("inventory_controller", frozenset({"statements.import_data"})),
    ("administrator", frozenset(OWN_RIGHTS)),
)
