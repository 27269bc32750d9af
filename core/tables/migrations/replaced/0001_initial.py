"""Saved views and chosen columns."""

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
                    name='ColumnChoice',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('list_key', models.CharField(max_length=60)),
                        ('columns', models.JSONField(default=list)),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('user', 'list_key'), name='column_choice_once')],
                    },
                ),
                migrations.CreateModel(
                    name='SavedView',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('list_key', models.CharField(max_length=60)),
                        ('name', models.CharField(max_length=80)),
                        ('query', models.TextField(blank=True, default='')),
                        ('is_default', models.BooleanField(default=False)),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('user', 'list_key', 'name'), name='saved_view_once'), models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('user', 'list_key'), name='saved_view_one_default')],
                    },
                ),
            ],
        ),
    ]
