"""Movements of goods in a fiscal period can be closed by themselves."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Every period is open for goods at first."""

    dependencies = [("ledger", "0020_journal_accounts")]

    operations = [
        migrations.AddField(
            model_name=name,
            name="stock_status",
            field=models.CharField(choices=[("open", "Open"), ("closed", "Closed")], db_default="open", default="open", max_length=10),
        )
        for name in ("fiscalperiod", "historicalfiscalperiod")
    ]
