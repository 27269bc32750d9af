"""Set-based writes of number sequences, legal entities, currencies and units."""

from collections.abc import Collection, Mapping

from core.db.bulk import execute, fetch_all
from core.db.upsert import Target, add_missing, known_codes
from parameters.models import RetailParameters
from parameters.rules.file_columns import currency_decimals

LEGAL_ENTITY = Target("parameters_legalentity", ("code",), {"code": "text", "name": "text", "currency_id": "text"})


def reserve_numbers(counts: Mapping[str, int]) -> dict[str, int]:
    """Reserves a block of numbers per sequence and gives the first number of each; one query, sequences in sorted order."""
    codes = sorted(counts)
    rows = fetch_all(
        """
        INSERT INTO parameters_numbersequence AS n (code, next_number)
        SELECT c.code, 1 + c.count FROM unnest(%s::text[], %s::bigint[]) AS c (code, count) ORDER BY c.code COLLATE "C"
        ON CONFLICT (code) DO UPDATE SET next_number = n.next_number + EXCLUDED.next_number - 1
        RETURNING code, next_number
        """,
        [codes, [counts[code] for code in codes]],
    )
    return {code: next_number - counts[code] for code, next_number in rows}


def add_currencies(codes: Collection[str]) -> None:
    """Makes currencies that do not exist; at most two queries."""
    missing = set(codes) - known_codes("parameters_currency", codes)
    add_missing("parameters_currency", {"code": "text", "decimals": "smallint"}, {(code, currency_decimals(code)) for code in missing})


def add_units(codes: Collection[str]) -> None:
    """Makes units that do not exist; at most two queries."""
    missing = set(codes) - known_codes("parameters_unit", codes)
    add_missing("parameters_unit", {"code": "text"}, {(code,) for code in missing})


def insert_default_parameters(legal_entity_ids: Collection[int]) -> None:
    """Gives legal entities without Retail parameters the defaults of the table; at most one query."""
    if not legal_entity_ids:
        return
    defaults = {field.column: field.get_default() for field in RetailParameters._meta.concrete_fields if field.has_default()}
    names = ", ".join(str(column) for column in defaults)
    execute(
        f"""
        INSERT INTO parameters_retailparameters (legal_entity_id, {names})
        SELECT e.id, {", ".join(["%s"] * len(defaults))} FROM unnest(%s::bigint[]) AS e (id)
        ON CONFLICT (legal_entity_id) DO NOTHING
        """,
        [*defaults.values(), list(legal_entity_ids)],
    )
