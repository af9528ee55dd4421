"""Sections of the brief, one file per room, found by listing this folder (see `brief/report.py`)."""
