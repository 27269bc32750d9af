"""Numbers of statements and of their sales orders, which no order that comes in may have in the same company (ADR 0020); pure."""

import re

from core.lib.problems import Problem, register_texts

register_texts(
    "CONFLICT",
    {"number_of_statements": "Order {order} is numbered as sales orders of statements of store {store} are; give it another number."},
)
# The number of a statement, and behind it the ordinal that posting gives each of its sales orders.
_ORDER_OF_STATEMENT = re.compile(r"(.+)-[0-9]{6,}-[0-9]{4,}", re.DOTALL)


def statement_number(store: str, counter: int) -> str:
    """The number of a statement; `counter` is of the number sequence of its store."""
    return f"{store}-{counter:06d}"


def store_of_statement(order_number: str) -> str:
    """The code of the store whose statements number a sales order so; '' for a number that no statement gives."""
    found = _ORDER_OF_STATEMENT.fullmatch(order_number)
    return found[1] if found else ""


def number_of_statements(order_number: str) -> Problem:
    """The problem of an order that came in under a number which statements give."""
    return Problem("CONFLICT", {"order": order_number, "store": store_of_statement(order_number)}, variant="number_of_statements")
