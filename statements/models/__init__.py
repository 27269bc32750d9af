"""Tables of statements and POS transactions; no rules."""

from statements.models.counting import AcceptedDifference, CountedDenomination, ZReport
from statements.models.documents import (
    CauseHandling,
    CauseNote,
    GiftCardMovement,
    LateKind,
    OrderTransaction,
    PosPayment,
    PosTransaction,
    PosTransactionLine,
    Statement,
    StatementEvent,
    StatementLine,
    TenderCount,
    TransactionVersion,
    ValidationProblem,
)
from statements.models.recalls import CERTAINTIES, FallbackApproval, Recall, RecallLine

__all__ = [
    "CERTAINTIES",
    "AcceptedDifference",
    "CauseHandling",
    "CauseNote",
    "CountedDenomination",
    "FallbackApproval",
    "GiftCardMovement",
    "LateKind",
    "OrderTransaction",
    "PosPayment",
    "PosTransaction",
    "PosTransactionLine",
    "Recall",
    "RecallLine",
    "Statement",
    "StatementEvent",
    "StatementLine",
    "TenderCount",
    "TransactionVersion",
    "ValidationProblem",
    "ZReport",
]
