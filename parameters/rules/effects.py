"""What a change of Retail parameters would do to documents that are open: rooms above this one are asked before it is saved."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.lib.problems import Problem
from parameters.rules.keys import Value
from parameters.rules.settings import RetailSettings


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """A change that is not saved yet: the settings before and after it, and validation rules that it switches."""

    legal_entity_id: int
    before: RetailSettings
    after: RetailSettings
    rules_off: frozenset[str] = frozenset()
    rules_on: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Document:
    """An open document that a change concerns; `detail` says how."""

    number: str
    url: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """One sentence about open documents, some of them by name; `more` are concerned besides those named."""

    tone: Literal["good", "warn", "bad", "info"]
    text: str
    documents: tuple[Document, ...] = ()
    more: int = 0


EffectsOf = Callable[[ProposedChange], Sequence[Effect]]
_ASKED: list[EffectsOf] = []

# Problems of values by column; what did not change is not asked about.
RefusalsOf = Callable[[Mapping[str, Value]], Sequence[Problem]]
_REFUSING: list[RefusalsOf] = []


def check_before_saving(refusals_of: RefusalsOf) -> None:
    """Has `refusals_of` asked, by whatever door parameters are saved; asking for the same twice asks once."""
    if refusals_of not in _REFUSING:
        _REFUSING.append(refusals_of)


def refusals_of_values(changed: Mapping[str, Value]) -> list[Problem]:
    """Why the rooms above refuse the values that change, by column."""
    return [problem for refusals_of in _REFUSING for problem in refusals_of(changed)]


def ask_before_saving(effects_of: EffectsOf) -> None:
    """Has `effects_of` asked whenever parameters are about to be saved; asking for the same twice asks once."""
    if effects_of not in _ASKED:
        _ASKED.append(effects_of)


def effects_of_change(change: ProposedChange) -> list[Effect]:
    """Everything that the rooms above say about a change, in the order in which they asked to be asked."""
    return [effect for effects_of in _ASKED for effect in effects_of(change)]


def proposed_settings(before: RetailSettings, values: dict[str, Value]) -> RetailSettings:
    """The settings with some columns changed; columns that no run reads are left out."""
    known = {name: value for name, value in values.items() if name in RetailSettings.__dataclass_fields__}
    # The values went through `parse_value`, which gives each column its own type.
    return replace(before, **known)  # type: ignore[arg-type]
