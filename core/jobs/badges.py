"""How the states of jobs look."""

from django.utils.translation import gettext_lazy

from core.ui.badges import Badge

BADGES = {
    "job:queued": Badge(gettext_lazy("Waiting"), "idle", "clock"),
    "job:running": Badge(gettext_lazy("Running"), "work", "work"),
    "job:done": Badge(gettext_lazy("Done"), "good", "check"),
    "job:failed": Badge(gettext_lazy("Done with failures"), "bad", "alert"),
    "job:cancelled": Badge(gettext_lazy("Cancelled"), "idle", "dash"),
}
