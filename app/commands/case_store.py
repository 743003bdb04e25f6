"""Look after the case store: batches, the life of a case, small and unused files."""

from __future__ import annotations

import sys
from typing import Any

import click

from app.commands.acting import acting, note
from app.commands.data import cases
from app.terminal import as_json, report, report_list, say, terminal_language
from geodata.home import Home

__all__ = ["cases"]

KEEP_DAYS = 7.0


@cases.command("batches")
@click.argument("batch", required=False)
@as_json
def batches_command(batch: str | None, json_line: bool) -> None:
    """List what was imported and withdrawn, newest first, or explain one BATCH."""
    from app.cases.batches import explained, list_batches

    home = Home.from_environment()
    if batch is not None:
        report(explained(home, batch), json_line=json_line, timed=False)
        return
    records = [_line(record) for record in list_batches(home)]
    if not json_line:
        records = [{**record, "told": _told(record)} for record in records]
    report_list(records, json_line=json_line, line="{imported_at:.16}  {batch:<26}  {told}")


@cases.command("withdraw")
@click.argument("batch")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def withdraw_command(batch: str, yes: bool, json_line: bool) -> None:
    """Take a batch out: the store is then as if it had never been imported."""
    from dataclasses import asdict

    from app.cases.batches import withdraw
    from app.places.waiting_texts import forget_old_texts
    from geodata.store import CaseStore

    home = Home.from_environment()
    if not yes:
        counts = asdict(CaseStore(home).withdrawal(batch).preview())
        chinese = terminal_language() == "zh"
        question = (
            "撤回批次 {batch}：移除 {removed} 件，{reverted} 件恢复为其他批次的内容，"
            "{kept} 件不变。继续？"
            if chinese
            else "Withdraw {batch}: {removed} cases go, {reverted} fall back to what other batches "
            "say, {kept} stay. Continue?"
        )
        if not click.confirm(question.format(batch=batch, **counts), err=True):
            say("没有撤回" if chinese else "nothing was withdrawn")
            sys.exit(1)
    done = withdraw(home, batch)
    forget_old_texts(home)
    note("cases.withdraw", ("batch", batch), removed=done.removed)
    report(done.to_json(), json_line=json_line)


@cases.command("history")
@click.argument("case_id")
@as_json
def history_command(case_id: str, json_line: bool) -> None:
    """Tell the life of a case: what was delivered of it, and what each delivery changed."""
    from app.cases.lives import life_of, life_to_json

    home = Home.from_environment()
    told = life_to_json(home, life_of(home, case_id))
    if json_line:
        report(told, json_line=True, timed=False)
        return
    for delivery in told["deliveries"]:
        click.echo(f"{delivery['time'].replace('T', ' ')}  {delivery['file']}")
        for change in told["changes"]:
            if (change["batch"], change["time"]) == (delivery["batch"], delivery["time"]):
                click.echo(f"    {change['field']}: {change['before']} → {change['after']}")


@cases.command("compact")
@as_json
def compact_command(json_line: bool) -> None:
    """Merge the small files of each month; versions stay as they are."""
    from geodata.store import CaseStore, usages

    home = Home.from_environment()
    with home.writing():
        before, after = CaseStore(home).compact()
    note("cases.compact", ("cases", ""))
    report(usages(before, after), json_line=json_line)


@cases.command("clean")
@click.option(
    "--keep-days",
    type=click.FloatRange(min=0),
    default=KEEP_DAYS,
    help="Keep versions that were the newest within so many days.",
)
@as_json
def clean_command(keep_days: float, json_line: bool) -> None:
    """Delete files that no run, forecast check, closed cycle, decision or recent version needs."""
    from app.places.waiting_texts import forget_old_texts
    from app.townships.pinned import pinned_versions
    from geodata.store import CaseStore

    home = Home.from_environment()
    with home.writing():
        done = CaseStore(home).clean(pinned_versions(home, acting().database), keep_days)
    forget_old_texts(home)
    note("cases.clean", ("cases", ""), keep_days=keep_days)
    report(done.to_json(), json_line=json_line)


def _line(record: dict[str, Any]) -> dict[str, Any]:
    line = {name: value for name, value in record.items() if name != "notes_zh"}
    batch = record.get("batch", record.get("of"))
    return {**line, "batch": batch, "imported_at": record["imported_at"].isoformat()}


def _told(record: dict[str, Any]) -> str:
    if record["kind"] == "withdrawal":
        return f"withdrawn: {record['removed']} removed, {record['reverted']} reverted"
    figures = (f"{record[n]} {n}" for n in ("read", "accepted", "updated", "rejected"))
    return f"{record['file']}: {', '.join(figures)}{', withdrawn' if record['withdrawn'] else ''}"
