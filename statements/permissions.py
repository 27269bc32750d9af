"""Who may open the pages of statements and POS transactions."""

from core.access.pages import Need

PAGES: dict[str, Need] = {
    # Statements and POS transactions
    "statements:list": "statements.view_statement",
    "statements:detail": "statements.view_statement",
    "statements:live": "statements.view_statement",
    "statements:preview": "statements.view_statement",
    "statements:clear": "statements.clear_statement",
    "statements:recalculate": "statements.calculate_statement",
    "statements:revalidate": "statements.validate_transactions",
    "statements:hold": "statements.hold_transactions",
    "statements:post": "statements.post_statement",
    "statements:post_selected": "statements.post_statement",
    "statements:calculate": "statements.calculate_statement",
    "statements:validate": "statements.validate_transactions",
    "statements:revalidate_selected": "statements.validate_transactions",
    "statements:stopped_note": "statements.view_statement",
    "statements:problem_counts": "parameters.view_retailparameters",
    "statements:transactions": "statements.view_postransaction",
    "statements:transaction": "statements.view_postransaction",
    "statements:problems": "statements.view_validationproblem",
    "statements:causes": "statements.view_validationproblem",
}
