"""When worker, beat and watchdog last said that they live."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("jobs", "0002_titles_as_messages")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="SignOfLife",
            fields=[
                ("part", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
        ),
    ]
