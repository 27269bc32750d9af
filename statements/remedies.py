"""What puts POS transactions and statements right."""

from core.lib.messages import Message
from core.lib.ways import CORRECT_AND_SEND_AGAIN, CORRECT_ON_THE_FORM, REPEAT, Command, Page, Sender, for_codes, merged
from inventory.remedies import GOODS_QUERY
from parameters.remedies import setting, tab

_STATEMENT = ("{statement_id}",)
_POST = Page("statements:post", Message("Post again"), args=_STATEMENT, post=True)
_REVALIDATE = Page("statements:revalidate", Message("Revalidate the statement"), args=_STATEMENT, post=True)
_COUNT = Page("statements:count", Message("Enter the counted amount"), args=_STATEMENT, query={"method": "{method}"}, anchor="id_amount")
_ACCEPT = Page("statements:accept_difference", Message("Accept the difference"), args=_STATEMENT)
_LOOK = Page("statements:detail", Message("Look at the statement"), args=_STATEMENT)
_CORRECT_FILE = Command("correct_transactions FILE")
_LOOK_INTO = Sender(Message("A warning: nothing has to be put right before posting."))
_GIFT_CARD = Page("statements:gift_cards", Message("Look at gift card {card}"), query={"q": "{card}"})
_RULES = tab("transaction-validation", Message("Open Transaction validation"))


def correct(field: str = "") -> Page:
    """The page that corrects a transaction, with the cursor in a field."""
    return Page("statements:correct", Message("Correct the transaction"), args=("{transaction_id}",), anchor=f"id_{field}" if field else "")


def late(*needs: str) -> Page:
    """The parameter that lets late documents post today."""
    return setting("statements_late_documents", Message("Open Late documents"), *needs)


_SHORT = "NO_VALID_BATCH NEGATIVE_NOT_ALLOWED FINANCIAL_NEGATIVE_NOT_ALLOWED CAPTURED_BATCH_SHORT LOCATION_CANNOT_GO_NEGATIVE"
_REGISTER_GOODS = Page(
    "inventory:receipt_new",
    Message("Register {quantity} {unit} of {item} in {store}, received before {before}"),
    query={**GOODS_QUERY, "received_at": "{received_at}", "next": "/statements/{statement_id}/"},
    anchor="id_batch_1",
    needs=("statement_id",),
)

