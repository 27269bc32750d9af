"""Rules of companies and number sequences; values alone."""

import pytest

from parameters.rules.master_data import number_refused


@pytest.mark.parametrize(("stored", "wanted", "refused"), [(7, 7, False), (7, 9, False), (7, 6, True), (1, 0, True)])
def test_a_number_sequence_never_goes_back(stored: int, wanted: int, refused: bool) -> None:
    problem = number_refused("statement:S1", stored, wanted)
    assert bool(problem) is refused
    if problem:
        assert (problem.code, problem.params["last"]) == ("NUMBER_USED", stored - 1)
