"""JSON that was refused, in words of whoever wrote it: no name of a type of ours and no place that only the decoder counts."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from core.lib.messages import Message, as_written
from core.lib.parsing import shown
from core.lib.problems import Problem, register_texts

for _code, _texts in {
    "BAD_JSON": {
        "nested": "The line is nested too deeply; write one flat object as the format says.",
        # As rows that were refused before are stored.
        "no_object": "The line is not a JSON object ({reason}); write one object a line.",
        "no_document": "The line is not a {document} ({reason}); write one object a line.",
        "unreadable_from": "The line is not a JSON object: it cannot be read from character {place} on. Write one object a line.",
        "line_cut_off": "The line is a JSON object without its end; write each object on one line.",
        "other_value": "The line is {given}, not a {document}; write one object a line.",
        "twice": "{field} stands twice in one object; leave one of them out.",
    },
    "BAD_ENCODING": {"line": "The line is not UTF-8; save the file as UTF-8."},
    "BAD_TEXT": {"surrogate": "A text holds half of a surrogate pair; take it out where the data comes from."},
    "MISSING_FIELD": {"left_out": "{field} is missing; fill it in."},
    "UNKNOWN_FIELD": {"in_line": "{field} is no field of the format; take it out or correct its name."},
    "TOO_LARGE": {
        "digits": "{field} has more digits than fit; correct it.",
        "line": "The line has more than a million characters; split it where it comes from.",
    },
    "BAD_DATE": {
        "unreadable": "{field} cannot be read; write it as {example}.",
        "offset_missing": "{field} has no offset; write it as {example}.",
    },
    "BAD_NUMBER": {
        "unusable": "{field} cannot be used: {reason}.",
        "type": "{field} is {given}; write {wanted}.",
        "least": "{field} must be at least {bound}.",
        "most": "{field} must be at most {bound}.",
    },
    "BAD_VALUE": {
        "type": "{field} is {given}; write {wanted}.",
        "unusable": "{field} cannot be used: {reason}.",
        "least": "{field} must be at least {bound}.",
        "most": "{field} must be at most {bound}.",
        "shortest": "{field} must have at least {bound} characters or entries.",
        "longest": "{field} has more than {bound} characters or entries; shorten it.",
    },
}.items():
    register_texts(_code, _texts)

ValueT = TypeVar("ValueT")
_LONE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_AT = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_WRONG_TYPE = re.compile(r"Expected `([a-z]+)(?: \| null)?`, got `([a-z]+)`")
_NO_WORD = re.compile(r"Invalid enum value '(.*)'", re.DOTALL)
# What the decoder calls things, in words.
_TYPES = {
    "str": Message("a text in quotes"),
    "int": Message("a whole number"),
    "float": Message("a number"),
    "bool": Message("true or false"),
    "null": Message("null"),
    "array": Message("a list in brackets"),
    "object": Message("an object in braces"),
    "datetime": Message("a moment"),
    "date": Message("a date"),
}
_EMPTY = re.compile(r"Expected `str` of length >= 1")
_BOUND = re.compile(r"Expected `[a-z |]+` (of length )?([<>])= (-?[0-9.]+)")
_FRACTION_FOR_WHOLE = "Expected `int"
# Whole numbers below are floats without loss.
_EXACT = 2**53
_FIELD = re.compile(r"field `([^`]*)`")
_PLACE = re.compile(r"\(byte (\d+)\)")
_WHOLE_NUMBERS = re.compile(r"(lines|payments)\[[^]]*\]\.(number|return_of\.line)")


class KnownFields(NamedTuple):
    """What is known of fields: those that hold dates or instants, each with an example, and those that take some words only."""

    moments: Mapping[str, str] = MappingProxyType({})
    words: Mapping[str, Sequence[str]] = MappingProxyType({})


NOTHING_KNOWN = KnownFields()
_untyped = msgspec.json.Decoder()


class RepeatedFieldError(ValueError):
    """A field that stands twice in one object: the last one would win, and nobody could say whether it was meant."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.field = name


def decode_json(decoder: "msgspec.json.Decoder[ValueT]", data: bytes) -> ValueT:
    """The value of JSON in which no field stands twice. Raises RepeatedFieldError, and what the decoder raises.

    A whole number may be written with a point (3.0), as programs whose numbers are all of one kind do; to JSON that is the same number.
    """
    try:
        value = decoder.decode(data)
    except msgspec.ValidationError as error:
        if not str(error).startswith(_FRACTION_FOR_WHOLE):
            raise
        value = decoder.decode(msgspec.json.encode(json.loads(data, parse_float=_whole_if_it_is)))
    _refuse_repeated_fields(data)
    return value


