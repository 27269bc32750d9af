"""Customer orders over HTTP: placed, looked at, handled, delivered (contract.md 6)."""
