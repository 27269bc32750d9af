"""Masters of inventory as records of setup: places, policy groups, items, batches."""
