"""`gadolin validate`: every claim against its reference."""

from __future__ import annotations

import click

from gadolin.cli.options import Output, output_options


@click.command()
@click.argument("room", required=False)
@click.option("--cases", type=click.Path(exists=True), help="Your own file or folder in the form of the shipped ones.")
@output_options
def validate(room: str | None, cases: str | None, out: Output) -> None:
    """Hold every claim of ROOM (all rooms if none) against its reference value.

    Exit code 3 if a check fails.

    Example: gadolin validate risk
    """
    from gadolin import validation

    board = validation.validate(room, cases)
    out.show(board, ok=board.ok)


COMMANDS = (validate,)
