"""The acceptance scenarios, each through the public commands: files in, exports out."""
