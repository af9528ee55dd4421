"""The `gadolin` command: collects the rooms' commands and turns what happens into exit codes.

    0    done, or the answer is yes
    1    unexpected failure (a defect of ours)
    2    bad input or usage
    3    the answer is no: held, may not leave, a check failed
    4    could not be computed: infeasible, not converged, limit
    130  interrupted

A room adds commands in `cli/ROOM.py` as a tuple `COMMANDS`. With `--json` a failure prints `{"error": ...}`.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
import traceback

import click

import gadolin
from gadolin import cli as _folder
from gadolin.errors import GadolinError, Infeasible, InputError, NotConverged

DONE, UNEXPECTED, BAD_INPUT, NO, NOT_COMPUTED, INTERRUPTED = 0, 1, 2, 3, 4, 130
_NOT_ROOMS = {"main", "options"}


def build() -> click.Group:
    """The command with all subcommands, from the files of this folder in sorted order."""

    @click.group(context_settings={"help_option_names": ["-h", "--help"]})
    @click.version_option(gadolin.__version__, prog_name="gadolin")
    def root() -> None:
        """Rare earths: what to build, with whom and under which rules.

        CASE is a shipped case (malaysia), a folder, or an ISO3 country code (what the atlas has).

        Example: gadolin run malaysia --quick
        """

    for module in sorted(m.name for m in pkgutil.iter_modules(_folder.__path__) if m.name not in _NOT_ROOMS):
        for command in importlib.import_module(f"gadolin.cli.{module}").COMMANDS:
            root.add_command(command)
    return root


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in arguments
    try:
        code = build().main(args=arguments, prog_name="gadolin", standalone_mode=False)
        code = code if isinstance(code, int) else DONE
    except (KeyboardInterrupt, click.Abort):
        code = _fail(as_json, INTERRUPTED, {"kind": "Interrupted", "message": "interrupted"})
    except click.UsageError as error:
        hint = f"\nSee: {error.ctx.command_path} --help" if error.ctx else ""
        code = _fail(as_json, BAD_INPUT, {"kind": "Usage", "message": error.format_message()}, hint)
    except InputError as error:
        count = len(error.faults)
        tail = f"\n{count} faults; nothing was run." if count > 1 else ""
        code = _fail(as_json, BAD_INPUT, error.as_dict(), tail)
    except (NotConverged, Infeasible) as error:
        code = _fail(as_json, NOT_COMPUTED, error.as_dict())
    except GadolinError as error:
        code = _fail(as_json, UNEXPECTED, error.as_dict())
    except BrokenPipeError:  # the reader of a pipe went away; nothing is wrong
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = DONE
    except OSError as error:
        where = f"{os.path.basename(str(error.filename))}: " if error.filename else ""
        code = _fail(as_json, BAD_INPUT, {"kind": "File", "message": f"{where}{error.strerror or error}"})
    except Exception as error:  # the outermost frame: anything else is a defect and says so
        if not as_json:
            traceback.print_exc()
        what = {"kind": "Unexpected", "message": f"{type(error).__name__}: {error}"}
        code = _fail(as_json, UNEXPECTED, what, "\nThis is a defect of Gadolin, not of your input.")
    sys.stdout.flush()
    sys.exit(code)


def _fail(as_json: bool, code: int, error: dict, tail: str = "") -> int:
    if as_json:
        click.echo(json.dumps({"error": error}, ensure_ascii=False, indent=2, default=str))
    else:
        click.echo(f"{error['message']}{tail}", err=True)
    return code
