"""What customers owe on account: the entries that make it."""

from django.db import models
from django.db.models.functions import Now

from core.db.fields import money_field, name_field
from orders.models.stores import Customer
from parameters.models import LegalEntity


class CustomerTransaction(models.Model):
    """One entry of a customer's account with a legal entity: bought on account positive, paid or given back negative; never changed."""

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="transactions", db_index=False)
    source_kind = models.PositiveSmallIntegerField()
    source_id = models.BigIntegerField()
    date = models.DateField()
    amount = money_field()
    text = name_field(blank=True, default="")
    posted_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=("source_kind", "source_id"), name="customer_transaction_once"),)
        # Reader: the open amount and the page of a customer.
        indexes = (models.Index(fields=("customer", "legal_entity", "date"), name="customer_transaction_by_date"),)

    def __str__(self) -> str:
        return f"{self.customer_id} {self.amount}"
