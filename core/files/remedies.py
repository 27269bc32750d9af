"""What puts right what is wrong with a file: whoever made it does; the page of imports is declared by the project."""

from core.lib.messages import Message
from core.lib.ways import CORRECT_AND_SEND_AGAIN, Sender, for_codes, merged

WAYS = merged(
    for_codes(
        "UNREADABLE_FILE FILE_DAMAGED WRONG_COLUMNS UNKNOWN_KIND BAD_ENCODING BAD_CSV BAD_JSON BAD_TEXT BAD_NUMBER BAD_DATE BAD_VALUE "
        "MISSING_FIELD UNKNOWN_FIELD TOO_LARGE DUPLICATE_LINE REFUSED_BY_DATABASE FILE_EMPTY FILE_TOO_LARGE",
        CORRECT_AND_SEND_AGAIN,
    ),
    for_codes("DATABASE_LOST FILE_GONE", Sender(Message("Import or export the same again; what is known counts as unchanged."))),
    for_codes("UNKNOWN_LIST", Sender(Message("Open the list again and export from there."))),
)
