"""The command line `suyuan`."""

from __future__ import annotations

import sys
from typing import Any

import click

from app.commands import case_quality, case_store  # noqa: F401 - add their commands to `cases`
from app.commands.cells import cells
from app.commands.comparison import compare_command
from app.commands.data import boundaries, cases
from app.commands.forecasts import backtest_command
from app.commands.geocoding import geocode, online
from app.commands.operations import backup, restore, upgrade
from app.commands.places import places
from app.commands.profiles import profiles
from app.commands.results import analyse, candidates, export, runs, sensitivity
from app.commands.samples import sample
from app.commands.server import demo, doctor, serve, worker
from app.commands.users import user
from app.errors import message_of, outcome_of, trace_of
from app.terminal import terminal_language
from geodata.errors import UserError


class _Commands(click.Group):
    """Tells a user's error in one line and ends with its exit code; bugs keep their trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            click.echo(f"suyuan: {message_of(error, terminal_language())}", err=True)
            sys.exit(outcome_of(error).exit_code)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:  # noqa: BLE001 - told as the bug that it is
            click.echo(f"suyuan: this is a bug: {trace_of(error)}", err=True)
            sys.exit(1)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
    epilog="Data are kept in $SUYUAN_HOME (default ./var).",
)
@click.version_option(package_name="suyuan", prog_name="suyuan")
def main() -> None:
    """诉源 Suyuan: from hotline complaints to governed townships and points that quieten."""


cases.add_command(cells)
for _command in (
    demo, boundaries, places, profiles, cases, geocode, online, analyse, candidates, sensitivity,
    backtest_command, compare_command, runs, export, sample, serve, worker, doctor, user, backup,
    restore, upgrade,
):  # fmt: skip
    main.add_command(_command)

if __name__ == "__main__":
    main()
