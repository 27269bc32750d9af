from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0070_barcodes'),
    ]

    operations = [
        migrations.AddField(
            model_name='warehouseitemcost',
            name='averaged_after',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
    ]
