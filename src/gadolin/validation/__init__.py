"""Every claim held against something outside: reference values, closed forms, other programs, published cases."""

from gadolin.validation.board import Board, Check, compare, validate

__all__ = ["Board", "Check", "compare", "validate"]
