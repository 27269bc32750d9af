# ruff: noqa: RUF001, RUF002  letters that look like others are what this is about
"""Codes that look alike: an item МILK beside MILK, with a Cyrillic first letter, would be another item that nobody can tell apart.

The skeleton of a code has each letter of another script that looks like a Latin one in place of that one (after Unicode TR 39, of which
it takes the letters that whole words can be written with), and one kind of dash, quote and blank. The whole of TR 39, which the packages
confusable-homoglyphs and confusables hold, would refuse codes that differ rightly: it takes O for 0, l for 1 and rn for m. And PostgreSQL
has to make the same skeleton of the codes of a table, which a list of pairs is enough for.
"""

import unicodedata
from collections.abc import Collection, Iterable

from core.db.bulk import fetch_all, text_array
from core.lib.problems import Problem

# Latin letters and those of other scripts that look like them, place by place: Cyrillic twice, Greek twice, dashes, quotes.
_ALIKE = (
    ("ABCEHIJKMOPSTXY", "АВСЕНІЈКМОРЅТХУ"),
    ("aceijopsxyvd", "асеіјорѕхуѵԁ"),
    ("ABEZHIKMNOPTYX", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"),
    ("aiovpux", "αιονρυχ"),
    ("------", "‐‑‒–—−"),
    ("''''", "‘’ʼ′"),
)
_PAIRS = {other: latin for latins, others in _ALIKE for latin, other in zip(latins, others, strict=True)}
_OTHERS, _LATINS = "".join(_PAIRS), "".join(_PAIRS.values())
_TABLE = str.maketrans(_PAIRS)


def skeleton(code: str) -> str:
    """What the code looks like."""
    return code if code.isascii() else unicodedata.normalize("NFKC", code).translate(_TABLE)


def lookalikes(table: str, codes: Collection[str]) -> dict[str, str]:
    """For codes that the table does not have and that look like another one: that one. At most two queries, one where nothing is new."""
    known = {row[0] for row in fetch_all(f"SELECT code FROM {table} WHERE code = ANY(%s::text[])", [text_array(codes)])}
    fresh = {skeleton(code): code for code in codes if code not in known}
    if not fresh:
        return {}
    # Of two codes that look alike one at least is not plain ASCII.
    rows = fetch_all(
        f"""
        SELECT code FROM {table}
        WHERE (code !~ '^[ -~]*$' OR %s) AND translate(normalize(code, NFKC), %s, %s) = ANY(%s::text[])
        """,
        [not all(code.isascii() for code in fresh.values()), _OTHERS, _LATINS, text_array(fresh)],
    )
    return {fresh[skeleton(code)]: code for (code,) in rows}


def repeated_skeletons(codes: Iterable[str]) -> dict[str, str]:
    """Of codes that look alike among themselves, the later ones with the first."""
    first: dict[str, str] = {}
    found = {}
    for code in codes:
        other = first.setdefault(skeleton(code), code)
        if other != code:
            found[code] = other
    return found


def confusable(code: str, other: str) -> Problem:
    """Why a code is refused."""
    return Problem("CONFUSABLE_CODE", {"code": code, "other": other})
