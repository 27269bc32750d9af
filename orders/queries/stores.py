"""Stores and how their customers pay, for a whole batch of documents."""

from core.db.bulk import fetch_all


def payment_methods() -> list[str]:
    """All payment methods by code; one statement."""
    return [code for (code,) in fetch_all("SELECT code FROM orders_paymentmethod ORDER BY code")]
