"""What modules register when they are imported is there in every process that asks for it, whatever else was imported."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# A process of its own: in this one, other tests may have imported what the product forgets to.
ASKED = """
import json, sys
import django
django.setup()
from importlib import import_module
from retailhq.celery import app
from retailhq.codes import register_all

from core.api.jobs import EXPLAIN
from core.jobs.kinds import KINDS
from core.jobs.recurrence_kinds import RECURRING
from core.jobs.watchdog import RESCUES
from core.lib.ways import WAYS
from core.tables.page import LISTS
from core.tables.sources import SOURCES
from core.ui.explained import EXPLAINED

def everything():
    registries = {"kinds": KINDS, "recurring": RECURRING, "rescues": RESCUES, "explain": EXPLAIN, "lists": LISTS, "sources": SOURCES}
    return {name: sorted(map(str, registry)) for name, registry in {**registries, "explained": EXPLAINED, "ways": WAYS}.items()}

if sys.argv[1] == "worker":
    app.loader.import_default_modules()
else:
    import_module("retailhq.urls")
known = everything()
import_module("retailhq.urls")
register_all()
print(json.dumps([known, everything()]))
"""


@pytest.mark.parametrize("process", ["worker", "web"])
@pytest.mark.django_db(transaction=True)
def test_a_process_knows_all_that_is_registered(process: str, command_environment: dict[str, str]) -> None:
    command = [sys.executable, "-c", ASKED, process]
    answer = subprocess.run(command, cwd=ROOT, env=command_environment, capture_output=True, text=True, timeout=120, check=True)
    known, everything = json.loads(answer.stdout)

    assert known == everything
    assert {"mail_exceptions", "post_statements"} <= set(everything["recurring"])
