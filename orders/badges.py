"""How the states of orders, of their lines and of pending ones look."""

from django.utils.translation import gettext_lazy, pgettext_lazy

from core.ui.badges import Badge

BADGES = {
    "aggregated": Badge(gettext_lazy("Aggregated"), "idle", "clock"),
    "created": Badge(gettext_lazy("Open order"), "idle", "clock"),
    "invoiced": Badge(gettext_lazy("Invoiced"), "good", "check"),
    "order:failed": Badge(gettext_lazy("Failed"), "bad", "alert"),
    "order:queued": Badge(gettext_lazy("Waiting"), "work", "clock"),
    "order:running": Badge(gettext_lazy("Being invoiced"), "work", "work"),
    "order:partly": Badge(gettext_lazy("Partly invoiced"), "idle", "clock"),
    "cancelled": Badge(pgettext_lazy("order", "Cancelled"), "idle", "dash"),
    "stage:open": Badge(gettext_lazy("Open"), "idle", "clock"),
    "stage:picked": Badge(gettext_lazy("Picked"), "work", "check"),
    "stage:packed": Badge(gettext_lazy("Packed"), "work", "batch"),
    "stage:invoiced": Badge(gettext_lazy("Invoiced"), "good", "check"),
    "stage:cancelled": Badge(pgettext_lazy("order", "Cancelled"), "idle", "dash"),
    "pending:waiting": Badge(gettext_lazy("Waiting"), "idle", "clock"),
    "pending:created": Badge(gettext_lazy("Order created"), "good", "check"),
    "pending:failed": Badge(gettext_lazy("Failed"), "bad", "alert"),
    "pending:discarded": Badge(gettext_lazy("Discarded"), "idle", "cross"),
    "held": Badge(gettext_lazy("Held"), "warn", "clock"),
}
