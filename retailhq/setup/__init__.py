"""Setup: every master with its pages, and what is missing before the first posting."""
