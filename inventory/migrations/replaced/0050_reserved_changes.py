from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

HERE = Path(__file__)


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0020_journals'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReservedChange',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('before', models.DecimalField(decimal_places=4, max_digits=18)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('on_hand', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='inventory.onhand')),
            ],
            options={
                'indexes': [models.Index(fields=['on_hand', 'id'], name='reserved_change_of_row')],
            },
        ),
        migrations.RunSQL(
            HERE.with_suffix('.sql').read_text(encoding='utf-8'),
            HERE.with_name('0050_reserved_changes_reverse.sql').read_text(encoding='utf-8'),
        ),
    ]
