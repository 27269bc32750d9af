from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

HERE = Path(__file__)


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0161_guards_of_voucher_lines'),
    ]

    operations = [
        migrations.AlterField(
            model_name='debtsettlementline',
            name='settlement',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.debtsettlement'),
        ),
        migrations.AlterField(
            model_name='debtsettlementline',
            name='debt',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='inventory.batchdebt'),
        ),
        migrations.AlterField(
            model_name='debtsettlementline',
            name='credit',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='inventory.batchcredit'),
        ),
        migrations.AlterField(
            model_name='debtsettlementline',
            name='to_batch',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.batch'),
        ),
        migrations.RunSQL(
            HERE.with_suffix('.sql').read_text(encoding='utf-8'),
            HERE.with_name('0171_lean_settlements_reverse.sql').read_text(encoding='utf-8'),
        ),
    ]
