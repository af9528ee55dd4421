"""Readers of foreign files: trade statistics and assays, one file per format."""
