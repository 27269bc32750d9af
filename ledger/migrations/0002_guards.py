"""Vouchers are insert-only and balance; fiscal periods do not overlap."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_name("0002_guards.sql")
REVERSE = Path(__file__).with_name("0002_guards_reverse.sql")


class Migration(migrations.Migration):
    """Guards of the ledger."""

    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD.read_text(encoding="utf-8"), REVERSE.read_text(encoding="utf-8"))]
