"""What may be changed of companies, units and number sequences."""

from core.lib.problems import Code, Problem, register

register(
    Code(
        "NUMBER_USED",
        "setup",
        "A number sequence may not go back: the numbers before the next one are given out.",
        "Choose the next number or a higher one.",
        "{sequence} has given out the numbers up to {last}; the next one cannot be {wanted}.",
    ),
)


def number_problem(code: str, stored: int, wanted: int) -> Problem | None:
    """Why the next number of a sequence cannot be the wanted one."""
    if wanted >= stored:
        return None
    return Problem("NUMBER_USED", {"sequence": code, "last": stored - 1, "wanted": wanted})
