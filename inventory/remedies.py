"""What puts stock and its records right."""

from core.lib.messages import Message
from core.lib.ways import CORRECT_AND_SEND_AGAIN, CORRECT_ON_THE_FORM, Command, Page, for_codes, merged
from parameters.remedies import setting, tab

_NEGATIVE = tab("inventory", Message("See where stock may go negative"))
_RECEIPTS = Command("import_data receipts FILE")
_BATCHES = Page("inventory:batches", Message("Open the batches of {item}"), query={"q": "{item}"}, right="inventory.change_batch")
# What the form of goods that come in is filled with.
GOODS_QUERY = {"warehouse": "{warehouse}", "item": "{item}", "quantity": "{quantity}", "batch": "{batch}"}
_REGISTER_GOODS = Page("inventory:receipt_new", Message("Register goods"), query=GOODS_QUERY)
_CORRECTION = {"kind": "receipt_correction", "warehouse": "{warehouse}", "item": "{item}", "receipt": "{receipt}/{line}"}
_CORRECT_RECEIPT = Page(
    "inventory:journal_new", Message("Correct receipt {receipt}"), query=_CORRECTION, anchor="id_quantity_1", needs=("line",)
)

WAYS = merged(
    for_codes("CONFLICT DUPLICATE_RECEIPT", _CORRECT_RECEIPT),
    for_codes("UNKNOWN_BATCH B01", _REGISTER_GOODS),
    for_codes("B07", _BATCHES),
    for_codes("UNKNOWN_RECEIPT RECEIPT_DIFFERS CORRECTION_TOO_LARGE", Page("inventory:receipts", Message("Look at the receipts"))),
    for_codes("STOCK_RESERVED", Page("inventory:on_hand", Message("Look at the stock"), query={"warehouse": "{warehouse}"})),
    for_codes(
        "NEGATIVE_NOT_ALLOWED FINANCIAL_NEGATIVE_NOT_ALLOWED CAPTURED_BATCH_SHORT LOCATION_CANNOT_GO_NEGATIVE",
        _NEGATIVE,
        _RECEIPTS,
    ),
    for_codes("NO_VALID_BATCH", _RECEIPTS),
    for_codes(
        "FALLBACK_OVER_LIMIT",
        setting("inventory_fallback_limit_quantity", Message("Open the fallback limits")),
        _RECEIPTS,
    ),
    for_codes(
        "DEFAULT_BATCH_OUT_OF_SCOPE",
        setting("inventory_default_batch_scope", Message("Open Default batch scope")),
        _RECEIPTS,
    ),
    for_codes("B03 B04", _BATCHES, Page("inventory:batches", Message("Open the batches"), right="inventory.change_batch")),
    for_codes("DUPLICATE_RECEIPT", Page("inventory:transactions", Message("Open the inventory transactions"))),
    for_codes(
        "BARCODE_IN_USE BATCH_DATES BATCH_IS_DEFAULT ITEM_HAS_OPEN_SALES ITEM_IN_USE SITE_OF_OTHER_COMPANY TRACKING_IN_USE "
        "WAREHOUSE_IN_USE",
        CORRECT_ON_THE_FORM,
    ),
    for_codes("BATCH_NOT_ALLOWED BATCH_REQUIRED UNKNOWN_DISPOSITION UNKNOWN_ITEM UNKNOWN_WAREHOUSE", CORRECT_AND_SEND_AGAIN),
    for_codes(
        "UNKNOWN_BATCH ITEM_NOT_STOCKED UNKNOWN_RECEIPT RECEIPT_DIFFERS CORRECTION_TOO_LARGE STOCK_RESERVED",
        CORRECT_AND_SEND_AGAIN,
    ),
    for_codes(
        "PAYBACK_PROPOSED",
        Page("inventory:settle", Message("Look at the proposal"), query={"warehouse": "{warehouse}"}),
        setting("inventory_payback_limit_quantity", Message("Open the payback limits")),
        Command("settle_batch_debt --warehouse W --propose"),
    ),
    for_codes("PROPOSAL_CHANGED SETTLEMENT_UNDONE", Command("settle_batch_debt --propose")),
    for_codes("UNKNOWN_SETTLEMENT", Command("export_data debt-settlements FILE")),
    for_codes("SETTLED_STOCK_GONE", _RECEIPTS),
    for_codes(
        "NO_CREDIT NOT_A_REAL_BATCH",
        Page("inventory:credit", Message("Open the goods on default batches"), right="inventory.change_batchdebt"),
        Command("move_credit --warehouse W --item I --batch B --reason R"),
    ),
)
