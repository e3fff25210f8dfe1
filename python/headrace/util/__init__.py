"""Helpers that PyFlink programs import by name."""
