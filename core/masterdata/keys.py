"""Keys of records in addresses: some are codes, which may hold any character."""

from typing import Any

from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import ValidationError
from django.db.models import Model


def write_key(key: object) -> str:
    """A key as one part of an address."""
    return str(quote(str(key)))


def read_key(model: type[Model], text: str) -> Any:
    """The key that a part of an address stands for, None when it can be none."""
    plain = unquote(text)
    if not plain.isprintable():
        return None
    try:
        return model._meta.pk.to_python(plain)
    except ValidationError:
        return None
