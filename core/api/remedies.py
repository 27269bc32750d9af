"""What puts right calls of the API: the program that calls does; the page of tokens is declared by the project."""

from core.lib.messages import Message
from core.lib.ways import CORRECT_AND_SEND_AGAIN, REPEAT, Sender, for_codes, merged

WAYS = merged(
    for_codes(
        "BAD_CURSOR BAD_IDEMPOTENCY_KEY BAD_PARAMETER BODY_TOO_LARGE IDEMPOTENCY_KEY_REUSED METHOD_NOT_ALLOWED NOT_ACCEPTABLE NO_ROWS "
        "TOO_MANY_ROWS UNKNOWN_ADDRESS UNKNOWN_CAUSE UNKNOWN_JOB WRONG_CONTENT_TYPE",
        CORRECT_AND_SEND_AGAIN,
    ),
    for_codes("BUSY DATABASE_AWAY IDEMPOTENCY_KEY_BUSY TOO_MANY_CALLS", REPEAT),
    for_codes("UNEXPECTED_ERROR_IN_CALL", Sender(Message("A mistake of the program: report it with the time of the call."))),
)
