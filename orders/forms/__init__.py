"""Forms of customer orders: taking and changing one, and what is done with it."""
