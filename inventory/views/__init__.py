"""Pages of items, batches, stock and movements, and fragments that other pages show."""
