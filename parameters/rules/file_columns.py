"""Columns of the files of legal entities, and currencies that files name."""

import re
from typing import NamedTuple

from core.lib import parsing
from core.lib.csv_columns import Column, FileFormat
from core.lib.parsing import FieldError

# ISO 4217 currencies without decimals; all others are kept with two.
WITHOUT_DECIMALS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF")
)

_CURRENCY = re.compile("[A-Z]{3}")


def currency_code(text: str) -> str:
    """A currency code as in ISO 4217. Raises FieldError."""
    if not _CURRENCY.fullmatch(text):
        raise FieldError("BAD_VALUE", f"{parsing.shown(text)} is not a currency; write its three capital letters, such as USD.")
    return text


def currency_decimals(code: str) -> int:
    """How many decimals amounts of the currency have."""
    return 0 if code in WITHOUT_DECIMALS else 2


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
