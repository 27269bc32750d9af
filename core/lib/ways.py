"""How the remedy of a code is carried out: on a page, by a command, or by whoever sends the data.

Each app declares its ways as `WAYS` in its `remedies` module, beside its `permissions`; a code may have ways of several apps, because a
lower one knows no page of a higher one. `core/access/ways.py` collects them and says which of them a person may go.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from core.lib.messages import PLACE, Message, Params, places_of

# What a problem is about, by name: codes of company, store, warehouse, item, batch, customer ...; quantity, unit, day; and the keys of the
# documents that the page knows: statement, transaction, order.
About = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Page:
    """A page that carries out a remedy. `view` is its url name, `words` are those of the link.

    Address parts (`args`) and values of the query are texts with places, filled from what the problem is about, as is the anchor, the id
    of the field that gets the cursor. The way is there only where all places of `args` and `words` and all names in `needs` are known; a
    value of the query whose place is not known is left out. `right` is needed instead of what the page table asks of its POST. With `post`
    the link is a button.
    """

    view: str
    words: Message
    args: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict, hash=False)
    anchor: str = ""
    needs: tuple[str, ...] = ()
    right: str = ""
    post: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A command that carries out a remedy, with its options, as an operator types it; upper case stands for values."""

    line: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Nothing of ours puts it right: whoever sent the data, or called, corrects what was sent; `reason` says what that is."""

    reason: Message


Way = Page | Command | Sender
CORRECT_AND_SEND_AGAIN = Sender(Message("Whoever sends it corrects it and sends it again."))
CORRECT_ON_THE_FORM = Sender(Message("The form stays open with what was typed; correct the field and save again."))
REPEAT = Sender(Message("Nothing was done and nothing has to be put right: repeat it."))

WAYS: dict[str, tuple[Way, ...]] = {}


def register_ways(declared: Mapping[str, tuple[Way, ...]]) -> None:
    """Adds the ways of one app behind those of lower ones."""
    for code, ways in declared.items():
        WAYS[code] = (*WAYS.get(code, ()), *ways)


def for_codes(codes: str, *ways: Way) -> dict[str, tuple[Way, ...]]:
    """The same ways for several codes, written with blanks between them."""
    return dict.fromkeys(codes.split(), ways)


def merged(*declared: Mapping[str, tuple[Way, ...]]) -> dict[str, tuple[Way, ...]]:
    """Several declarations as one; the ways of a code that stands in more than one follow each other."""
    found: dict[str, tuple[Way, ...]] = {}
    for ways in declared:
        for code, own in ways.items():
            found[code] = (*found.get(code, ()), *own)
    return found


def about_of(params: Params, line: int | None = None, **known: str | int | None) -> dict[str, str | int]:
    """What a problem is about: the values of its sentence that are names or numbers, its line, and what else is known."""
    found: dict[str, str | int] = {name: said for name, value in params.items() if (said := name_in(value)) is not None}
    if line is not None:
        found["line"] = line
    return {**found, **{name: value for name, value in known.items() if value not in (None, "")}}


def name_in(value: object) -> str | None:
    """A value of a sentence as an address may carry it."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str | int) and value != "" else None


def pages_of(code: str, about: About) -> list[Page]:
    """The pages that carry out the remedy of a code, as far as enough is known of what it is about."""
    return [way for way in WAYS.get(code, ()) if isinstance(way, Page) and needed(way) <= about.keys()]


def needed(way: Page) -> set[str]:
    """What has to be known to go this way."""
    return {*way.needs, *(name for part in (*way.args, way.words.text) for name in places_of(part))}


def filled(text: str, about: About) -> str | None:
    """A text with its places filled, None where one of them is not known."""
    if not places_of(text) <= about.keys():
        return None
    return PLACE.sub(lambda place: str(about[place[1]]), text)


def words_of(way: Page, about: About) -> Message:
    """The words of the link, about what the problem is about."""
    said: Params = about
    return Message(way.words.text, said)
