from decimal import Decimal

from django.db import migrations, models

import core.db.fields


def quantity():
    return models.DecimalField(
        blank=True, db_default=Decimal('10000'), decimal_places=4, default=Decimal('10000'), max_digits=18, null=True,
        verbose_name='Largest quantity',
    )


def amount():
    return core.db.fields.MoneyField(
        blank=True, db_default=Decimal('1000000'), default=Decimal('1000000'), null=True, verbose_name='Largest amount'
    )


class Migration(migrations.Migration):

    dependencies = [
        ('parameters', '0026_fallback_limits'),
    ]

    operations = [
        migrations.AddField(model_name='historicalretailparameters', name='validation_largest_amount', field=amount()),
        migrations.AddField(model_name='historicalretailparameters', name='validation_largest_quantity', field=quantity()),
        migrations.AddField(model_name='retailparameters', name='validation_largest_amount', field=amount()),
        migrations.AddField(model_name='retailparameters', name='validation_largest_quantity', field=quantity()),
    ]
