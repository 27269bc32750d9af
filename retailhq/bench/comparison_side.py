"""One side of a comparison with an earlier commit: a process that posts a fresh copy of its data each time it is told to.

It is started as a file, in the folder of either commit, and uses what both have: Django, the commands of the contract, and the generator.
So it imports no other module of ours by itself; `retailhq/bench/comparison.py` starts it and says what to do, a JSON object a line.
"""

import io
import json
import sys
import time
from pathlib import Path
from typing import Any


def main(database: str, work: str) -> None:
    """Makes the data once, says so, then for each line that comes in posts a copy of it and says what that took."""
    import django

    django.setup()
    from django.db import connection

    given, asked = connection.settings_dict["NAME"], json.loads(work)
    template = asked.get("empty") or "template0"
    try:
        remake(database, template)
        use(database)
        fill(asked)
        connection.close()
        answer({"ready": database})
        for _ in sys.stdin:
            remake(f"{database}_run", database)
            use(f"{database}_run")
            answer(post())
            connection.close()
    finally:
        use(given)
        for name in (f"{database}_run", database):
            administer(f'DROP DATABASE IF EXISTS "{name}"')


def fill(asked: dict[str, Any]) -> None:
    """Real files, or generated statements, up to Calculated."""
    if not asked.get("empty"):
        command("migrate", verbosity=0)
    if "lines" in asked:
        from retailhq.bench.generate import Size, generate

        generate(Size(asked["lines"], asked["stores"]))
        return
    files = Path(asked["files"])
    for kind in asked["master_data"]:
        command("import_data", kind, str(files / f"{kind}.csv"))
    for assignment in asked["parameters"]:
        # An earlier commit need not have each of them.
        command("set_parameters", assignment, allowed=(1, 2), legal_entity=asked["legal_entity"])
    took = {}
    for kind in ("receipts", "transactions"):
        before = clock()
        command("import_data", kind, str(files / asked[kind]))
        took[kind] = since(before)
    command("calculate_statements")
    vacuum()
    answer(took)


def post() -> dict[str, float]:
    """Posts everything that is calculated in this process."""
    size, lines = disk_bytes(), one("SELECT sum(line_count) FROM statements_statement WHERE post_state = ''")
    lsn = one("SELECT pg_current_wal_insert_lsn()::text")
    before = clock()
    command("post_statements", "--inline")
    took = since(before)
    took |= {
        "lines": int(lines),
        "wal": int(one("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s::pg_lsn)::bigint", lsn)),
        "disk": disk_bytes() - size,
        "left": int(one("SELECT count(*) FROM statements_statement WHERE post_state <> 'Posted'")),
    }
    return took


def disk_bytes() -> int:
    """What all tables take on the disk, with their indexes."""
    return int(one("SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class WHERE relkind = 'r'"))


def clock() -> tuple[float, float, float]:
    """Wall clock, processor time of this process and of its database session."""
    backend = one("SELECT pg_backend_pid()")
    with open(f"/proc/{backend}/schedstat", encoding="ascii") as file:
        return time.perf_counter(), time.process_time(), int(file.read().split()[0]) / 1e9


def since(before: tuple[float, float, float]) -> dict[str, float]:
    """What passed since then."""
    return dict(zip(("wall", "client", "server"), (now - then for now, then in zip(clock(), before, strict=True)), strict=True))


def one(query: str, *parameters: str) -> Any:
    """The single value of a query."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query, parameters or None)
        row = cursor.fetchone()
    return row[0] if row else None


def vacuum() -> None:
    """Gives the planner what autovacuum would after a while."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def command(name: str, *arguments: str, allowed: tuple[int, ...] = (1,), **options: Any) -> None:
    """Runs a command; what it prints is not ours, and 1 says that real files hold rows that are refused."""
    from django.core.management import call_command

    try:
        call_command(name, *arguments, stdout=io.StringIO(), stderr=io.StringIO(), **options)
    except SystemExit as ending:
        if ending.code not in allowed:
            raise


def remake(name: str, template: str) -> None:
    """Makes the database anew as a copy of the template."""
    administer(f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')


def administer(*queries: str) -> None:
    """Queries outside of any database of ours."""
    import psycopg
    from django.db import connection

    parameters = connection.get_connection_params() | {"dbname": "postgres"}
    for name in ("cursor_factory", "context"):
        parameters.pop(name, None)
    with psycopg.connect(**parameters, autocommit=True) as admin:
        for query in queries:
            admin.execute(query.encode())


def use(name: str) -> None:
    """Lets Django use this database."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = name


def answer(what: dict[str, Any]) -> None:
    """One line to whoever started this."""
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
