from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

HERE = Path(__file__)


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0050_reserved_changes'),
        ('orders', '0055_numbers_by_company'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReservationChange',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('ordinal', models.PositiveSmallIntegerField()),
                ('before', models.DecimalField(decimal_places=4, max_digits=18)),
                ('reason', models.CharField(max_length=20)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('batch', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, to='inventory.batch')),
                ('order_line', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='orders.salesorderline')),
            ],
            options={
                'indexes': [models.Index(fields=['order_line', 'id'], name='reservation_change_of_line')],
            },
        ),
        migrations.RunSQL(
            HERE.with_suffix('.sql').read_text(encoding='utf-8'),
            HERE.with_name('0050_reservation_changes_reverse.sql').read_text(encoding='utf-8'),
        ),
    ]
