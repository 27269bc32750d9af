"""What puts problems right on pages that assemble all apps: Setup, imports, users, tokens."""

from core.lib.messages import Message
from core.lib.ways import CORRECT_AND_SEND_AGAIN, CORRECT_ON_THE_FORM, REPEAT, Command, Page, Sender, for_codes, merged


def master(slug: str, words: Message, right: str, **query: str) -> Page:
    """A master by its code: its form where there is one of that code, else the form that makes it, prefilled."""
    return Page("setup:open", words, args=(slug,), query=query, right=right)


def masters(slug: str, words: Message, right: str, **query: str) -> Page:
    """The list of a kind of master data."""
    return Page(f"setup:{slug}", words, query=query, right=right)


def upload(kind: str, words: Message) -> Page:
    """The import wizard for a kind of file."""
    return Page("imports:start", words, query={"kind": kind})


_ITEM = master("items", Message("Open or make item {item}"), "inventory.change_item", code="{item}")
_CUSTOMER = master("customers", Message("Open or make customer {customer}"), "orders.change_customer", code="{customer}")
_STORE = master("stores", Message("Open store {store}"), "orders.change_store", code="{store}")
_UNITS = masters("unit-conversions", Message("Open Unit conversions"), "inventory.change_unitconversion")
_PERIODS = masters("fiscal-periods", Message("Open Fiscal periods"), "ledger.change_fiscalperiod")
_PROFILES = masters("posting-profiles", Message("Open Posting profiles"), "ledger.change_postingprofile")
_STORES = masters("stores", Message("Open Stores"), "orders.change_store")
_CUSTOMERS = masters("customers", Message("Open Customers"), "orders.change_customer")
_RECEIPTS = upload("receipts", Message("Import the receipt"))
_TOKENS = Page("tokens:new", Message("Make an API token"))
_UPLOAD_AGAIN = Page("imports:start", Message("Upload the corrected file"))
_IMPORT_PAGE = Sender(Message("The page of the import shows where it stands."))

WAYS = merged(
    for_codes("PERIOD_CLOSED STOCK_PERIOD_CLOSED PERIOD_IS_NO_MONTH H01", _PERIODS),
    for_codes("ACCOUNT_MISSING", _PROFILES),
    for_codes("PROOF_MISMATCH H06 H07 H14 TOTALS_DIFFER L14 CURRENCY_MISMATCH WAREHOUSE_MISSING OTHER_COMPANY", _STORE, _STORES),
    for_codes("UNKNOWN_ITEM L04", _ITEM, upload("items", Message("Import items"))),
    for_codes(
        "H03 H20 H21 CUSTOMER_BLOCKED CUSTOMER_ON_HOLD CREDIT_LIMIT_EXCEEDED UNKNOWN_CUSTOMER ACCOUNT_NEEDS_CUSTOMER", _CUSTOMER, _CUSTOMERS
    ),
    for_codes("H22", _CUSTOMER),
    for_codes("L13 NO_UNIT_CONVERSION", _UNITS),
    for_codes(
        "NO_VALID_BATCH NEGATIVE_NOT_ALLOWED FINANCIAL_NEGATIVE_NOT_ALLOWED CAPTURED_BATCH_SHORT LOCATION_CANNOT_GO_NEGATIVE "
        "DEFAULT_BATCH_OUT_OF_SCOPE FALLBACK_OVER_LIMIT B01 B05 UNKNOWN_BATCH STOCK_TAKEN_SINCE",
        _RECEIPTS,
    ),
    for_codes("L16 G02", upload("transactions", Message("Import the missing transactions"))),
    for_codes("UNKNOWN_STORE STORE_NOT_NAMED", _STORE, upload("stores", Message("Import stores"))),
    for_codes("UNKNOWN_WAREHOUSE", masters("warehouses", Message("Open Warehouses"), "inventory.change_warehouse")),
    for_codes("UNKNOWN_DISPOSITION", masters("dispositions", Message("Open Dispositions"), "inventory.change_disposition")),
    for_codes("UNKNOWN_LEGAL_ENTITY", masters("legal-entities", Message("Open Legal entities"), "parameters.change_legalentity")),
    for_codes("UNKNOWN_PAYMENT_METHOD", masters("payment-methods", Message("Open Payment methods"), "orders.change_paymentmethod")),
    for_codes("UNKNOWN_TERMINAL", masters("terminals", Message("Open Terminals"), "orders.change_terminal")),
    for_codes("ITEM_IN_USE BATCH_NOT_ALLOWED", masters("items", Message("Open Items"), "inventory.change_item")),
    # Imports and exports
    for_codes(
        "UNREADABLE_FILE FILE_DAMAGED WRONG_COLUMNS BAD_ENCODING BAD_CSV BAD_JSON BAD_TEXT BAD_NUMBER BAD_DATE BAD_VALUE MISSING_FIELD "
        "UNKNOWN_FIELD TOO_LARGE DUPLICATE_LINE REFUSED_BY_DATABASE DATABASE_LOST FILE_EMPTY FILE_GONE NOT_CHECKED NOTHING_TO_IMPORT "
        "CORRECTION_INCOMPLETE BATCH_REQUIRED PROFILE_NEEDED UNKNOWN_PROFILE LOST_ZEROS TRANSACTION_INCOMPLETE SPREADSHEET_EXPONENT "
        "SPREADSHEET_DATE SPREADSHEET_SERIAL SPREADSHEET_ERROR MERGED_CELLS NOT_SAF_T FOREIGN_TENDER",
        _UPLOAD_AGAIN,
    ),
    for_codes("LOST_ZEROS SPREADSHEET_EXPONENT SPREADSHEET_DATE", CORRECT_ON_THE_FORM, CORRECT_AND_SEND_AGAIN),
    for_codes("IMPORT_REQUESTED", _IMPORT_PAGE),
    for_codes("REPLACE_NOT_POSSIBLE", Command("import_data KIND FILE")),
    for_codes("NO_IMPORT_FOLDER", Sender(Message("The operator sets IMPORT_FOLDER for web and worker."))),
    for_codes("SAF_T_NOT_POSSIBLE", Command("export_saf_t LEGAL_ENTITY FILE --from DATE --to DATE")),
    for_codes(
        "EVIDENCE_NOT_NAMED DATES_REVERSED",
        Page("imports:evidence_of_period", Message("Make evidence of a period")),
        Command("export_evidence FILE --legal-entity CODE --from DATE --through DATE"),
    ),
    for_codes("CANNOT_WRITE EXPORT_BROKEN_OFF FILTER_NOT_POSSIBLE OUTPUT_TAKEN", Command("export_data KIND FILE"), REPEAT),
    # Users, tokens, master data
    for_codes(
        "LAST_ADMINISTRATOR KIND_NOT_ALLOWED MORE_THAN_OWN_STORES NOT_YOUR_STORE",
        Page("access:users", Message("Open Users"), right="auth.change_user"),
    ),
    for_codes("ROW_NOT_KEPT", CORRECT_AND_SEND_AGAIN),
    for_codes("CONFUSABLE_CODE MORE_REJECTS", _UPLOAD_AGAIN),
    for_codes("TOKEN_EXPIRED TOKEN_MISSING TOKEN_REVOKED TOKEN_UNKNOWN STORE_NOT_ALLOWED VERB_NOT_ALLOWED", _TOKENS),
    for_codes("RECORD_CHANGED RECORD_EXISTS RECORD_REFUSED", CORRECT_ON_THE_FORM),
)
