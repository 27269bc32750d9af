"""The database has what the models declare, and no index twice.

What leads another index is read from that one, and each costs time, WAL and disk for every row.
"""

import pytest
from django.apps import apps

from core.db.bulk import fetch_all

OUR_APPS = ("parameters", "ledger", "inventory", "orders", "statements")

# Plain indexes whose columns are the first ones of another index of the table, in the same order of values.
REPEATED = """
    SELECT t.relname, a.relname, b.relname
    FROM pg_index x
    JOIN pg_class a ON a.oid = x.indexrelid
    JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_index y ON y.indrelid = x.indrelid AND y.indexrelid <> x.indexrelid
    JOIN pg_class b ON b.oid = y.indexrelid
    WHERE t.relname = ANY(%s) AND NOT x.indisunique
      AND x.indpred IS NULL AND y.indpred IS NULL AND x.indexprs IS NULL AND y.indexprs IS NULL AND y.indnkeyatts >= x.indnkeyatts
      AND (y.indkey::int2[])[0:x.indnkeyatts - 1] = (x.indkey::int2[])[0:x.indnkeyatts - 1]
      AND (y.indclass::oid[])[0:x.indnkeyatts - 1] = (x.indclass::oid[])[0:x.indnkeyatts - 1]
      AND (y.indoption::int2[])[0:x.indnkeyatts - 1] = (x.indoption::int2[])[0:x.indnkeyatts - 1]
    ORDER BY 1, 2
"""


@pytest.mark.django_db
def test_no_index_repeats_the_beginning_of_another() -> None:
    tables = [model._meta.db_table for model in apps.get_models() if model.__module__.split(".")[0] in OUR_APPS]
    assert fetch_all(REPEATED, [tables]) == []


@pytest.mark.django_db
def test_every_constraint_and_index_of_the_models_is_there() -> None:
    """A migration may drop more than it says: Django takes a partial unique index for the one of a foreign key."""
    rows = fetch_all("SELECT indexname FROM pg_indexes WHERE schemaname = 'public' UNION SELECT conname FROM pg_constraint")
    declared = {part.name for model in apps.get_models() for part in (*model._meta.constraints, *model._meta.indexes)}
    assert len(declared) > 100
    assert declared - {name for (name,) in rows} == set()
