"""References of the lines of recalls (docs/adr/0004-references-of-big-tables.md)."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__)


class Migration(migrations.Migration):
    dependencies = [("statements", "0035_causes")]

    operations = [
        migrations.RunSQL(
            HERE.with_suffix(".sql").read_text(encoding="utf-8"),
            HERE.with_name(f"{HERE.stem}_reverse.sql").read_text(encoding="utf-8"),
        ),
    ]
