"""Tables of statements and POS transactions; no rules."""

from statements.models.causes import CauseHandling, CauseNote
from statements.models.counting import AcceptedDifference, CountedDenomination, TenderCount, ZReport
from statements.models.recalls import CERTAINTIES, Recall, RecallLine
from statements.models.statements import FallbackApproval, Statement, StatementEvent, StatementLine
from statements.models.transactions import (
    GiftCardMovement,
    LateKind,
    OrderTransaction,
    PosPayment,
    PosTransaction,
    PosTransactionLine,
    TransactionVersion,
    ValidationProblem,
)

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
