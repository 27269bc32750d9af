"""The history of customer orders is only ever added to."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_name("0009_history_insert_only.sql")
REVERSE = "DROP TRIGGER order_event_insert_only ON orders_orderevent;"


class Migration(migrations.Migration):
    """Guard of the history."""

    dependencies = [("orders", "0008_history_of_customer_orders"), ("ledger", "0002_guards")]
    operations = [migrations.RunSQL(FORWARD.read_text(encoding="utf-8"), REVERSE)]
