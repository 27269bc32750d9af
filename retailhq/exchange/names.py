"""What kinds of files are called, in the order in which a new company loads them: each names rows of those before it."""

from django.utils.translation import gettext_lazy

KIND_NAMES = {
    "legal-entities": gettext_lazy("Legal entities"),
    "warehouses": gettext_lazy("Warehouses"),
    "stores": gettext_lazy("Stores"),
    "customers": gettext_lazy("Customers"),
    "items": gettext_lazy("Items"),
    "dispositions": gettext_lazy("Batch dispositions"),
    "unit-conversions": gettext_lazy("Unit conversions"),
    "receipts": gettext_lazy("Receipts of goods"),
    "batches": gettext_lazy("Changes of batches"),
    "journals": gettext_lazy("Inventory journals"),
    "transactions": gettext_lazy("POS transactions"),
    "customer-orders": gettext_lazy("Customer orders"),
    "z-reports": gettext_lazy("Z reports"),
}
