"""Accounts from the command line: the first administrator, and help for who is locked out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from app.commands.acting import acting
from app.terminal import as_json, report, report_list

if TYPE_CHECKING:
    from app.accounts.access import Access


@click.group()
def user() -> None:
    """Accounts of people."""


@user.command()
@click.argument("name")
@click.option("--display-name", default="", help="Name of the person; the account's by default.")
@click.option("--role", "offices", multiple=True, help="Role or duty; several are possible.")
@click.option("--unit", default="", help="Name of the unit; the whole city by default.")
@click.option("--password-stdin", is_flag=True, help="Read the first password from stdin.")
@as_json
def create(
    name: str,
    display_name: str,
    offices: tuple[str, ...],
    unit: str,
    password_stdin: bool,
    json_line: bool,
) -> None:
    """Make an account; without --role an administrator and planner of the whole city.

    Its first password is printed once and must be changed at the first sign-in.
    """
    from app.accounts.accounts import AccountValues, OfficeIn, create_account
    from app.accounts.first import FIRST_OFFICES
    from app.accounts.units import find_unit
    from app.errors import validated

    access = _operator()
    unit_id = find_unit(access.database, unit).id
    chosen = tuple(OfficeIn(office=office, unit_id=unit_id) for office in offices or FIRST_OFFICES)
    values = validated(
        AccountValues,
        {"name": name, "display_name": display_name or name, "offices": chosen},
    )
    given = sys.stdin.readline().rstrip("\n") if password_stdin else None
    account, password = create_account(access, values, given)
    told: dict[str, Any] = {"account": account.name, "offices": [each.office for each in chosen]}
    report(told if given else {**told, "first_password": password}, json_line=json_line)


@user.command(name="list")
@as_json
def list_command(json_line: bool) -> None:
    """List the accounts."""
    from app.accounts.accounts import list_accounts

    lines = [
        {
            "account": line.account.name,
            "display_name": line.account.display_name,
            "active": line.account.active,
            "offices": [f"{office} @ {unit.name}" for office, unit in line.offices],
        }
        for line in list_accounts(_operator())
    ]
    report_list(lines, json_line=json_line, line="{account:<20} {display_name:<16} {offices}")


@user.command()
@click.argument("name")
@as_json
def reset(name: str, json_line: bool) -> None:
    """Give an account a new first password, printed once."""
    from app.accounts.accounts import require_by_name, reset_password

    access = _operator()
    account = require_by_name(access.database, name)
    password = reset_password(access, account.id)
    report({"account": name, "first_password": password}, json_line=json_line)


def _operator() -> Access:
    return acting()
