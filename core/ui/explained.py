"""Which page explains an allocation of which kind of line; apps declare theirs, the tag `why` links it."""

from core.lib.document_kinds import SourceKind

EXPLAINED: dict[int, str] = {}


def register_explained(kind: SourceKind, url_name: str) -> None:
    """The page `url_name` explains lines of this kind; it takes the line's id."""
    EXPLAINED[kind.value] = url_name
