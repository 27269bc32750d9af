"""What people do with a statement that is not posted, by name: the one list behind the command and the call."""

from collections.abc import Callable, Mapping

from statements.services.undo_calculation import clear_statement, hold_failing, recalculate_statement, revalidate_statement


def _clear(statement_id: int, actor: str) -> dict[str, int]:
    return {"freed": clear_statement(statement_id, actor)}


def _recalculate(statement_id: int, actor: str) -> dict[str, int]:
    recalculate_statement(statement_id, actor)
    return {}


def _revalidate(statement_id: int, actor: str) -> dict[str, int]:
    done = revalidate_statement(statement_id, actor)
    return {"stayed": done.stayed, "left": done.left}


def _hold(statement_id: int, actor: str) -> dict[str, int]:
    return {"held": hold_failing(statement_id, actor)}


REPAIRS: Mapping[str, Callable[[int, str], dict[str, int]]] = {
    "clear": _clear,
    "recalculate": _recalculate,
    "revalidate": _revalidate,
    "hold": _hold,
}


def repair_statement(statement_id: int, action: str, actor: str) -> dict[str, int]:
    """Does one of `REPAIRS` with a statement and gives its counts. Raises BusinessError STATEMENT_MOVED_ON, NOTHING_TO_HOLD."""
    return REPAIRS[action](statement_id, actor)
