from django.db import migrations

from core.db.checked_amounts import check_amounts

# Of the columns that were widened without a CHECK, those of tables that do not have a row for each line sold (ADR 0019).
AMOUNTS = {
    "orders_customer": ("credit_limit",),
    "orders_historicalcustomer": ("credit_limit",),
    "orders_store": ("rounding_limit",),
    "orders_historicalstore": ("rounding_limit",),
    "orders_customerorder": ("net", "tax", "total", "deposit_wanted", "deposit_used", "charged", "invoiced", "cancelled"),
    "orders_customerorderline": ("cancelled_net", "cancelled_tax"),
    "orders_customertransaction": ("amount",),
    "orders_delivery": ("net", "tax"),
    "orders_deliveryline": ("net", "tax"),
    "orders_invoice": ("net", "tax", "total"),
    "orders_orderpayment": ("amount",),
    "orders_paymentjournalline": ("amount",),
}


class Migration(migrations.Migration):
    # Each in a transaction of its own: rows are looked at while others write.
    atomic = False

    dependencies = [("orders", "0126_scanned_expiry")]

    operations = check_amounts(AMOUNTS)
