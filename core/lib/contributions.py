"""What higher apps contribute to a lower one that must not know them: the lower one asks all that have registered."""

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

QuestionT = TypeVar("QuestionT")
AnswerT = TypeVar("AnswerT")


class Contributions(Generic[QuestionT, AnswerT]):
    """Functions of one kind, each of which gives any number of answers; they are asked in the order in which they were added."""

    def __init__(self) -> None:
        self._functions: list[Callable[[QuestionT], Iterable[AnswerT]]] = []

    def add(self, function: Callable[[QuestionT], Iterable[AnswerT]]) -> None:
        """Has the function asked from now on; adding it twice has it asked once."""
        if function not in self._functions:
            self._functions.append(function)

    def ask(self, question: QuestionT) -> Iterator[AnswerT]:
        """All answers."""
        for function in self._functions:
            yield from function(question)
