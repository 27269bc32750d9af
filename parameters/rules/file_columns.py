"""Columns of the files of legal entities, and currencies that files name."""

import re
from typing import NamedTuple

from core.lib import parsing
from core.lib.csv_columns import Column, FileFormat
from core.lib.holds import Holds, holding
from core.lib.parsing import FieldError
from core.lib.problems import register_texts

register_texts(
    "BAD_VALUE",
    {
        "no_currency": "{field} {value} is not a currency; write its three capital letters, such as USD.",
        "long_unit": "{field} {value} has {length} characters; at most {most} are allowed.",
    },
)
UNIT_LENGTH = 20

# Decimals of a new currency, as in ISO 4217: none, three, and two for all others. From then on the table of currencies says it.
WITHOUT_DECIMALS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF")
)
WITH_THREE_DECIMALS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))

_CURRENCY = re.compile("[A-Z]{3}")


@holding(Holds.CURRENCY)
def currency_code(text: str) -> str:
    """A currency code as in ISO 4217. Raises FieldError."""
    if not _CURRENCY.fullmatch(text):
        raise FieldError("BAD_VALUE", {"value": parsing.shown(text)}, "no_currency")
    return text


def unit_code(text: str) -> str:
    """A code of at most 20 characters, as units of measure and payment methods have. Raises FieldError."""
    clean = parsing.code(text)
    if len(clean) > UNIT_LENGTH:
        raise FieldError("BAD_VALUE", {"value": parsing.shown(clean), "length": len(clean), "most": UNIT_LENGTH}, "long_unit")
    return clean


def currency_decimals(code: str) -> int:
    """How many decimals amounts of a new currency have."""
    if code in WITHOUT_DECIMALS:
        return 0
    return 3 if code in WITH_THREE_DECIMALS else 2


class LegalEntityRow(NamedTuple):
    """A row of `legal-entities`."""

    code: str
    name: str
    currency: str


LEGAL_ENTITIES = FileFormat(
    "legal-entities",
    ("legal_entity",),
    (Column("legal_entity", parsing.code), Column("name", parsing.name, blank=""), Column("currency", currency_code)),
    lambda code, name, currency: LegalEntityRow(code, name or code, currency),
)
