"""Rights: who may open the pages of customer orders, sales orders and invoices."""

from core.access.pages import Requirement
from core.access.rights import rights

PAGES: dict[str, Requirement] = {
    # Customer orders, sales orders and invoices
    "customer_orders:list": "orders.view_customerorder",
    "customer_orders:detail": "orders.view_customerorder",
    "customer_orders:why": "orders.view_customerorder",
    "customer_orders:live": "orders.view_customerorder",
    "customer_orders:pending": "orders.view_pendingorder",
    "customer_orders:pending_one": ("orders.view_pendingorder", "orders.change_pendingorder"),
    "customer_orders:synchronize_pending": "orders.change_pendingorder",
    "customer_orders:hold_pending": "orders.change_pendingorder",
    "customer_orders:release_pending": "orders.change_pendingorder",
    "customer_orders:retry_pending": "orders.change_pendingorder",
    "customer_orders:discard_pending": "orders.change_pendingorder",
    "customer_orders:invoice_selected": "orders.add_delivery",
    "customer_orders:confirmation": "orders.view_customerorder",
    "customer_orders:confirmation_pdf": "orders.view_customerorder",
    "customer_orders:new": "orders.add_customerorder",
    "customer_orders:suggestions": "orders.add_customerorder",
    "customer_orders:edit": "orders.change_customerorder",
    "customer_orders:pick": "orders.change_customerorder",
    "customer_orders:unpick": "orders.change_customerorder",
    "customer_orders:pack": "orders.change_customerorder",
    "customer_orders:unpack": "orders.change_customerorder",
    "customer_orders:ship": "orders.add_delivery",
    "customer_orders:pick_up": "orders.add_delivery",
    "customer_orders:invoice": "orders.add_delivery",
    "customer_orders:take_back": "orders.add_delivery",
    "customer_orders:cancel": "orders.change_customerorder",
    "customer_orders:reverse": "orders.reverse_delivery",
    "customer_orders:approve_fallback": "orders.add_orderapproval",
    "customer_orders:return_goods": "orders.add_delivery",
    "orders:list": "orders.view_salesorder",
    "orders:detail": "orders.view_salesorder",
    "orders:accounts": "orders.view_customertransaction",
    "orders:account": "orders.view_customertransaction",
    "orders:invoices": "orders.view_invoice",
    "orders:invoice": "orders.view_invoice",
    "orders:invoice_print": "orders.view_invoice",
    "orders:invoice_pdf": "orders.view_invoice",
}

OWN_RIGHTS = {"orders.override_deposit": "customerorder", "orders.reverse_delivery": "customerorder"}
_MASTERS = "store terminal staff customer paymentmethod"
_DOCUMENTS = "salesorder customerorder invoice pendingorder customertransaction"
RIGHTS = (
    ("clerk poster auditor administrator", rights("orders", "view", f"{_MASTERS} {_DOCUMENTS}")),
    # Who approves what an order puts on default batches looks at the order.
    ("inventory_controller", rights("orders", "view", "store giftcard customerorder")),
    ("inventory_controller administrator", rights("orders", "add", "orderapproval")),
    ("clerk poster auditor administrator order_desk", rights("orders", "view", "giftcard")),
    ("poster administrator", rights("orders", "change", "giftcard")),
    ("order_desk", rights("orders", "view", f"store customer {_DOCUMENTS}")),
    ("order_desk", rights("orders", "add change", "customer customerorder") | rights("orders", "change", "pendingorder")),
    ("poster order_desk administrator", rights("orders", "add", "delivery")),
    ("order_desk administrator", frozenset({"orders.override_deposit"})),
    ("poster administrator", frozenset({"orders.reverse_delivery"})),
    ("administrator", rights("orders", "add change", f"{_MASTERS} customerorder pendingorder")),
)
