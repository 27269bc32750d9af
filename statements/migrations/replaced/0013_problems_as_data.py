from django.db import migrations, models


class Migration(migrations.Migration):
    """What validation found is kept as values; a sentence of before is a value itself, said as it was written."""

    dependencies = [('statements', '0012_amounts_by_currency')]

    operations = [
        migrations.AddField('validationproblem', 'variant', models.CharField(blank=True, default='', max_length=30), preserve_default=False),
        migrations.AddField('validationproblem', 'params', models.JSONField(default=dict)),
        migrations.RunSQL(
            "UPDATE statements_validationproblem SET variant = 'as_written', params = jsonb_build_object('text', message)",
            "UPDATE statements_validationproblem SET message = COALESCE(params->>'text', code)",
        ),
        migrations.RemoveField('validationproblem', 'message'),
    ]
