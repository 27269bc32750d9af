"""Names in stored results, events and audit entries: single English words and short names that pages show in the reader's language."""

EVENTS = ("completed", "failed", "held", "post", "interrupted", "clear", "recalculate", "revalidate", "hold")
RESULTS = (
    *("transactions", "valid", "errors", "changed", "problems by code", "statements", "new", "waiting", "checks", "differences", "files"),
    *("with rejects", "names", "rows", "updated", "unchanged", "rejected", "lines", "posted", "units", "files removed", "failed", "held"),
)
DETAILS = (
    *("kind", "new", "updated", "rejected", "fields", "username", "name", "email", "active", "roles", "stores", "event", "text", "job"),
    *("statements", "one_time", "rows", "deed", "all", "paused", "resumed", "run now", "made", "changed", "when", "True", "False"),
    *("list", "filters", "format"),
)
WORDS = frozenset((*EVENTS, *RESULTS, *DETAILS, *(name.capitalize() for name in (*EVENTS, *RESULTS))))
