"""Short digests of content, to tell a repeat from a conflict."""

from collections.abc import Iterable
from hashlib import blake2b
from uuid import UUID

_SEPARATOR = "\x1f"


def content_digest(parts: Iterable[object]) -> UUID:
    """128 bits over the values as text. Give numbers in one scale and moments as `utc_text`, so that equal content gives equal digests."""
    return UUID(bytes=blake2b(_SEPARATOR.join(map(str, parts)).encode(), digest_size=16).digest())
