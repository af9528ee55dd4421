"""Sections of the brief, one file per room."""
