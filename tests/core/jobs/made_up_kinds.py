"""A kind of job for tests; a real worker learns it by `--include tests.core.jobs.made_up_kinds`."""

import time
from pathlib import Path
from typing import Any

from django.db import transaction

from core.files.storage import write_file
from core.jobs.kinds import JobResult, register_kind
from core.jobs.run import Run
from core.lib.messages import Message
from core.lib.problems import BusinessError, Problem
from parameters.models import Unit

KIND = "made_up"
STEADY = "made_up_steady"


def make_units(run: Run) -> JobResult:
    """Makes a unit a round; says in a file outside the database when it begins, and waits there while another file is missing."""
    asked: dict[str, Any] = dict(run.arguments)
    rounds = int(asked.get("rounds", 3))
    if diary := asked.get("diary"):
        with Path(diary).open("a") as lines:
            lines.write("began\n")
    for number in range(rounds):
        run.progress(number, rounds, Message("Round {number}", {"number": number}))
        Unit.objects.get_or_create(code=f"U{number}")
        while (gate := asked.get("gate")) and number == 1 and not Path(gate).exists():
            run.report(number)
            time.sleep(0.02)
    if asked.get("in_one_transaction"):
        with transaction.atomic():
            run.progress(rounds, phase=Message("Seen from outside"))
            Path(asked["seen"]).write_text("")
            while not Path(asked["gate"]).exists():
                run.report(rounds)
                time.sleep(0.02)
            transaction.set_rollback(True)
    if asked.get("refuse"):
        raise BusinessError(Problem("FILE_EMPTY", {"file": "units.csv"}))
    if asked.get("broken"):
        raise KeyError("a mistake of ours")
    file = write_file("units.txt", "text/plain", [f"{rounds} units by {run.actor}".encode()], None)
    return JobResult({"units": rounds}, [file], failed=bool(asked.get("partly")))


register_kind(KIND, make_units)
register_kind(STEADY, make_units, cancellable=False)
