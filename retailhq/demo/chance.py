"""Draws from a fixed seed.

Each draw depends only on its key, never on how many draws came before it, so a store's week is derived the same way
whether it is derived alone or as part of the whole year.
"""

from hashlib import blake2b

SEED = "retailhq-demo-1"
SEEDED = blake2b(SEED.encode(), digest_size=8)
MILLION = 1_000_000


def draw(*key: object) -> int:
    """Return a number from 0 to 999,999 that belongs to `key` (parts per million)."""
    digest = SEEDED.copy()
    digest.update("|".join(map(str, key)).encode())
    return int.from_bytes(digest.digest(), "big") % MILLION


def happens(per_million: int, *key: object) -> bool:
    """Say whether an event of this probability (parts per million) happens for `key`."""
    return draw(*key) < per_million


def between(low: int, high: int, *key: object) -> int:
    """Return a whole number from `low` to `high`, both included, that belongs to `key`."""
    return low + draw(*key) * (high - low + 1) // MILLION
