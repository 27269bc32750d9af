"""Deep calls that cost no more than shallow ones."""

from collections.abc import Callable
from functools import wraps
from types import FunctionType
from typing import ParamSpec, TypeVar, cast

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

# Words of 8 bytes that the frame of `_call` claims. The interpreter takes the next power of two for them, 1 MB, and the rest of it, some
# 480 kB or 3,000 frames, is left for what is called below. Memory that no frame comes to is never touched.
WORDS = 70_000


def with_room(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """The function, called where the interpreter's stack has room for all that it will call.

    CPython keeps frames in pieces of 16 kB and gives a piece back as soon as the last frame in it returns. A loop that happens to stand at
    the end of a piece takes a piece from the system and gives it back with each call: up to a third of the work of a page or a test below
    many layers, and only at some depths (python/cpython#142183, mended for 3.13 and 3.14 only).
    """

    @wraps(function)
    def call_with_room(*positional: Parameters.args, **named: Parameters.kwargs) -> Result:
        return cast(Result, _CALL(function, positional, named))

    return call_with_room


def _call(function: Callable[..., object], positional: tuple[object, ...], named: dict[str, object]) -> object:
    return function(*positional, **named)


# A name of its own: what measures coverage puts other code in the place of all that is equal, whatever room it claims.
_CALL = FunctionType(_call.__code__.replace(co_stacksize=WORDS, co_name="_call_with_room"), globals())
