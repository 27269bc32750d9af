"""Pages of statements and POS transactions."""
