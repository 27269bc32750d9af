from django.db import migrations

from core.db.checked_amounts import check_amounts

# Of the columns that were widened without a CHECK, those of tables that do not have a row for each line sold (ADR 0019).
AMOUNTS = {
    "statements_pospayment": ("amount",),
    "statements_postransaction": ("net", "tax", "total", "header_discount", "header_paid"),
    "statements_statement": ("total",),
    "statements_statementline": ("transaction_amount", "counted_amount", "difference"),
    "statements_tendercount": ("expected", "counted", "difference"),
}


class Migration(migrations.Migration):
    # Each in a transaction of its own: rows are looked at while others write.
    atomic = False

    dependencies = [("statements", "0125_scanned_expiry")]

    operations = check_amounts(AMOUNTS)
