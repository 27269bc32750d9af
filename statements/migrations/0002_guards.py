"""Set-based references of till lines and payments."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_name("0002_guards.sql")
REVERSE = Path(__file__).with_name("0002_guards_reverse.sql")


class Migration(migrations.Migration):
    """Guards of statements."""

    dependencies = [("statements", "0001_initial"), ("orders", "0002_guards")]
    operations = [migrations.RunSQL(FORWARD.read_text(encoding="utf-8"), REVERSE.read_text(encoding="utf-8"))]
