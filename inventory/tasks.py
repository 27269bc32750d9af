"""Tasks of inventory: what workers know of its jobs."""

from inventory.services import background  # noqa: F401  workers know the kinds of jobs by importing them
