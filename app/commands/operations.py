"""Back up, restore, upgrade."""

from __future__ import annotations

import os
from pathlib import Path

import click

from app.commands.acting import note
from app.config import Settings
from app.terminal import as_json, progress_bar, report, say, terminal_language

file_to_read = click.Path(path_type=Path)

KEYS_INSIDE = {
    "en": "The file holds the keys of the home and texts as they were delivered: keep it as safe "
    "as the home itself.",
    "zh": "备份文件含有密钥和诉求原文：请像保护数据目录一样保护它。",
}


@click.command()
@click.argument("file", type=file_to_read)
@as_json
def backup(file: Path, json_line: bool) -> None:
    """Write tables, case store, runs and all else into one FILE, while the server goes on."""
    from app.operations.backups import back_up

    settings = Settings.from_environment(os.environ)
    with progress_bar("Backing up") as tell:
        done = back_up(settings, file, tell)
    note("home.backup", ("home", ""), file=file)
    say(KEYS_INSIDE[terminal_language()])
    report(done, json_line=json_line)


@click.command()
@click.argument("file", type=file_to_read)
@click.option("--into", type=file_to_read, required=True, help="Home to make: empty or not there.")
@as_json
def restore(file: Path, into: Path, json_line: bool) -> None:
    """Make a home of a backup, with its tables in $DATABASE_URL where that is set."""
    from app.operations.backups import restore as restore_home

    settings = Settings.from_environment(os.environ)
    with progress_bar("Restoring") as tell:
        done = restore_home(settings, file, into, tell)
    report(done, json_line=json_line)


@click.command()
@as_json
def upgrade(json_line: bool) -> None:
    """Bring the home of an earlier version to this one; again changes nothing."""
    from app.operations.upgrades import upgrade_home

    report(upgrade_home(Settings.from_environment(os.environ)), json_line=json_line)
