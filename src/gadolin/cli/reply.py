"""`gadolin reply`: the written answer to Parliament."""

from __future__ import annotations

import click

from gadolin.cli.options import Output, as_of_option, language_option, output_options


@click.command()
@click.argument("case_name", metavar="CASE")
@click.option("--since", metavar="RUN", type=click.Path(exists=True, file_okay=False), help="Add what changed since.")
@language_option
@as_of_option
@output_options
def reply(case_name: str, language: str, since: str | None, as_of: str | None, out: Output) -> None:
    """Write the reply to Parliament of CASE: at most 250 words, each figure with its ref.

    Example: gadolin reply malaysia --lang ms
    """
    from gadolin import case, runs
    from gadolin.brief import reply as room
    from gadolin.position import position

    loaded = case.load(case_name, as_of)
    run_id = runs.read_manifest(since)["id"] if since else ""
    earlier = runs.read_table(since, "reply") if since else None
    out.show(room.reply(loaded, position(loaded), language, earlier, run_id))


COMMANDS = (reply,)
