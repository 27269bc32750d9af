"""Till transactions and statements over HTTP (contract.md 6)."""
