"""Drives a story through the public commands, beside its oracle."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

from tests.oracle.commands import DONE, PARTLY, Answer, done, run, set_parameters
from tests.oracle.comparing import Exports, differences, take_exports
from tests.oracle.files import write_world
from tests.oracle.oracle import Oracle
from tests.oracle.rows import Phase, World
from tests.oracle.worlds import Story


class Drive:
    """One story in the system and in the oracle; both are led through the same steps.

    Every command is told the stores of the world, and its legal entity where parameters are set.
    """

    def __init__(self, story: Story, folder: Path, random: Random | None = None) -> None:
        self.story = story
        self.folder = folder
        self.random = random
        self.oracle = Oracle(replace(story.world))
        self.files: list[tuple[str, Path]] = []
        self.exports = 0

    @property
    def stores(self) -> list[str]:
        """`--store S` for each store of this world."""
        return [word for row in self.story.world.stores for word in ("--store", row.store)]

    def import_world(self) -> None:
        self.files = write_world(self.folder / "first", self.story.world, self.random)
        for kind, path in self.files:
            done("import_data", kind, str(path))
        self.set(self.story.world.parameters)

    def set(self, parameters: dict[str, str]) -> None:
        legal_entity = self.story.world.legal_entities[0].legal_entity
        set_parameters(parameters, "--legal-entity", legal_entity)

    def import_later(self, later: Phase | None = None) -> None:
        later = later or self.story.later
        world = World(
            items=later.items,
            warehouses=later.warehouses,
            receipts=later.receipts,
            transactions=later.transactions,
        )
        for kind, path in write_world(self.folder / "later", world, self.random):
            done("import_data", kind, str(path))
        self.set(later.parameters)
        self.oracle.import_more(later.items, later.warehouses, later.receipts, later.transactions, later.parameters)

    def import_again(self) -> list[Answer]:
        return [run("import_data", kind, str(path)) for kind, path in self.files]

    def first_run(self) -> None:
        """Calculate and post as the story wants it: perhaps not all days, perhaps some stores before the others."""
        self.calculate(self.story.through)
        if self.story.first_stores:
            self.post(self.story.first_stores)
        self.post()

    def calculate(self, through: date | None = None) -> None:
        # Some transactions of a world are wrong on purpose: exit status 1 says so.
        assert run("validate_transactions", *self.stores).status in (DONE, PARTLY)
        limit = ("--through", through.isoformat()) if through else ()
        answer = done("calculate_statements", *self.stores, *limit)
        assert answer.data["waiting"] == self.oracle.calculate(through)

    def post(self, stores: list[str] | None = None) -> Answer:
        chosen = stores or [row.store for row in self.story.world.stores]
        self.oracle.post(set(chosen))
        answer = run("post_statements", "--inline", *(word for code in chosen for word in ("--store", code)))
        unposted = [row for row in self.oracle.statement_rows() if row.post_state != "Posted" and row.store in chosen]
        assert answer.status == (PARTLY if unposted else DONE), answer
        return answer

    def settle(self) -> None:
        """Calculate and post until a further run has nothing left to do.

        A return whose sale stood in another warehouse, or goods that a return brought, can let a second run post what the first could not.
        """
        seen: object = None
        while seen != self.oracle.statement_rows():
            seen = self.oracle.statement_rows()
            self.calculate()
            self.post()

    def take_exports(self) -> Exports:
        self.exports += 1
        return take_exports(self.folder / f"out{self.exports}", *self.stores)

    def must_agree(self) -> int:
        """Every export is what the oracle expects; each difference is told. Gives how many rows were compared."""
        exports = self.take_exports()
        found = differences(self.oracle, exports)
        assert not found, "\n".join([f"world {self.story.prefix}", *found])
        return sum(map(len, exports.rows.values()))
