"""Stored files."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.db.create_models import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            models=[
                migrations.CreateModel(
                    name='StoredFile',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=200, verbose_name='Name')),
                        ('media_type', models.CharField(max_length=100)),
                        ('size', models.BigIntegerField(blank=True, null=True, verbose_name='Size')),
                        ('digest', models.CharField(blank=True, default='', max_length=64)),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('expires_at', models.DateTimeField(blank=True, null=True)),
                        ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('expires_at__isnull', False)), fields=['expires_at'], name='file_expires')],
                    },
                ),
                migrations.CreateModel(
                    name='StoredFilePart',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.IntegerField()),
                        ('content', models.BinaryField()),
                        ('file', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='files.storedfile')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('file', 'number'), name='file_part_once')],
                    },
                ),
            ],
        ),
    ]
