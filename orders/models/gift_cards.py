"""Gift cards, whatever document sells them or is paid with them."""

from django.db import models

from core.db.fields import code_field


class GiftCard(models.Model):
    """A gift card by its number, made when a document names it first; nothing is taken from one that is `blocked`."""

    number = code_field(unique=True)
    blocked = models.BooleanField(default=False, db_default=False)

    def __str__(self) -> str:
        return self.number
