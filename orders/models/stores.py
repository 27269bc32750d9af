"""Stores and whom they sell to."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy
from simple_history.models import HistoricalRecords

from core.db.fields import active_field, code_field, money_field, name_field
from inventory.models import Warehouse
from parameters.models import Currency


class PaymentMethod(models.Model):
    """How customers pay; codes such as `cash` name it in files and postings."""

    code = code_field(primary_key=True, max_length=20)
    name = name_field()
    is_active = active_field()
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.code


class Customer(models.Model):
    """A buyer; each store has a walk-in customer of its own.

    `blocked` buyers are sold nothing; `on_hold` ones nothing on account, and nobody more on account than `credit_limit` (None: no limit).
    """

    code = code_field(unique=True)
    name = name_field()
    blocked = models.BooleanField(default=False)
    on_hold = models.BooleanField(default=False, db_default=False)
    credit_limit = money_field(null=True, blank=True)
    email = name_field(blank=True, default="", db_default="")
    phone = name_field(blank=True, default="", db_default="")
    address = models.TextField(blank=True, default="", db_default="")
    is_active = active_field()
    history = HistoricalRecords()

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(credit_limit__gte=0), name="credit_limit_not_negative"),)

    def __str__(self) -> str:
        return self.code


class Store(models.Model):
    """A selling point. Sales before `end_of_business_day` (local time) belong to the previous business day.

    `rounding_limit` is how far lines, header and payments of a receipt may be apart. `statement_method` is the unit that money is counted
    in, `count` what holds of several counts of one drawer. `statement_model` says whether a day is posted as one statement, or its sales
    and its money apart (blank: as the company), `closing_method` whether a shift has to be closed before its money is stated.
    `number_series` says whether the numbers of its tills begin anew each day.
    """

    class Count(models.TextChoices):
        LAST = "last", gettext_lazy("The last count")
        SUM = "sum", gettext_lazy("The sum of all counts")

    class StatementMethod(models.TextChoices):
        TOTAL = "total", gettext_lazy("Total of the store")
        TERMINAL = "terminal", gettext_lazy("Terminal")
        STAFF = "staff", gettext_lazy("Staff")
        SHIFT = "shift", gettext_lazy("Shift")

    class StatementModel(models.TextChoices):
        COMPANY = "", gettext_lazy("As the company")
        COMBINED = "combined", gettext_lazy("Combined")
        SPLIT = "split", gettext_lazy("Transactional and financial")

    class ClosingMethod(models.TextChoices):
        TIME = "time", gettext_lazy("End of business day")
        SHIFT = "shift", gettext_lazy("Closed shifts")

    class NumberSeries(models.TextChoices):
        TERMINAL = "terminal", gettext_lazy("One for each terminal")
        DAY = "day", gettext_lazy("Begins anew each day")

    code = code_field(unique=True)
    name = name_field()
    warehouse = models.ForeignKey(Warehouse, null=True, blank=True, on_delete=models.PROTECT)
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT)
    time_zone = models.CharField(max_length=60)
    end_of_business_day = models.TimeField()
    walk_in_customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    rounding_limit = money_field(default=Decimal("0.05"), db_default=Decimal("0.05"))
    count = models.CharField(max_length=4, choices=Count, default=Count.LAST, db_default=Count.LAST)
    statement_method = models.CharField(
        max_length=8, choices=StatementMethod, default=StatementMethod.TOTAL, db_default=StatementMethod.TOTAL
    )
    statement_model = models.CharField(
        max_length=10, choices=StatementModel, default=StatementModel.COMPANY, db_default=StatementModel.COMPANY, blank=True
    )
    closing_method = models.CharField(max_length=5, choices=ClosingMethod, default=ClosingMethod.TIME, db_default=ClosingMethod.TIME)
    number_series = models.CharField(max_length=8, choices=NumberSeries, default=NumberSeries.TERMINAL, db_default=NumberSeries.TERMINAL)
    is_active = active_field()
    history = HistoricalRecords()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(rounding_limit__gte=0), name="rounding_limit_not_negative"),
            # What a shift states is counted by shift.
            models.CheckConstraint(
                condition=~models.Q(closing_method="shift") | models.Q(statement_method="shift"), name="closing_by_shift_counts_by_shift"
            ),
        )

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

    store = models.ForeignKey(Store, on_delete=models.PROTECT, db_index=False)
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
