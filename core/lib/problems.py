"""Problems as values, and the registry of every stable code: title, sentences and remedy (docs/codes.md is printed from it)."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from enum import StrEnum
from typing import Any

from core.lib.messages import AS_WRITTEN_TEXT, TEXTS, Message, Params, decode_params, encode_params


class Severity(StrEnum):
    """What a problem does: an error keeps the row or document back, a warning only alerts."""

    ERROR = "error"
    WARNING = "warning"


# The variant of a problem whose sentence is its one value `text`: rows of earlier versions, and what other programs said.
AS_WRITTEN = "as_written"


@dataclass(frozen=True, slots=True)
class Code:
    """A stable code: `title` says in general what is wrong, `remedy` what to do; a code is never reused for something else.

    `text` is the sentence of a problem, with a place for each value; a code with several sentences has them by variant. What
    carries out the remedy is declared in `core/lib/ways.py`. A rule that is `always_on` cannot be switched off: what comes after relies
    on it.
    """

    code: str
    area: str
    title: str
    remedy: str
    text: str | Mapping[str, str] = ""
    _: KW_ONLY
    severity: Severity = Severity.ERROR
    always_on: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with one row or document: a registered code and the values of its sentence.

    `field` is the field of a form that it is about, `line` the number of a line; `variant` chooses among the sentences of the code.
    """

    code: str
    params: Params = dataclasses.field(default_factory=dict, hash=False)
    field: str | None = None
    line: int | None = None
    variant: str = ""
    severity: Severity = Severity.ERROR

    @property
    def message(self) -> Message:
        """The sentence with its values, not yet in any language."""
        if self.variant == AS_WRITTEN:
            return Message(AS_WRITTEN_TEXT, self.params)
        return Message(text_of(self.code, self.variant), self.params, self.code, self.variant)

    @property
    def stored_params(self) -> dict[str, Any]:
        """The values as a column of JSON holds them."""
        return encode_params(self.params)


def stored_problem(
    code: str,
    variant: str,
    params: Mapping[str, Any],
    line: int | None = None,
    severity: str = Severity.ERROR,
) -> Problem:
    """The problem that was stored in columns."""
    return Problem(code, decode_params(params), None, line, variant, Severity(severity))


class BusinessError(Exception):
    """A request that cannot be met; carries problems that a person can act on. Nothing was changed."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{problem.code}: {problem.message}" for problem in problems))
        self.problems = problems


class Codes(dict[str, Code]):
    """Codes by their names. Asked for one that is not there, it has all modules that register codes imported before it answers.

    A module registers its codes and sentences when it is imported, and who answers with one need not import it: `calculate_statements`
    refuses a store with the code of one room and the sentence of another.
    """

    def __contains__(self, code: object) -> bool:
        return super().__contains__(code) or (_complete() and super().__contains__(code))

    def __missing__(self, code: str) -> Code:
        if _complete() and super().__contains__(code):
            return self[code]
        raise KeyError(code)

    def get(self, code: str, default: Any = None) -> Any:
        """The code; `default` if there is none."""
        if code not in self:
            return default
        return self[code]


REGISTRY = Codes()
_missing_modules: list[Callable[[], None]] = []


def complete_with(import_all: Callable[[], None]) -> None:
    """What imports all modules that register codes; the project gives it, which knows them all."""
    _missing_modules.append(import_all)


def _complete() -> bool:
    """Imports what registers codes, at the first code or sentence that is missing; says whether there was anything to import.

    Two threads that come here at once wait for each other at each module, as with every import.
    """
    found = bool(_missing_modules)
    for import_all in tuple(_missing_modules):
        import_all()
    _missing_modules.clear()
    return found


def register(*codes: Code) -> None:
    """Adds codes to the registry; raises ValueError when one is registered twice."""
    for code in codes:
        if dict.__contains__(REGISTRY, code.code):
            raise ValueError(f"code {code.code} is registered twice")
        REGISTRY[code.code] = code
        if code.text:
            register_texts(code.code, {"": code.text} if isinstance(code.text, str) else code.text)


def register_texts(code: str, texts: Mapping[str, str]) -> None:
    """Adds sentences, by variant, to a code that a lower room registers; raises ValueError for a variant that is there."""
    for variant, text in texts.items():
        if (code, variant) in TEXTS or variant == AS_WRITTEN:
            raise ValueError(f"code {code} has the variant {variant!r} twice")
        TEXTS[code, variant] = text


def text_of(code: str, variant: str) -> str:
    """The sentence of a problem; of one that has none of its own, the title of its code, else the code."""
    if (code, variant) not in TEXTS:
        _complete()
    return TEXTS.get((code, variant)) or (REGISTRY[code].title if code in REGISTRY else code)
