"""Delivery modes and what is done to an order, in plain words, by the code that is stored."""

from django.utils.translation import gettext_lazy, pgettext_lazy

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
