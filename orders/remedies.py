"""What puts customer orders right."""

from core.lib.messages import Message
from core.lib.ways import CORRECT_AND_SEND_AGAIN, CORRECT_ON_THE_FORM, Command, Page, Sender, for_codes, merged
from inventory.remedies import GOODS_QUERY
from parameters.remedies import setting

_ORDER = ("{order_id}",)
_NEEDS = "order_id"
_LOOK = Page("customer_orders:detail", Message("Look at the order"), args=_ORDER)
_EDIT = Page("customer_orders:edit", Message("Change the order"), args=_ORDER)
_PENDING = Page("customer_orders:pending_one", Message("Correct the pending order"), args=("{pending_id}",))
_ASK_AGAIN = Page("customer_orders:invoice", Message("Ask for the delivery again"), args=_ORDER)
_LIST = Page("customer_orders:list", Message("Open the customer orders"), query={"q": "{order}"})
_ACCOUNTS = Page("orders:accounts", Message("Open the customer accounts"), query={"q": "{customer}"})
_AT_THE_COUNTER = Sender(Message("Whoever takes the order settles it with the customer."))

_REGISTER_GOODS = Page(
    "inventory:receipt_new",
    Message("Register {quantity} {unit} of {item} in {store}"),
    query={**GOODS_QUERY, "next": "/customer-orders/{order_id}/"},
    anchor="id_batch_1",
    needs=(_NEEDS,),
)

WAYS = merged(
    for_codes(
        "NO_VALID_BATCH NEGATIVE_NOT_ALLOWED FINANCIAL_NEGATIVE_NOT_ALLOWED CAPTURED_BATCH_SHORT LOCATION_CANNOT_GO_NEGATIVE "
        "DEFAULT_BATCH_OUT_OF_SCOPE",
        _REGISTER_GOODS,
    ),
    for_codes(
        "NO_VALID_BATCH",
        setting("customer_orders_use_default_batch_id", Message("Open Use default batch id"), _NEEDS),
        _ASK_AGAIN,
    ),
    for_codes("DEFAULT_BATCH_NOT_SET", setting("customer_orders_default_batch_id", Message("Open Default batch id"), _NEEDS), _ASK_AGAIN),
    for_codes(
        "NEGATIVE_NOT_ALLOWED FINANCIAL_NEGATIVE_NOT_ALLOWED CAPTURED_BATCH_SHORT LOCATION_CANNOT_GO_NEGATIVE "
        "FALLBACK_OVER_LIMIT DEFAULT_BATCH_OUT_OF_SCOPE DEFAULT_BATCH_IS_REAL ACCOUNT_MISSING PERIOD_CLOSED "
        "STOCK_PERIOD_CLOSED NO_PARAMETERS",
        _ASK_AGAIN,
    ),
    for_codes(
        "FALLBACK_OVER_LIMIT",
        Page("customer_orders:approve_fallback", Message("Approve it with a note"), args=_ORDER),
        Command("approve_fallback --order N --note TEXT"),
    ),
    for_codes("NOTHING_TO_APPROVE", _LOOK, _LIST),
    for_codes("DELIVERY_MODE_OFF", setting("customer_orders_offer_pickup", Message("Open Delivery modes")), _PENDING),
    for_codes(
        "DEPOSIT_TOO_LOW",
        setting("customer_orders_default_deposit_percent", Message("Open Default deposit percentage")),
        _PENDING,
        _AT_THE_COUNTER,
    ),
    for_codes("ACCOUNT_NEEDS_CUSTOMER", _EDIT, _PENDING, _AT_THE_COUNTER),
    for_codes("CREDIT_LIMIT_EXCEEDED CUSTOMER_BLOCKED CUSTOMER_ON_HOLD", _ACCOUNTS, _AT_THE_COUNTER),
    for_codes("BAD_PAYMENT PAYMENT_INCOMPLETE PAYMENT_TOO_HIGH PAID_ON_ACCOUNT REFUND_NOT_AS_PAID", _PENDING, _AT_THE_COUNTER),
    for_codes("UNKNOWN_BATCH", _PENDING),
    for_codes("GIFT_CARD_MISPLACED UNKNOWN_GIFT_CARD GIFT_CARD_SHORT GIFT_CARD_BLOCKED", _PENDING, CORRECT_AND_SEND_AGAIN),
    for_codes(
        "UNEXPECTED_ERROR",
        _ASK_AGAIN,
        _EDIT,
        Page("customer_orders:cancel", Message("Cancel what is left of the order"), args=_ORDER),
        _PENDING,
    ),
    for_codes(
        "BAD_QUANTITY LINE_AMOUNTS NO_LINES TOTALS_DIFFER UNKNOWN_CUSTOMER UNKNOWN_ORIGINAL WRONG_CURRENCY RETURN_APART "
        "NO_UNIT_CONVERSION WAREHOUSE_MISSING CURRENCY_MISMATCH",
        _PENDING,
        CORRECT_AND_SEND_AGAIN,
    ),
    for_codes(
        "DELIVERY_IN_PROGRESS DELIVERY_REPLACED IN_FULFILMENT NOTHING_TO_DELIVER ORDER_CHANGED ORDER_CLOSED PARTLY_DONE QUANTITY_NOT_OPEN "
        "WRONG_DELIVERY_MODE UNKNOWN_ORDER OTHER_STORE",
        _LOOK,
        _LIST,
    ),
    for_codes("AMBIGUOUS_NUMBER", _LIST, Command("invoice_orders --order N --legal-entity CODE")),
    for_codes(
        "PENDING_ORDER_CHANGED PENDING_ORDER_DONE NOTHING_CHANGED REASON_MISSING",
        _PENDING,
        Page("customer_orders:pending", Message("Open the pending orders")),
    ),
    for_codes("STORE_IN_USE", CORRECT_ON_THE_FORM),
    for_codes("UNKNOWN_PAYMENT_METHOD UNKNOWN_STORE BAD_SCAN SCAN_CONTRADICTS", CORRECT_AND_SEND_AGAIN),
)
