"""Writes the import files of contract.md while they are derived; nothing is kept in memory but the line counters of a week's receipts."""
