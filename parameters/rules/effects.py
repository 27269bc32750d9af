"""What a change of Retail parameters would do to documents that are open: rooms above this one are asked before it is saved."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Generic, Literal, NamedTuple, TypeVar

from core.lib.decimals import ZERO
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


# Two dry runs of so many lines take some seconds at most, on a page where somebody waits.
LINES_LOOKED_AT = 20_000

DocumentT = TypeVar("DocumentT")


class DryRun(NamedTuple):
    """How a document would end: what stops it, or what it puts on the default batch; `holds` where it leaves failing parts behind."""

    code: str = ""
    holds: bool = False
    default_lines: int = 0
    default_quantity: Decimal = ZERO
    default_value: Decimal = ZERO


class Changed(NamedTuple, Generic[DocumentT]):
    """A document that would end differently; `code` is what stops it, before the change or after it."""

    document: DocumentT
    code: str = ""


@dataclass(frozen=True, slots=True)
class Differences(Generic[DocumentT]):
    """What a change would do to open documents. `looked_at` of `open` were decided; the rest came in later.

    `would_pass` could be posted and stop today, `would_stop` the other way round; `would_hold` would leave failing parts behind instead of
    stopping. Default batch figures are over the documents that pass either way: lines on another number, and the change of quantity and
    cost value on the default batch.
    """

    looked_at: int = 0
    open: int = 0
    would_pass: tuple[Changed[DocumentT], ...] = ()
    would_stop: tuple[Changed[DocumentT], ...] = ()
    would_hold: tuple[Changed[DocumentT], ...] = ()
    redirected: tuple[Changed[DocumentT], ...] = ()
    redirected_lines: int = 0
    shifted: tuple[Changed[DocumentT], ...] = ()
    shifted_quantity: Decimal = ZERO
    shifted_value: Decimal = ZERO

    @property
    def is_empty(self) -> bool:
        """Whether no open document would end differently."""
        return not (self.would_pass or self.would_stop or self.would_hold or self.redirected or self.shifted)


def compare_runs(runs: Iterable[tuple[DocumentT, DryRun, DryRun]], open_documents: int, *, other_batch: bool) -> Differences[DocumentT]:
    """What two dry runs of each document, with the settings as they are and as they would be, end in differently.

    `other_batch`: the change names another default batch.
    """
    seen = list(runs)
    cleared = [(document, today.code, then.holds) for document, today, then in seen if today.code and not then.code]
    passing = [(document, today, then) for document, today, then in seen if not today.code and not then.code]
    shifted = [(document, today, then) for document, today, then in passing if today.default_quantity != then.default_quantity]
    redirected = [(document, then) for document, _, then in passing if other_batch and then.default_lines]
    return Differences(
        looked_at=len(seen),
        open=open_documents,
        would_pass=tuple(Changed(document, code) for document, code, holds in cleared if not holds),
        would_stop=tuple(Changed(document, then.code) for document, today, then in seen if then.code and not today.code),
        would_hold=tuple(Changed(document, code) for document, code, holds in cleared if holds),
        redirected=tuple(Changed(document) for document, _ in redirected),
        redirected_lines=sum(then.default_lines for _, then in redirected),
        shifted=tuple(Changed(document) for document, _, _ in shifted),
        shifted_quantity=sum((then.default_quantity - today.default_quantity for _, today, then in shifted), ZERO),
        shifted_value=sum((then.default_value - today.default_value for _, today, then in shifted), ZERO),
    )


def proposed_settings(before: RetailSettings, values: dict[str, Value]) -> RetailSettings:
    """The settings with some columns changed; columns that no run reads are left out."""
    known = {name: value for name, value in values.items() if name in RetailSettings.__dataclass_fields__}
    # The values went through `parse_value`, which gives each column its own type.
    return replace(before, **known)  # type: ignore[arg-type]
