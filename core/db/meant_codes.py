"""Codes that are not known and that a spreadsheet may have damaged, with the code of a table that is meant."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from core.db.bulk import fetch_all, text_array
from core.db.upsert import ids_by_code
from core.lib.damaged_codes import LOST_ZEROS, damage_of, named_instead
from core.lib.imports import BatchResult, problem_of, reject_of
from core.lib.problems import Problem

# A file may be damaged from top to bottom; after so many codes the sentence without a candidate must do.
MOST_CANDIDATES = 200


class Named(NamedTuple):
    """Which value of a problem is the code that is not known, and the table that has such codes (a literal of ours)."""

    param: str
    table: str


class Meant(NamedTuple):
    """The code that is known, and what a spreadsheet did to it."""

    candidate: str
    damage: str


def meant_codes(table: str, wanted: Collection[str]) -> dict[str, Meant]:
    """For codes that the table does not have: the only one in it that they may be left of. At most three queries, none without damage."""
    damages = {code: damage for code in wanted if (damage := damage_of(code))}
    missing = damages.keys() - ids_by_code(table, damages.keys()).keys() if damages else set()
    spelled = {code: damages[code].spellings for code in sorted(missing) if damages[code].spellings}
    known = ids_by_code(table, {spelling for spellings in spelled.values() for spelling in spellings})
    found: dict[str, Meant] = {}
    for code, spellings in spelled.items():
        fitting = [spelling for spelling in spellings if spelling in known]
        # Of lost zeros the fewest are meant; of the rest there must be one only.
        if fitting and (damages[code].code == LOST_ZEROS or len(fitting) == 1):
            found[code] = Meant(fitting[0], damages[code].code)
    ranges = [(code, damages[code].low, damages[code].high) for code in sorted(missing) if damages[code].low]
    return found | {code: Meant(candidate, damages[code].code) for code, candidate in _only_ones_between(table, ranges)}


def _only_ones_between(table: str, ranges: Sequence[tuple[str, str, str]]) -> Iterable[Sequence[Any]]:
    """Codes of ranges that hold one number of the table only; one query, none for nothing."""
    if not ranges:
        return []
    return fetch_all(
        f"""
        SELECT r.code, min(t.code COLLATE "C") FROM unnest(%s::text[], %s::text[], %s::text[]) AS r (code, low, high)
        JOIN {table} t ON t.code COLLATE "C" BETWEEN r.low AND r.high AND length(t.code) = length(r.low) AND t.code ~ '^[0-9]+$'
        GROUP BY r.code HAVING count(*) = 1
        """,
        [text_array(one[place] for one in ranges) for place in range(3)],
    )


def candidates_in(tables: Mapping[str, str]) -> Callable[[str, str], str]:
    """Finds the code that exists and a cell may have been, by the table of its column; '' for none, and after too many questions."""
    asked: dict[tuple[str, str], str] = {}

    def candidate(column: str, text: str) -> str:
        if (column, text) not in asked:
            if column not in tables or len(asked) >= MOST_CANDIDATES:
                return ""
            found = meant_codes(tables[column], [text])
            asked[column, text] = found[text].candidate if text in found else ""
        return asked[column, text]

    return candidate


def name_meant(problems: Sequence[Problem], named_by: Mapping[str, Named]) -> list[Problem]:
    """The problems; those of a code that is not known name the one that is, where a spreadsheet damaged it. No query for other problems."""
    of_table: dict[str, set[str]] = {}
    for one in problems:
        if named := named_by.get(one.code):
            of_table.setdefault(named.table, set()).add(str(one.params[named.param]))
    meant = {table: meant_codes(table, wanted) for table, wanted in of_table.items()}
    return [_named(one, meant, named_by) for one in problems]


def _named(problem: Problem, meant: Mapping[str, Mapping[str, Meant]], named_by: Mapping[str, Named]) -> Problem:
    named = named_by.get(problem.code)
    code = str(problem.params[named.param]) if named else ""
    found = meant[named.table].get(code) if named else None
    if named is None or found is None:
        return problem
    return named_instead(code, found.candidate, found.damage, replace(problem, field=problem.field or named.param))


def name_meant_in(result: BatchResult, named_by: Mapping[str, Named]) -> None:
    """The same for rows of a batch that were refused."""
    wanted = [place for place, reject in enumerate(result.rejects) if reject.code in named_by]
    problems = [problem_of(result.rejects[place]) for place in wanted]
    for place, problem in zip(wanted, name_meant(problems, named_by), strict=True):
        result.rejects[place] = reject_of(result.rejects[place].row, result.rejects[place].key, problem)
