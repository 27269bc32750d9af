

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('parameters', '0008_late_documents'),
    ]

    operations = [
        migrations.AddField(
            model_name='historicalretailparameters',
            name='inventory_pay_debt_on_receipt',
            field=models.BooleanField(db_default=False, default=False, verbose_name='Pay batch debt on receipt'),
        ),
        migrations.AddField(
            model_name='retailparameters',
            name='inventory_pay_debt_on_receipt',
            field=models.BooleanField(db_default=False, default=False, verbose_name='Pay batch debt on receipt'),
        ),
    ]
