"""Kinds of statements: which documents each books, and whose money it counts (docs/domain.md#statement-kinds)."""

from enum import StrEnum


class StatementKind(StrEnum):
    """What a statement states of its store day: all of it, what was sold and paid, or what drawers hold."""

    COMBINED = "combined"
    TRANSACTIONAL = "transactional"
    FINANCIAL = "financial"


# What a split store books on transactional statements; the rest of its documents is about drawers and goes to financial ones.
SALES_KINDS = ("sale", "income", "expense", "payment")


def books(kind: str, document: str) -> bool:
    """Whether a statement of this kind may hold a document of that kind."""
    return kind == StatementKind.COMBINED or (document in SALES_KINDS) == (kind == StatementKind.TRANSACTIONAL)


def counts_money(kind: str) -> bool:
    """Whether a statement of this kind has lines per tender and books differences."""
    return kind != StatementKind.TRANSACTIONAL
