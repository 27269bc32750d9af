"""Codes that saving any kind of master data may answer with."""

from core.lib.problems import Code, register

RECORD_CHANGED = "RECORD_CHANGED"
RECORD_EXISTS = "RECORD_EXISTS"
RECORD_REFUSED = "RECORD_REFUSED"

register(
    Code(
        RECORD_CHANGED,
        "setup",
        "Somebody else saved the record while it was open; nothing was changed.",
        "Look at both versions, which the page shows, and save again or take what is stored.",
        "Somebody else changed this record while you had it open; look at both versions and save again.",
    ),
    Code(
        RECORD_EXISTS,
        "setup",
        "There is such a record already.",
        "Choose another code, or change the record that exists.",
        "There is such a record already; somebody else may just have made it.",
    ),
    Code(
        RECORD_REFUSED,
        "setup",
        "The database refused the record although its fields are right.",
        "Correct what the message names.",
        "The database refuses this record: {reason}.",
    ),
)
