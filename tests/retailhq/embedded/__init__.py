"""Tests of the built-in services, each in a home of its own."""
