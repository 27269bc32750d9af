"""Set-based insert-or-update of master data: one query for any number of rows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.db.bulk import array, execute, fetch_all, text_array


@dataclass(frozen=True, slots=True)
class Target:
    """A table with an `id`, its unique key, and the columns that a file sets, each with its SQL type.

    `follow` names columns that are set alike another one when a row is made and whenever that one changes, but are otherwise left as
    somebody set them; `constants` gives columns of new rows a value (SQL) that files do not set. All names are literals of ours.
    """

    table: str
    key: tuple[str, ...]
    columns: Mapping[str, str]
    follow: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)

    def sql(self) -> str:
        """The query; its parameters are one array per column."""
        names = list(self.columns)
        values = [name for name in names if name not in self.key]
        arrays = ", ".join(f"%s::{kind}[]" for kind in self.columns.values())
        sets = [f"{name} = excluded.{name}" for name in values]
        sets += [
            f"{name} = CASE WHEN t.{leader} IS DISTINCT FROM excluded.{leader} THEN excluded.{leader} ELSE t.{name} END"
            for name, leader in self.follow.items()
        ]
        old, new = (", ".join(f"{side}.{name}" for name in values) for side in ("t", "excluded"))
        return f"""
            INSERT INTO {self.table} AS t ({", ".join([*names, *self.follow, *self.constants])})
            SELECT {", ".join([*names, *self.follow.values(), *self.constants.values()])} FROM unnest({arrays}) AS r ({", ".join(names)})
            ORDER BY {", ".join(self.key)}
            ON CONFLICT ({", ".join(self.key)}) DO UPDATE SET {", ".join(sets)}
            WHERE ({old}) IS DISTINCT FROM ({new})
            RETURNING id, xmax = 0
        """


@dataclass(frozen=True, slots=True)
class Upserted:
    """Ids of the rows that were made and of those that changed; all others were the same already."""

    new: list[int]
    updated: list[int]


def upsert(target: Target, rows: Sequence[Sequence[Any]]) -> Upserted:
    """Makes or changes one row per element; values in the order of `target.columns`, no key twice. One query."""
    if not rows:
        return Upserted([], [])
    touched = fetch_all(target.sql(), _arrays(target.columns, rows))
    return Upserted([row_id for row_id, made in touched if made], [row_id for row_id, made in touched if not made])


def ids_by_code(table: str, codes: Collection[str]) -> dict[str, int]:
    """Ids of the rows with these codes; one query."""
    if not codes:
        return {}
    return dict(fetch_all(f"SELECT code, id FROM {table} WHERE code = ANY(%s::text[])", [text_array(codes)]))


def optional_values(table: str, columns: Iterable[str], codes: Collection[str]) -> dict[str, tuple[Any, ...]]:
    """What the rows with these codes hold in columns that a file may leave out; one query. Names are literals of ours."""
    if not codes:
        return {}
    names = ", ".join(f'"{column}"' for column in columns)
    return {
        row[0]: tuple(row[1:]) for row in fetch_all(f"SELECT code, {names} FROM {table} WHERE code = ANY(%s::text[])", [text_array(codes)])
    }


def filled(given: Sequence[Any], before: Sequence[Any]) -> tuple[Any, ...]:
    """What a file gives, and where it gives nothing (None) what was there."""
    return tuple(old if new is None else new for new, old in zip(given, before, strict=True))


def known_codes(table: str, codes: Collection[str]) -> set[str]:
    """Which of the codes exist, for tables whose primary key is the code; one query."""
    if not codes:
        return set()
    return {code for (code,) in fetch_all(f"SELECT code FROM {table} WHERE code = ANY(%s::text[])", [text_array(codes)])}


def add_missing(table: str, columns: Mapping[str, str], rows: Collection[tuple[Any, ...]]) -> None:
    """Inserts rows that do not exist yet, in sorted order; `columns` gives each column's SQL type. At most one query."""
    if not rows:
        return
    ordered = sorted(rows)
    arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
    execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING",
        _arrays(columns, ordered),
    )


def ensure_by_code(table: str, columns: Mapping[str, str], rows: Mapping[str, tuple[Any, ...]]) -> dict[str, int]:
    """Ids by code of `rows`, which are made where their code is missing; at most three queries."""
    known = ids_by_code(table, rows)
    if missing := rows.keys() - known.keys():
        add_missing(table, columns, [rows[code] for code in missing])
        known |= ids_by_code(table, missing)
    return known


def _arrays(columns: Mapping[str, str], rows: Collection[Sequence[Any]]) -> list[str]:
    """One array literal per column."""
    return [
        text_array(values) if kind == "text" else array(values)
        for kind, values in zip(columns.values(), zip(*rows, strict=True), strict=True)
    ]
