from django.db import migrations

from core.db.checked_amounts import check_amounts

# Of the columns that were widened without a CHECK, those of tables that do not have a row for each line sold (ADR 0019).
AMOUNTS = {
    "inventory_costadjustment": ("amount",),
    "inventory_warehouseitemcost": ("value",),
}


class Migration(migrations.Migration):
    # Each in a transaction of its own: rows are looked at while others write.
    atomic = False

    dependencies = [("inventory", "0135_lean_batches")]

    operations = check_amounts(AMOUNTS)
