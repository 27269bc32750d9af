"""What people keep about lists: their columns and their saved views."""

from django.conf import settings
from django.db import models

from core.db.fields import name_field

VIEW_NAME_LENGTH = 80


class ColumnChoice(models.Model):
    """The columns of a list that a person chose, in order; the address of a page may name others."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    list_key = models.CharField(max_length=60)
    columns = models.JSONField(default=list)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "list_key"), name="column_choice_once"),)

    def __str__(self) -> str:
        return f"{self.user_id} {self.list_key}"


class SavedView(models.Model):
    """A list as a person keeps it under a name: filters, sort and columns, as the query of its address.

    The default view is what the person sees when the list is opened without a query.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    list_key = models.CharField(max_length=60)
    name = name_field(max_length=VIEW_NAME_LENGTH)
    query = models.TextField(blank=True, default="")
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "list_key", "name"), name="saved_view_once"),
            models.UniqueConstraint(fields=("user", "list_key"), condition=models.Q(is_default=True), name="saved_view_one_default"),
        )

    def __str__(self) -> str:
        return self.name
