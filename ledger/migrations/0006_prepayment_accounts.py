from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):
    """Accounts and posting profiles of customer orders for the legal entities that exist."""

    dependencies = [
        ("ledger", "0005_customer_prepayments"),
        ("parameters", "0001_initial"),
    ]

    # What was posted to the accounts by then keeps them, so the way back leaves them.
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