def _whole_if_it_is(text: str) -> int | str:
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < _EXACT else text


def _refuse_repeated_fields(data: bytes) -> None:
    # Almost always the colons say at once that there are as many fields as names.
    try:
        if _names_in(_untyped.decode(data)) == data.count(b'":'):
            return
    except msgspec.DecodeError:
        pass  # a number that no float holds
    json.loads(data, object_pairs_hook=_refuse_repeated, parse_int=str, parse_float=str)


def _names_in(value: Any) -> int:
    """How many fields all objects in the value have."""
    if isinstance(value, dict):
        return len(value) + sum(map(_names_in, value.values()))
    return sum(map(_names_in, value)) if isinstance(value, list) else 0


def _refuse_repeated(pairs: Sequence[tuple[str, Any]]) -> None:
    names = set()
    for name, _ in pairs:
        if name in names:
            raise RepeatedFieldError(name)
        names.add(name)


def known_of(kind: type[Any]) -> KnownFields:
    """What a type says of its fields."""
    hints = get_type_hints(kind)
    moments = {name: "2024-05-31" for name, hint in hints.items() if date in (hint, *get_args(hint))}
    return KnownFields(moments, {name: get_args(hint) for name, hint in hints.items() if get_origin(hint) is Literal})


def json_problem(error: Exception, data: bytes, document: Message, known: KnownFields) -> Problem:
    """What the decoder refused of a line; `document` is what it should have been."""
    if isinstance(error, RecursionError):
        return Problem("BAD_JSON", variant="nested")
    if isinstance(error, RepeatedFieldError):
        return Problem("BAD_JSON", {"field": error.field}, variant="twice")
    if isinstance(error, UnicodeDecodeError):
        return Problem("BAD_ENCODING", variant="line")
    if isinstance(error, msgspec.ValidationError):
        return _refused_value(str(error), document, known)
    if _LONE_SURROGATE.search(data):
        return Problem("BAD_TEXT", variant="surrogate")
    place = _PLACE.search(str(error))
    if place is None:
        return Problem("BAD_JSON", variant="line_cut_off")
    return Problem("BAD_JSON", {"place": len(data[: int(place[1])].decode(errors="replace")) + 1}, variant="unreadable_from")


def _refused_value(said: str, document: Message, known: KnownFields) -> Problem:
    """What is wrong with JSON that can be read."""
    match = _AT.match(said)
    what, path = (match["what"], (match["path"] or "").lstrip(".")) if match else (said, "")
    name = _FIELD.search(what)
    if name and what.startswith(("Object missing", "Object contains unknown")):
        field = f"{path}.{name[1]}" if path else name[1]
        if what.startswith("Object missing"):
            return Problem("MISSING_FIELD", {"field": field}, variant="left_out")
        return Problem("UNKNOWN_FIELD", {"field": field}, variant="in_line")
    if "out of range" in what:
        return Problem("TOO_LARGE", {"field": path}, variant="digits")
    if not path:
        given = what.rpartition("got ")[2].strip("`")
        return Problem("BAD_JSON", {"document": document, "given": _TYPES.get(given, as_written(given))}, variant="other_value")
    if path in known.moments:
        variant = "offset_missing" if "timezone" in what else "unreadable"
        return Problem("BAD_DATE", {"field": path, "example": known.moments[path]}, variant=variant)
    if _EMPTY.fullmatch(what):
        return Problem("MISSING_FIELD", {"field": path}, variant="blank")
    code = "BAD_NUMBER" if _WHOLE_NUMBERS.fullmatch(path) else "BAD_VALUE"
    if found := _WRONG_TYPE.fullmatch(what):
        wanted, given_type = (_TYPES.get(one, as_written(one)) for one in found.groups())
        return Problem(code, {"field": path, "wanted": wanted, "given": given_type}, variant="type")
    if found := _BOUND.fullmatch(what):
        length, side, bound = found.groups()
        if length:
            return Problem("BAD_VALUE", {"field": path, "bound": int(bound)}, variant="shortest" if side == ">" else "longest")
        return Problem(code, {"field": path, "bound": Decimal(bound)}, variant="least" if side == ">" else "most")
    if (found := _NO_WORD.fullmatch(what)) and path in known.words:
        return Problem("BAD_VALUE", {"field": path, "value": shown(found[1]), "words": known.words[path]}, variant="none_of")
    return Problem(code, {"field": path, "reason": what.replace("`", "")}, variant="unusable")
