"""Set-based references of inventory transactions, which are insert-only; master data that they name stays."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_name("0002_guards.sql")
REVERSE = Path(__file__).with_name("0002_guards_reverse.sql")


class Migration(migrations.Migration):
    """Guards of inventory."""

    dependencies = [("inventory", "0001_initial"), ("ledger", "0002_guards")]
    operations = [migrations.RunSQL(FORWARD.read_text(encoding="utf-8"), REVERSE.read_text(encoding="utf-8"))]
