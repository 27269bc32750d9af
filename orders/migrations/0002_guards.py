"""Set-based references of order lines, invoice lines and allocations; posted rows are insert-only."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_name("0002_guards.sql")
REVERSE = Path(__file__).with_name("0002_guards_reverse.sql")


class Migration(migrations.Migration):
    """Guards of orders."""

    dependencies = [("orders", "0001_initial"), ("inventory", "0002_guards")]
    operations = [migrations.RunSQL(FORWARD.read_text(encoding="utf-8"), REVERSE.read_text(encoding="utf-8"))]
