"""Serve the pages, show the sample city, look after the installation."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import click

from app.commands.acting import note
from app.config import Settings, Tls, check_port_free
from app.terminal import as_json, report, report_list, say, terminal_language
from geodata.home import Home

pem_file = click.Path(path_type=Path)


@click.command()
@click.option("--cert", type=pem_file, help="Certificate (PEM) to serve with, for TLS.")
@click.option("--key", type=pem_file, help="Private key (PEM) of the certificate.")
@click.option(
    "--insecure-http",
    is_flag=True,
    help="Serve other machines without TLS: everyone on the way can read and change all.",
)
def serve(cert: Path | None, key: Path | None, insecure_http: bool) -> None:
    """Serve the pages, with the worker for long work; to other machines only over TLS."""
    from app.assets import NOT_BUILT, NOT_BUILT_ZH, is_built
    from app.errors import InvalidSetting
    from app.jobs import check_queue
    from app.serving import serve_until_stopped
    from app.transport import check_exposure, tls_context

    if not is_built():
        raise InvalidSetting(NOT_BUILT, NOT_BUILT_ZH)
    settings = replace(Settings.from_environment(os.environ), tls=_tls(cert, key))
    check_exposure(settings, insecure_http=insecure_http)
    if settings.tls is not None:
        tls_context(settings.tls)
    if settings.queue_url is not None:
        check_queue(settings.queue_url)
    check_port_free(settings)
    say(f"Suyuan is at {settings.url}")
    if settings.is_loopback:
        say("It listens on this machine only (loopback). Ctrl-C ends it.")
    serve_until_stopped(settings)


def _tls(cert: Path | None, key: Path | None) -> Tls | None:
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        raise click.UsageError("--cert and --key go together")
    return Tls(cert.absolute(), key.absolute())


@click.command(hidden=True)
def worker() -> None:
    """Do queued work (started by `suyuan serve`)."""
    from app.serving import work_until_stopped

    work_until_stopped(Settings.from_environment(os.environ))


@click.command()
@click.option("--no-serve", is_flag=True, help="Only make the data.")
@as_json
def demo(no_serve: bool, json_line: bool) -> None:
    """Make the sample city, analyse it, begin a first project, and serve it."""
    from app.demo import make_demo
    from app.serving import COMMAND
    from app.transport import check_exposure

    settings = Settings.from_environment(os.environ)
    if not no_serve:
        check_exposure(settings, insecure_http=False)
        check_port_free(settings)
    home = Home.from_environment()
    done = make_demo(home, say)
    if done["made"]:
        note("demo.make", ("demo", ""))
    first = _first_account(home, settings)
    if no_serve:
        report({**done, **first}, json_line=json_line)
        return
    # A fresh process: worker processes must not inherit the threads that the analysis started.
    sys.stdout.flush()
    os.execv(COMMAND[0], [*COMMAND, "serve"])  # noqa: S606


def _first_account(home: Home, settings: Settings) -> dict[str, str]:
    """Make the first account where there is none; its password is told here and nowhere else."""
    from app.accounts.first import ensure_first_account
    from app.db import Database

    database = Database.of(settings)
    database.migrate()
    try:
        made = ensure_first_account(database, home)
    finally:
        database.close()
    if made is None:
        return {}
    name, password = made
    say(f"First account: {name}   first password: {password}")
    say("It is shown this once, and is to be changed at the first sign-in.")
    return {"account": name, "first_password": password}


@click.command()
@click.option("--cert", type=pem_file, help="Certificate (PEM) whose end is to be checked.")
@as_json
def doctor(cert: Path | None, json_line: bool) -> None:
    """Check the installation and say what to mend."""
    from app.doctor import check_installation

    found = check_installation(Settings.from_environment(os.environ), cert)
    language = "en" if json_line else terminal_language()
    line = "{mark}  {name:\u3000<6} {text}" if language == "zh" else "{mark}  {name:<12} {text}"
    report_list([each.to_json(language) for each in found], json_line=json_line, line=line)
    sys.exit(0 if all(each.in_order for each in found) else 1)
