"""Room in the pages of cost rows: every posting changes them, and no index stands on what it changes (HOT)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("inventory", "0066_indexes_once")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE inventory_warehouseitemcost SET (fillfactor = 50)",
            "ALTER TABLE inventory_warehouseitemcost RESET (fillfactor)",
        ),
    ]
