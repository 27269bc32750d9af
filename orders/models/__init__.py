"""Stores and whom they sell to, sales orders, invoices, batch allocations, payment journals, customer orders; no rules."""

from orders.models.accounts import CustomerTransaction
from orders.models.customer_orders import (
    CustomerOrder,
    CustomerOrderLine,
    Delivery,
    DeliveryLine,
    OrderApproval,
    OrderEvent,
    OrderPayment,
    Reservation,
    ReservationChange,
)
from orders.models.documents import (
    BatchAllocation,
    Invoice,
    InvoiceLine,
    OrderProblem,
    PaymentJournal,
    PaymentJournalLine,
    SalesOrder,
    SalesOrderLine,
)
from orders.models.gift_cards import GiftCard
from orders.models.pending import PendingOrder, PendingOrderEvent
from orders.models.stores import Customer, PaymentMethod, Staff, Store, StoreScope, Terminal

__all__ = (
    "BatchAllocation",
    "Customer",
    "CustomerOrder",
    "CustomerOrderLine",
    "CustomerTransaction",
    "Delivery",
    "DeliveryLine",
    "GiftCard",
    "Invoice",
    "InvoiceLine",
    "OrderApproval",
    "OrderEvent",
    "OrderPayment",
    "OrderProblem",
    "PaymentJournal",
    "PaymentJournalLine",
    "PaymentMethod",
    "PendingOrder",
    "PendingOrderEvent",
    "Reservation",
    "ReservationChange",
    "SalesOrder",
    "SalesOrderLine",
    "Staff",
    "Store",
    "StoreScope",
    "Terminal",
)
