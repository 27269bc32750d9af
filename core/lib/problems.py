"""Problems as values, and the registry of every stable code with its meaning and remedy (docs/codes.md is printed from it)."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Severity(StrEnum):
    """What a problem does: an error keeps the row or document back, a warning only alerts."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Code:
    """A stable code: `meaning` for people, `remedy` what to do; a code is never reused for something else.

    A rule that is `always_on` cannot be switched off: what comes after relies on it.
    """

    code: str
    area: str
    meaning: str
    remedy: str
    severity: Severity = Severity.ERROR
    always_on: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with one row or document: a registered code and one sentence with the offending values."""

    code: str
    message: str
    line: int | None = None
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Shortage:
    """A quantity (item's unit) that could not be allocated, with what would fix it."""

    code: str
    missing: Decimal


class BusinessError(Exception):
    """A request that cannot be met; carries problems that a person can act on. Nothing was changed."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{problem.code}: {problem.message}" for problem in problems))
        self.problems = problems


REGISTRY: dict[str, Code] = {}


def register(*codes: Code) -> None:
    """Adds codes to the registry; raises ValueError when one is registered twice."""
    for code in codes:
        if code.code in REGISTRY:
            raise ValueError(f"code {code.code} is registered twice")
        REGISTRY[code.code] = code
