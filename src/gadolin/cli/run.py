"""`gadolin run` and `gadolin rerun`: the main job, and the proof of an old one."""

from __future__ import annotations

import click

from gadolin.cli.options import Output, Progress, as_of_option, language_option, output_options, seed_option


@click.command()
@click.argument("case_name", metavar="CASE")
@click.option("--quick", is_flag=True, help="Fewer futures, the same methods.")
@click.option("--futures", type=click.IntRange(1), help="How many futures; default 200, with --quick 32.")
@seed_option
@click.option("--workers", type=click.IntRange(1), help="Processes; default: cores. Changes no byte.")
@click.option("--out", "folder", metavar="DIR", type=click.Path(), help="The run folder; default runs/CASE-HASH8.")
@language_option
@as_of_option
@output_options
def run(
    case_name: str,
    quick: bool,
    futures: int | None,
    seed: int,
    workers: int | None,
    folder: str | None,
    language: str,
    as_of: str | None,
    out: Output,
) -> None:
    """The main job: the position of CASE, written with tables and brief.html into a run folder.

    Example: gadolin run malaysia --quick
    """
    from gadolin import case
    from gadolin.brief import job

    count = futures or (job.QUICK_FUTURES if quick else job.FUTURES)
    progress = Progress("run", quiet=out.quiet)
    out.show(job.run(case.load(case_name, as_of), folder, count, seed, workers, progress, language))


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(exists=True, file_okay=False))
@click.option("--workers", type=click.IntRange(1), help="Processes; default: cores. Changes no byte.")
@output_options
def rerun(run_folder: str, workers: int | None, out: Output) -> None:
    """Run an old RUN again: same bytes, or the list of what differs and why.

    Example: gadolin rerun runs/malaysia-1a2b3c4d
    """
    from gadolin.brief import job

    result = job.rerun(run_folder, workers)
    out.show(result, ok=result.same)


COMMANDS = (rerun, run)
