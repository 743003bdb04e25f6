"""What takes longer than a page may: the map as one HTML file, and the GeoPackage."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from app.accounts.access import Access, access_of
from app.accounts.models import Account
from app.accounts.permissions import Permission
from app.errors import Missing, validated
from app.hotspots.export import render_map
from app.hotspots.export_sheet import speaking
from app.hotspots.runs import load_run
from app.jobs import Job, RunningJob
from app.takeaway.features import asked
from app.takeaway.geofiles import write_run
from app.takeaway.kept import made_file, result_of
from app.takeaway.naming import file_name
from geodata.home import Home


class ExportArguments(BaseModel):
    """What an export needs to know, as a job carries it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: Literal["html", "gpkg"]
    run: str
    step: int
    layers: tuple[str, ...]
    language: str


def export_job(home: Home, job: RunningJob, /, **arguments: Any) -> dict[str, Any]:
    """Make a file with what the person who started the job may see at this moment."""
    wanted = validated(ExportArguments, arguments)
    access = access_of_starter(home, job)
    name = file_name(wanted.run, wanted.form, wanted.step, wanted.layers)
    with made_file(home, job.id, name) as draft, speaking(wanted.language):
        write = {"html": _write_html, "gpkg": _write_gpkg}[wanted.form]
        write(home, job, access, wanted, draft)
    return result_of(job.id, name)


def access_of_starter(home: Home, job: RunningJob) -> Access:
    """Return what who started a job may do today.

    Raises
    ------
    Missing
        Her account is not there any more, or is closed.
    """
    with job.database.session() as session:
        starter = session.get_one(Job, job.id).started_by
        account = session.get(Account, starter) if starter is not None else None
        if account is None or not account.active:
            raise Missing("the account that asked is closed", "发起导出的账号已停用")
        return access_of(job.database, home, account, "")


def _write_html(
    home: Home, job: RunningJob, access: Access, wanted: ExportArguments, path: Path
) -> None:
    access.area(Permission.EXACT_COUNTS)
    job.report(0, 2, "drawing the map", "绘制地图")
    text = render_map(
        home, load_run(home, wanted.run), wanted.language, access.area(Permission.READ)
    )
    job.report(1, 2, "writing the file", "写入文件")
    path.write_text(text, "utf-8")


def _write_gpkg(
    home: Home, job: RunningJob, access: Access, wanted: ExportArguments, path: Path
) -> None:
    question = asked(home, access, load_run(home, wanted.run), wanted.step)
    write_run(question, wanted.layers, path, job.report)
