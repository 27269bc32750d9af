"""The demo loader on small made-up tickets; the package with the real ones is not needed."""
