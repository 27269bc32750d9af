

from django.db import migrations, models

import core.db.fields


class Migration(migrations.Migration):

    dependencies = [
        ('parameters', '0025_pay_debt_on_receipt'),
    ]

    operations = [
        migrations.AddField(
            model_name='historicalretailparameters',
            name='inventory_fallback_limit_quantity',
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True, verbose_name='Fallback limit, quantity'),
        ),
        migrations.AddField(
            model_name='historicalretailparameters',
            name='inventory_fallback_limit_value',
            field=core.db.fields.MoneyField(blank=True, null=True, verbose_name='Fallback limit, value'),
        ),
        migrations.AddField(
            model_name='historicalretailparameters',
            name='inventory_fallback_over_limit',
            field=models.CharField(choices=[('warn', 'Post and warn'), ('stop', 'Stop')], db_default='warn', default='warn', max_length=10, verbose_name='Over the fallback limit'),
        ),
        migrations.AddField(
            model_name='retailparameters',
            name='inventory_fallback_limit_quantity',
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True, verbose_name='Fallback limit, quantity'),
        ),
        migrations.AddField(
            model_name='retailparameters',
            name='inventory_fallback_limit_value',
            field=core.db.fields.MoneyField(blank=True, null=True, verbose_name='Fallback limit, value'),
        ),
        migrations.AddField(
            model_name='retailparameters',
            name='inventory_fallback_over_limit',
            field=models.CharField(choices=[('warn', 'Post and warn'), ('stop', 'Stop')], db_default='warn', default='warn', max_length=10, verbose_name='Over the fallback limit'),
        ),
    ]
