from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):
    """What each allocation cost, also of those that exist."""

    dependencies = [
        ('inventory', '0012_stock_and_cost'),
        ('orders', '0012_money_and_counting'),
    ]

    operations = [
        migrations.AddField(
            model_name='batchallocation',
            name='cost_amount',
            field=models.DecimalField(db_default=0, decimal_places=2, default=0, max_digits=18),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
