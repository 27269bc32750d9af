"""Kinds of statements, and which documents the kinds of a split store book (docs/domain.md#statement-kinds)."""

from enum import StrEnum


class StatementKind(StrEnum):
    """What a statement states of its store day: all of it, what was sold and paid, or what drawers hold."""

    COMBINED = "combined"
    TRANSACTIONAL = "transactional"
    FINANCIAL = "financial"


# What a split store books on transactional statements; the rest of its documents is about drawers and goes to financial ones.
SALES_KINDS = ("sale", "income", "expense", "payment")
