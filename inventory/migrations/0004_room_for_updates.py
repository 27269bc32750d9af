"""Leaves room in the pages of on-hand, so that posting's updates stay in the page and touch no index."""

from django.db import migrations


class Migration(migrations.Migration):
    """Fill factor of on-hand."""

    dependencies = [("inventory", "0003_dispositions")]
    operations = [
        migrations.RunSQL("ALTER TABLE inventory_onhand SET (fillfactor = 60)", "ALTER TABLE inventory_onhand RESET (fillfactor)"),
    ]
