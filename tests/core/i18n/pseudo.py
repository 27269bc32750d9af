"""A language for tests: every text stands between ⟦ and ⟧, its placeholders kept, so that what is not translated shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from django.utils import translation
from django.utils.translation import trans_real

OPEN, CLOSE = "⟦", "⟧"


class Pseudo:
    """A catalogue that has a translation for everything; it stands in the place of German."""

    def __init__(self, real: trans_real.DjangoTranslation) -> None:
        self._real = real

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    def gettext(self, text: str) -> str:
        """The text in marks, without the context that tells it from others of the same words."""
        text = text.rpartition(trans_real.CONTEXT_SEPARATOR)[2]
        return f"{OPEN}{text}{CLOSE}" if text.strip() else text

    def ngettext(self, one: str, many: str, number: int) -> str:
        """The right one of the two in marks."""
        return self.gettext(one if number == 1 else many)


@contextmanager
def in_pseudo() -> Iterator[None]:
    """German is the pseudo language, and active."""
    trans_real.translation("de")
    with patch.dict(trans_real._translations, {"de": Pseudo(trans_real._translations["de"])}):  # type: ignore[attr-defined]
        _forget()
        try:
            with translation.override("de"):
                yield
        finally:
            _forget()


def _forget() -> None:
    # The catalogue that is active in this thread was looked up when it was activated.
    active = getattr(trans_real._active, "value", None)  # type: ignore[attr-defined]
    if active is not None and active.language() == "de":
        translation.activate("de")
