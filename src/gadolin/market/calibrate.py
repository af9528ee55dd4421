"""Calibration of a world to a base year."""


class Calibration:
    """How the numbers of a world came about."""
