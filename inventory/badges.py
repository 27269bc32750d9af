"""How settlements and the origin of a batch look."""

from django.utils.translation import gettext_lazy

from core.ui.badges import Badge

BADGES = {
    "settlement:undone": Badge(gettext_lazy("Undone"), "idle", "cross"),
    "settlement:undo": Badge(gettext_lazy("Undoes another"), "idle", "left"),
    "default": Badge(gettext_lazy("Default batch"), "warn", "alert"),
    "allocated": Badge(gettext_lazy("Chosen by policy"), "idle", "check"),
    "captured": Badge(gettext_lazy("Captured at the till"), "idle", "check"),
    "returned": Badge(gettext_lazy("Returned"), "idle", "left"),
    "untracked": Badge(gettext_lazy("Not batch-tracked"), "idle", "dash"),
}
