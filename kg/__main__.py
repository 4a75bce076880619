"""The command `kg`: runs the command line and turns what it raises into messages and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from kg.cli import cli
from kg.errors import ConfigError, KgError
from kg.render import message

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Runs one command line.

    Returns:
        0 ok, 1 bad input or failure, 2 usage, 3 a check found violations, 130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # the same bytes everywhere, whatever the locale says
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    try:
        code = cli.main(list(arguments), prog_name="kg", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else OK
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except KgError as error:
        print(message(error), file=sys.stderr)
        return USAGE if isinstance(error, ConfigError) else FAILED
    except (click.Abort, KeyboardInterrupt):
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader has gone; do not fail again when Python flushes at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


if __name__ == "__main__":
    main()
