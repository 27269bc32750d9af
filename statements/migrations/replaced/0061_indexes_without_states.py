"""Indexes of unposted statements: no state stands in an index or its predicate, so that updates of states are HOT."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('statements', '0056_recall_guards'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='statement',
            name='statement_in_work',
        ),
        migrations.RemoveIndex(
            model_name='statement',
            name='statement_of_job',
        ),
        migrations.RemoveIndex(
            model_name='statement',
            name='statement_open',
        ),
        migrations.AddIndex(
            model_name='statement',
            index=models.Index(condition=models.Q(('posted_at__isnull', True)), fields=['warehouse', 'business_date'], name='statement_in_work'),
        ),
        migrations.AddIndex(
            model_name='statement',
            index=models.Index(condition=models.Q(('posted_at__isnull', True)), fields=['store', 'business_date'], name='statement_open'),
        ),
        migrations.AddIndex(
            model_name='statement',
            index=models.Index(condition=models.Q(('posted_at__isnull', True)), fields=['job'], name='statement_of_job'),
        ),
    ]
