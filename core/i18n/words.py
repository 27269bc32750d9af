"""Names that are stored as single words and shown in the reader's language: results, events and audit entries, delivery modes, verbs."""

from django.utils.translation import gettext_lazy, pgettext_lazy

EVENTS = (
    *("completed", "failed", "held", "post", "interrupted", "clear", "recalculate", "revalidate", "hold"),
    *("changed", "delete orders", "late", "reversed", "fallback limit"),
)
RESULTS = (
    *("transactions", "valid", "errors", "changed", "problems by code", "statements", "new", "waiting", "checks", "differences", "files"),
    *("with rejects", "names", "rows", "updated", "unchanged", "rejected", "lines", "posted", "units", "files removed", "failed", "held"),
)
DETAILS = (
    *("kind", "new", "updated", "rejected", "fields", "username", "name", "email", "active", "roles", "stores", "event", "text", "job"),
    *("statements", "one_time", "rows", "action", "all", "paused", "resumed", "run now", "made", "changed", "when", "True", "False"),
    *("list", "filters", "format", "customer", "delivery", "quantity", "price", "discount", "tax", "paid", "added", "removed"),
)
WORDS = frozenset((*EVENTS, *RESULTS, *DETAILS, *(name.capitalize() for name in (*EVENTS, *RESULTS))))
MODES = {"pickup": gettext_lazy("Pickup"), "ship": gettext_lazy("Ship"), "carry_out": gettext_lazy("Carry out")}
# What is done to a customer order, as buttons and its history say it.
VERBS = {
    "take": gettext_lazy("Take"),
    "edit": gettext_lazy("Edit"),
    "pick": pgettext_lazy("order", "Pick"),
    "unpick": gettext_lazy("Unpick"),
    "pack": gettext_lazy("Pack"),
    "unpack": gettext_lazy("Unpack"),
    "ship": gettext_lazy("Ship"),
    "pick_up": gettext_lazy("Pick up"),
    "carry_out": gettext_lazy("Carry out"),
    "invoice": pgettext_lazy("order", "Invoice"),
    "cancel": pgettext_lazy("order", "Cancel"),
    "return": gettext_lazy("Return"),
}
