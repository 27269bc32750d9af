"""What the start of a command imports: time is paid for each library and each page, by every command, worker and server."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Installed apps and what they need; the way to database, broker and log. Whatever else a command uses, it imports where it uses it.
AT_EVERY_START = frozenset(
    {
        *("django", "asgiref", "sqlparse", "environ", "psycopg", "psycopg_binary", "psutil", "bootstrap_wrapper"),
        *("axes", "csp", "crispy_bootstrap5", "crispy_forms", "django_filters", "django_htmx", "django_tables2"),
        *("simple_history", "whitenoise"),
        *("django_celery_beat", "timezone_field", "cron_descriptor", "crontab", "dateutil", "six", "tzdata", "tzlocal"),
        *("celery", "kombu", "amqp", "billiard", "vine", "click", "packaging", "typing_extensions"),
        # structlog takes rich, and kombu and psycopg take yaml and greenlet, where they are installed.
        *("structlog", "rich", "pygments", "yaml", "greenlet", "cython_runtime"),
        # A distribution may have its Python import this of its own.
        "sitecustomize",
        *("core", "retailhq", "parameters", "ledger", "inventory", "orders", "statements"),
    }
)
PAGES = {"views", "urls", "forms"}
ONE_ROW = "legal_entity,name,currency\nL1,Showcase,USD\n"

WATCHED = """
import json, runpy, sys
sys.argv = sys.argv[1:]
sys.path.insert(0, "")
try:
    runpy.run_path("manage.py", run_name="__main__")
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def imported_by(*arguments: str, environment: dict[str, str]) -> set[str]:
    """The modules that a command has imported when it ends, those of Python itself left out."""
    command = [sys.executable, "-c", WATCHED, "manage.py", *arguments]
    answer = subprocess.run(command, cwd=ROOT, env=environment, input=ONE_ROW, capture_output=True, text=True, timeout=120, check=False)
    *said, modules = answer.stderr.splitlines()
    assert answer.returncode == 0, said
    return {name for name in json.loads(modules) if not name.startswith("_") and name.partition(".")[0] not in sys.stdlib_module_names}


def libraries(modules: set[str]) -> set[str]:
    """Top-level names."""
    return {name.partition(".")[0] for name in modules}


def pages(modules: set[str]) -> set[str]:
    """Modules of ours that only web pages need."""
    ours = {"core", "retailhq", "parameters", "ledger", "inventory", "orders", "statements"}
    return {name for name in modules if name.partition(".")[0] in ours and PAGES & set(name.split("."))}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("arguments", "needs"),
    [
        (("--version",), set()),
        (("check_integrity", "--json"), set()),
        (("calculate_statements", "--json"), set()),
        (("import_data", "legal-entities", "-", "--json"), {"msgspec"}),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_plain_command_imports_no_page_and_no_library_that_it_does_not_use(
    arguments: tuple[str, ...], needs: set[str], command_environment: dict[str, str]
) -> None:
    modules = imported_by(*arguments, environment=command_environment)

    assert libraries(modules) - AT_EVERY_START - needs == set()
    assert pages(modules) == set()


@pytest.mark.django_db(transaction=True)
def test_check_still_looks_at_every_page(command_environment: dict[str, str]) -> None:
    """The checks that plain commands leave out are made by `manage.py check`, and this test would see what they import."""
    modules = imported_by("check", environment=command_environment)

    assert {"ninja", "pydantic"} <= libraries(modules)
    assert {"retailhq.urls", "orders.views.desk", "statements.urls"} <= pages(modules)
    # What makes papers, charts and spreadsheets is not even imported by the pages, but by the first that is asked for.
    assert not {"fpdf", "fontTools", "PIL", "pymupdf_fonts", "pygal", "xlsxwriter"} & libraries(modules)
