"""How the states of an import look."""

from django.utils.translation import gettext_lazy

from core.ui.badges import Badge

BADGES = {
    "import:checking": Badge(gettext_lazy("Being checked"), "work", "work"),
    "import:checked": Badge(gettext_lazy("Checked, not imported"), "idle", "clock"),
    "import:unusable": Badge(gettext_lazy("Cannot be used"), "bad", "alert"),
    "import:applying": Badge(gettext_lazy("Being imported"), "work", "work"),
    "import:applied": Badge(gettext_lazy("Imported"), "good", "check"),
    "import:partly": Badge(gettext_lazy("Imported without the rejects"), "warn", "alert"),
    "import:stopped": Badge(gettext_lazy("Stopped"), "warn", "alert"),
}
