"""Customer orders over HTTP: placed, looked at, handled, delivered (docs/api.md)."""
