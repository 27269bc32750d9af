import django.db.models.deletion
from django.db import migrations, models


def card(**options):
    return models.ForeignKey(
        null=True, blank=True, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.giftcard', **options
    )


def reader(name):
    return models.Index(condition=models.Q(('gift_card__isnull', False)), fields=['gift_card'], name=name)


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0061_indexes_without_states'),
    ]

    operations = [
        migrations.CreateModel(
            name='GiftCard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=60, unique=True)),
                ('blocked', models.BooleanField(db_default=False, default=False)),
            ],
        ),
        migrations.AddField(model_name='customerorderline', name='gift_card', field=card(related_name='order_lines')),
        migrations.AddField(model_name='orderpayment', name='gift_card', field=card(related_name='order_payments')),
        migrations.AddIndex(model_name='customerorderline', index=reader('order_line_of_gift_card')),
        migrations.AddIndex(model_name='orderpayment', index=reader('order_payment_of_gift_card')),
    ]
