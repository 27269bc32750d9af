"""Row locks: the only place that takes them."""

from typing import TypeVar

from django.db.models import Model

ModelT = TypeVar("ModelT", bound=Model)


def locked_row(model: type[ModelT], key: object) -> ModelT:
    """The row of that key, locked against every other change until the transaction ends; one query. Raises the model's DoesNotExist."""
    return model._default_manager.select_for_update().get(pk=key)
