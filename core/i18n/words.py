"""Names that are stored as single words and shown in the reader's language: results, events and audit entries."""

EVENTS = (
    *("completed", "failed", "held", "post", "interrupted", "clear", "recalculate", "revalidate", "hold"),
    *("changed", "delete orders", "late", "reversed", "fallback limit", "fallback approved", "accepted"),
)
RESULTS = (
    *("transactions", "valid", "errors", "changed", "problems by code", "statements", "new", "waiting", "checks", "differences", "files"),
    *(
        "with rejects",
        "names",
        "rows",
        "updated",
        "unchanged",
        "rejected",
        "lines",
        "posted",
        "units",
        "files removed",
        "failed",
        "held",
        "gone",
        "mails",
        "seal",
    ),
)
DETAILS = (
    *("kind", "new", "updated", "rejected", "fields", "username", "name", "email", "active", "roles", "stores", "event", "text", "job"),
    *("statements", "one_time", "rows", "action", "all", "paused", "resumed", "run now", "made", "changed", "when", "True", "False"),
    *("list", "filters", "format", "customer", "delivery", "quantity", "price", "discount", "tax", "paid", "added", "removed"),
)
WORDS = frozenset((*EVENTS, *RESULTS, *DETAILS, *(name.capitalize() for name in (*EVENTS, *RESULTS))))
