"""Calls of the HTTP API: who calls (tokens), how often, what is done once however often it is asked for, and how a refusal is said."""
