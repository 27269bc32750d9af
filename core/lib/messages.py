"""What people are told, as data: an English text with named places, and the values that go into them.

Rules and services make messages and know no reader; the edge says them in the reader's language (core/i18n/messages.py). A value that is a
text is data of somebody, which no language changes; what is said in words is a Message of its own. `str(message)` is the English that
files, commands, logs and calls of the API write.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias, Union

# A number that is counted or measured is a Decimal (written with the language's separators), one that only names something an int.
Param: TypeAlias = Union[str, int, Decimal, date, datetime, "Message", Sequence["Param"]]
Params: TypeAlias = Mapping[str, Param]
PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
# The sentences of problems, by code and variant (core/lib/problems.py).
TEXTS: dict[tuple[str, str], str] = {}
# The text of a message that was written as a whole, by us before messages were data, or by another program.
AS_WRITTEN_TEXT = "{text}"


@dataclass(frozen=True, slots=True)
class Message:
    """A literal English text (a msgid of gettext) with places such as `{item}`, and the value of each place.

    The sentence of a problem remembers `code` and `variant`, so that a stored one follows when the sentence is reworded.
    """

    text: str
    params: Params = field(default_factory=dict, hash=False)
    code: str = ""
    variant: str = ""

    def __str__(self) -> str:
        return fill(self.text, self.params, in_english)


def as_written(text: str) -> Message:
    """A text that is said as it stands in every language."""
    return Message(AS_WRITTEN_TEXT, {"text": text})


def together(messages: Sequence[Message]) -> Message:
    """Several sentences as one message."""
    if len(messages) == 1:
        return messages[0]
    names = [f"part_{number}" for number in range(1, len(messages) + 1)]
    return Message(" ".join(f"{{{name}}}" for name in names), dict(zip(names, messages, strict=True)))


def places_of(text: str) -> frozenset[str]:
    """The names of a text's places."""
    return frozenset(PLACE.findall(text))


def has_words(text: str) -> bool:
    """Whether a text says something by itself, or only puts values side by side."""
    return any(sign.isalpha() for sign in PLACE.sub("", text))


def fill(text: str, params: Params, say: Callable[[Param], str]) -> str:
    """The text with its values, each as `say` writes it; a place without a value stays, so that a mistake is seen and nothing is lost.

    A sentence that begins with the name of a field is said without it where the field needs no name, as beside its input.
    """
    said = PLACE.sub(lambda place: say(params[place[1]]) if place[1] in params else place[0], text)
    return said.removeprefix(" ") if text.startswith("{field} ") and params.get("field") == "" else said


def in_english(value: Param) -> str:
    """A value as files write it: numbers plain, dates as ISO 8601, lists with commas."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str | int | Message):
        return str(value)
    return ", ".join(map(in_english, value))


def encode(value: Param) -> Any:
    """A value for JSON, from which `decode` makes it again: {"n": number}, {"d": date}, {"t": moment}, {"m": [text, params]}."""
    if isinstance(value, str | int):
        return value
    if isinstance(value, Decimal):
        return {"n": f"{value:f}"}
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, Message):
        return {"m": encode_message(value)}
    return [encode(one) for one in value]


_DECODERS: Mapping[str, Callable[[Any], Param]] = {
    "n": Decimal,
    "d": date.fromisoformat,
    "t": datetime.fromisoformat,
    "m": lambda pair: decode_message(pair),
}


def decode(value: Any) -> Param:
    """The value that `encode` wrote."""
    if isinstance(value, Mapping):
        [(kind, written)] = value.items()
        return _DECODERS[kind](written)
    if isinstance(value, list):
        return tuple(map(decode, value))
    known: str | int = value
    return known


def with_messages(rows: Iterable[dict[str, Any]], name: str = "message") -> list[dict[str, Any]]:
    """Rows of a query whose column of that name is a stored message, or nothing, with the message."""
    return [{**row, name: decode_message(row[name]) if row[name] is not None else ""} for row in rows]


def encode_params(params: Params) -> dict[str, Any]:
    """Values for a column of JSON."""
    return {name: encode(value) for name, value in params.items()}


def decode_params(written: Mapping[str, Any]) -> dict[str, Param]:
    """The values that `encode_params` wrote."""
    return {name: decode(value) for name, value in written.items()}


def encode_message(message: Message) -> list[Any]:
    """A message for a column of JSON: text and values, and the code and variant of a problem's sentence."""
    return [message.text, encode_params(message.params), *((message.code, message.variant) if message.code else ())]


def written_message(message: Message | str) -> str:
    """The message, or a text that is said as it stands, as JSON text for a query."""
    return json.dumps(encode_message(message) if isinstance(message, Message) else message)


def decode_message(written: Any) -> Message:
    """The message that `encode_message` wrote; a plain text, as rows of earlier versions hold it, is said as it was written."""
    if isinstance(written, str):
        return as_written(written)
    text, params, *key = written
    code, variant = key or ("", "")
    return Message(TEXTS.get((code, variant), text), decode_params(params), code, variant)
