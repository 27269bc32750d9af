"""Till transactions and statements over HTTP (docs/api.md)."""