WAYS = merged(
    # Statements that stopped
    for_codes(f"{_SHORT} DEFAULT_BATCH_OUT_OF_SCOPE", _REGISTER_GOODS),
    for_codes("FALLBACK_OVER_LIMIT", Page("statements:approve_fallback", Message("Approve it with a note"), args=_STATEMENT)),
    for_codes("DIFFERENCE_TOO_LARGE", _COUNT, setting("statements_max_difference", Message("Open Maximum posting difference"))),
    for_codes("LINE_DIFFERENCE_TOO_LARGE", _COUNT, setting("statements_max_line_difference", Message("Open Maximum line difference"))),
    for_codes("SHIFT_DIFFERENCE_TOO_LARGE", _COUNT, setting("statements_max_shift_difference", Message("Open Maximum shift difference"))),
    for_codes(
        "DIFFERENCE_TOO_LARGE LINE_DIFFERENCE_TOO_LARGE SHIFT_DIFFERENCE_TOO_LARGE",
        _ACCEPT,
        Command("count_tender --store S --terminal T --date D --method M --amount A --reason R"),
        Command("accept_difference --statement N --note TEXT"),
    ),
    for_codes("NO_DIFFERENCE_TO_ACCEPT", _LOOK, _POST),
    for_codes("NO_VALID_BATCH", setting("posting_use_default_batch_id", Message("Open Use default batch id"), "statement_id")),
    for_codes("DEFAULT_BATCH_NOT_SET", setting("posting_default_batch_id", Message("Open Default batch id"), "statement_id")),
    for_codes("DEFAULT_BATCH_IS_REAL", setting("posting_default_batch_id", Message("Open Default batch id"))),
    for_codes("NO_PARAMETERS", tab("general", Message("Open Retail parameters"))),
    for_codes("PERIOD_CLOSED STOCK_PERIOD_CLOSED", late("statement_id")),
    for_codes("UNKNOWN_GIFT_CARD GIFT_CARD_SHORT GIFT_CARD_BLOCKED G03", _GIFT_CARD),
    for_codes("PROOF_MISMATCH H21 G02 CURRENCY_MISMATCH OTHER_COMPANY", _REVALIDATE),
    for_codes(
        "PROOF_MISMATCH",
        Page("statements:detail", Message("Open the proof sheet"), args=_STATEMENT, query={"tab": "proof"}),
        Page("statements:discard_orders", Message("Delete customer orders"), args=_STATEMENT, post=True),
        Page("statements:reverse", Message("Reverse what is posted of it"), args=_STATEMENT),
        _RULES,
        Command("check_integrity"),
    ),
    for_codes(
        "RETURN_OF_UNPOSTED_SALE",
        Page(
            "statements:list",
            Message("Open the statements that are not posted"),
            query={"state": "open"},
            right="statements.post_statement",
        ),
        Command("post_statements"),
    ),
    for_codes("NOT_ALLOCATED STATEMENT_NOT_POSTED", Command("post_statements")),
    for_codes(
        "RECALL_OF_DEFAULT_BATCH DATES_REVERSED BATCH_NOT_NAMED",
        Page("statements:recall_ask", Message("Ask for another batch")),
        Command("recall --item I --batch B --from DATE --through DATE"),
    ),
    for_codes(
        "RETURN_EXCEEDS_SALE",
        Page(
            "statements:detail",
            Message("Open the lines that moved no stock"),
            args=_STATEMENT,
            query={"tab": "allocations", "source": "open"},
            right="statements.correct_transactions",
        ),
        _CORRECT_FILE,
    ),
    for_codes("NOTHING_TO_HOLD UNEXPECTED_ERROR", _LOOK, Command("post_statements")),
    for_codes(
        "UNEXPECTED_ERROR",
        correct(),
        Page("statements:reverse", Message("Reverse what is posted of it"), args=_STATEMENT),
        Command("discard_orders --statement N"),
        Command("reverse --statement N --reason R"),
        _CORRECT_FILE,
    ),
    for_codes(
        "NO_VALID_BATCH DEFAULT_BATCH_NOT_SET DEFAULT_BATCH_IS_REAL DEFAULT_BATCH_OUT_OF_SCOPE NEGATIVE_NOT_ALLOWED "
        "FINANCIAL_NEGATIVE_NOT_ALLOWED CAPTURED_BATCH_SHORT LOCATION_CANNOT_GO_NEGATIVE NO_PARAMETERS PERIOD_CLOSED "
        "STOCK_PERIOD_CLOSED ACCOUNT_MISSING "
        "FALLBACK_OVER_LIMIT RETURN_OF_UNPOSTED_SALE RETURN_EXCEEDS_SALE NOTHING_TO_HOLD UNEXPECTED_ERROR",
        _POST,
    ),
    for_codes(
        "PERIOD_TOO_LARGE",
        Page("statements:policy_lab", Message("Name fewer days")),
        Command("policy_lab --from DATE --through DATE --warehouse W"),
    ),
    for_codes("NOTHING_TO_APPROVE", _LOOK, Page("statements:list", Message("Open the statements"))),
    for_codes("STATEMENT_MOVED_ON NO_ORDER_TO_DISCARD NOTHING_TO_POST", _LOOK, Page("statements:list", Message("Open the statements"))),
    for_codes("NOT_POSTED REVERSED_ALREADY", _LOOK, CORRECT_AND_SEND_AGAIN),
    for_codes("REASON_NEEDED REVERSAL_DATE_TOO_EARLY STOCK_TAKEN_SINCE", CORRECT_AND_SEND_AGAIN),
    for_codes("UNKNOWN_STATEMENT", Page("statements:list", Message("Open the statements"))),
    # Transactions that validation keeps back, or warns of
    for_codes("H01 H18", correct("doc-business_date")),
    for_codes("H01", late()),
    for_codes("H23", setting("validation_largest_amount", Message("Open Largest amount"))),
    for_codes("L20 IMPLAUSIBLE", setting("validation_largest_quantity", Message("Open Largest quantity"))),
    for_codes("H18", setting("validation_days_ahead", Message("Open Days ahead"))),
    for_codes("H03 H20 H21", correct("doc-customer")),
    for_codes("H13", correct("doc-discarded")),
    for_codes("L04 L16", correct("line-{line}-item")),
    for_codes("L07", correct("line-{line}-price")),
    for_codes("L10 L17 L19", correct("line-{line}-quantity")),
    for_codes("L18", correct("line-{line}-net")),
    for_codes("L19", _RULES),
    for_codes("L13", correct("line-{line}-unit")),
    for_codes("B01 B02", correct("line-{line}-batch")),
    for_codes("H02 H04 H06 H07 H08 H09 H10 H14 H19 G01 G02 L14 CURRENCY_MISMATCH OTHER_COMPANY", correct()),
    for_codes("H16", correct("doc-discarded")),
    for_codes("H22 H23 L20 B03 B04 B07 H16", _LOOK_INTO),
    for_codes("B07", correct("line-{line}-batch")),
    for_codes("B05", setting("posting_use_default_batch_id", Message("Open Use default batch id")), Command("import_data receipts FILE")),
    for_codes("B06", setting("posting_default_batch_id", Message("Open Default batch id"))),
    for_codes(
        "H01 H02 H03 H04 H06 H07 H08 H09 H10 H13 H14 H18 H19 H20 G01 L04 L07 L10 L13 L16 L17 L18 L19 B01 B02 "
        "CURRENCY_MISMATCH OTHER_COMPANY",
        _CORRECT_FILE,
    ),
    # Corrections and counts that are refused
    for_codes("CONFLICT", Command("import_data transactions FILE --replace"), CORRECT_AND_SEND_AGAIN),
    for_codes("BEING_POSTED", REPEAT),
    for_codes(
        "POSTED_ALREADY",
        Page("statements:reverse_transaction", Message("Reverse the transaction"), args=("{transaction_id}",)),
        Command("reverse --transaction STORE/TERMINAL/NUMBER --reason R"),
    ),
    for_codes("CAME_BACK_SINCE STOCK_TAKEN_SINCE", Command("reverse --transaction STORE/TERMINAL/NUMBER --reason R")),
    for_codes("CAME_BACK_SINCE", Command("reverse --order N --delivery N --reason R")),
    for_codes("DEBT_SETTLED", Command("undo_settlement NUMBER --reason R")),
    for_codes("NOTHING_TO_REVERSE", Command("reverse --statement N --reason R"), CORRECT_AND_SEND_AGAIN),
    for_codes("UNKNOWN_TRANSACTION UNKNOWN_LINE CORRECTION_INCOMPLETE", CORRECT_AND_SEND_AGAIN),
    for_codes("UNKNOWN_TRANSACTION UNKNOWN_LINE", Page("statements:transactions", Message("Find the transaction"))),
    for_codes("UNKNOWN_TERMINAL DRAWER_NOT_NAMED", CORRECT_ON_THE_FORM),
    for_codes(
        "Z_REPORT_DIFFERS",
        Page("statements:transactions", Message("Find the transaction")),
        Command("enter_z_report --store S --terminal T --date D total=30.00"),
    ),
)
