"""What a change of Retail parameters would do to documents that are open: rooms above this one are asked before it is saved."""

from dataclasses import dataclass, replace
from typing import Literal

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


def proposed_settings(before: RetailSettings, values: dict[str, Value]) -> RetailSettings:
    """The settings with some columns changed; columns that no run reads are left out."""
    known = {name: value for name, value in values.items() if name in RetailSettings.__dataclass_fields__}
    # The values went through `parse_value`, which gives each column its own type.
    return replace(before, **known)  # type: ignore[arg-type]
