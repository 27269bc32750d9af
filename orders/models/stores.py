"""Stores and whom they sell to."""

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

from core.db.fields import active_field, code_field, money_field, name_field
from inventory.models import Warehouse
from parameters.models import Currency


class PaymentMethod(models.Model):
    """How customers pay."""

    code = code_field(primary_key=True, max_length=20)
    name = name_field()
    is_active = active_field()
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.code


class Customer(models.Model):
    """A buyer; each store has a walk-in customer of its own."""

    code = code_field(unique=True)
    name = name_field()
    blocked = models.BooleanField(default=False)
    is_active = active_field()
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.code


class Store(models.Model):
    """A selling point. Sales before `end_of_business_day` (local time) belong to the previous business day."""

    code = code_field(unique=True)
    name = name_field()
    warehouse = models.ForeignKey(Warehouse, null=True, blank=True, on_delete=models.PROTECT)
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT)
    time_zone = models.CharField(max_length=60)
    end_of_business_day = models.TimeField()
    walk_in_customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    max_payment_difference = money_field(default=0)
    is_active = active_field()
    history = HistoricalRecords()

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(max_payment_difference__gte=0), name="payment_difference_not_negative"),)

    def __str__(self) -> str:
        return self.code


class StoreScope(models.Model):
    """A store that a user sees; without store: all of them, also those that open later. A user without row sees no store."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="store_scopes", db_index=False)
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        # Leads with the user: also the reader of a request's scope.
        constraints = (models.UniqueConstraint(fields=("user", "store"), nulls_distinct=False, name="store_scope_once"),)

    def __str__(self) -> str:
        return f"{self.user_id}/{self.store_id or '*'}"


class Terminal(models.Model):
    """A till of a store."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    code = code_field()
    name = name_field(blank=True, default="", db_default="")
    is_active = active_field()
    history = HistoricalRecords()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("store", "code"), name="terminal_once"),)

    def __str__(self) -> str:
        return self.code


class Staff(models.Model):
    """Somebody who works a till."""

    code = code_field(unique=True)

    class Meta:
        verbose_name_plural = "staff"

    def __str__(self) -> str:
        return self.code
