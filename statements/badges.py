"""How the states of statements and the validation of POS transactions look."""

from django.utils.translation import gettext_lazy

from core.ui.badges import Badge

BADGES = {
    "Started": Badge(gettext_lazy("Started"), "idle", "clock"),
    "Marked": Badge(gettext_lazy("Marked"), "idle", "clock"),
    "Calculated": Badge(gettext_lazy("Calculated"), "idle", "calculator"),
    "Posted": Badge(gettext_lazy("Posted"), "good", "check"),
    "failed": Badge(gettext_lazy("Done with failures"), "bad", "alert"),
    "queued": Badge(gettext_lazy("Waiting to be posted"), "work", "clock"),
    "running": Badge(gettext_lazy("Being posted"), "work", "work"),
    "none": Badge(gettext_lazy("Not validated"), "idle", "dash"),
    "valid": Badge(gettext_lazy("Successful"), "good", "check"),
    "error": Badge(gettext_lazy("Error"), "bad", "alert"),
    "discarded": Badge(gettext_lazy("Discarded"), "idle", "cross"),
    "reversed": Badge(gettext_lazy("Reversed"), "idle", "undo"),
    "warning": Badge(gettext_lazy("Warning"), "warn", "alert"),
}
