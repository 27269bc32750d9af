from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

HERE = Path(__file__)


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0125_settlement_proposals'),
    ]

    operations = [
        migrations.AlterField(
            model_name='batch',
            name='item',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.item'),
        ),
        migrations.AlterField(
            model_name='batch',
            name='disposition',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.disposition'),
        ),
        migrations.RunSQL(
            HERE.with_suffix('.sql').read_text(encoding='utf-8'),
            HERE.with_name('0135_lean_batches_reverse.sql').read_text(encoding='utf-8'),
        ),
    ]
