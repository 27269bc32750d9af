

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0035_help_requests'),
    ]

    operations = [
        migrations.AlterField(
            model_name='auditentry',
            name='action',
            field=models.CharField(choices=[('sign_in', 'Signed in'), ('sign_out', 'Signed out'), ('sign_in_failed', 'Sign-in failed'), ('locked_out', 'Locked out'), ('unlock', 'Unlocked sign-in'), ('password', 'Changed password'), ('password_asked', 'Asked for a password reset'), ('user_create', 'Created user'), ('user_change', 'Changed user'), ('parameters', 'Changed Retail parameters'), ('master_data', 'Changed master data'), ('validate', 'Validated transactions'), ('calculate', 'Calculated statements'), ('post', 'Asked for posting'), ('hold', 'Held transactions'), ('clear', 'Cleared statement'), ('correct', 'Corrected transactions'), ('count', 'Counted a tender'), ('settle', 'Settled batch debt'), ('import', 'Imported a file'), ('export', 'Exported data'), ('recurrence', 'Changed a recurrence'), ('token_create', 'Made an API token'), ('token_revoke', 'Revoked an API token'), ('ask', 'Asked for help'), ('answer', 'Answered'), ('inbox', 'Worked on an exception'), ('accept', 'Accepted a difference')], max_length=20, verbose_name='action'),
        ),
    ]
