"""HTTP of tables that are handed in: upload, look at what it would store, then store or give up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.cases.uploads import delete_upload, give_up_upload
from app.services import services
from app.townships.assessment.forms import TableForm
from app.townships.assessment.handed_in import find_table, keep_table, table_of_headers
from app.translation import _
from app.web import language, notice
from geodata.reading.small_tables import SMALL_TABLE_SUFFIXES, RowProblem


@dataclass(frozen=True)
class Table:
    """A table that may be handed in.

    Attributes
    ----------
    name : str
        Of its files that wait, and of its templates: ``<folder>/<name>_import.html`` and
        ``<folder>/<name>_preview.html``.
    file_name : str
        Of the empty table.
    columns : mapping
        Name of each column → headers that are read.
    preview : callable
        What a file would store (``preview`` of the template), with what is wrong in its rows.
    store : callable
        Stores a file as a whole and returns what to tell.
    more : callable
        What the page of the upload reads besides.
    folder : str
        Of the templates.
    """

    name: str
    file_name: str
    columns: Mapping[str, tuple[str, ...]]
    preview: Callable[[Path], tuple[Any, tuple[RowProblem, ...]]]
    store: Callable[[Path], str]
    more: Callable[[], dict[str, Any]] = dict
    folder: str = "assessment"


def add_table_pages(blueprint: Blueprint, table: Table) -> None:
    """Add the pages of a table to those of its subject, whose ``show`` they come back to."""
    blueprint.add_url_rule("/template.csv", view_func=_template(table))
    blueprint.add_url_rule("/import", view_func=_take_in(table), methods=["GET", "POST"])
    blueprint.add_url_rule("/import/<token>", view_func=_preview(table))
    blueprint.add_url_rule("/import/<token>", view_func=_store(table), methods=["POST"])
    blueprint.add_url_rule("/import/<token>/delete", view_func=_give_up(table), methods=["POST"])


def _template(table: Table) -> Callable[[], Response]:
    @allow(Permission.READ)
    def template() -> Response:
        """Give an empty table with the headers that are read."""
        content = table_of_headers(table.columns, chinese=language().startswith("zh"))
        headers = {"Content-Disposition": f"attachment; filename={table.file_name}"}
        return Response(content, mimetype="text/csv", headers=headers)

    return template


def _take_in(table: Table) -> Callable[[], ResponseReturnValue]:
    @allow(Permission.ASSESS)
    def take_in() -> ResponseReturnValue:
        """Take a file in to be looked at; nothing is stored yet.

        Template ``<folder>/<name>_import.html``: ``form`` (`forms.TableForm`), ``limit_mb``,
        ``endings``, and what the table reads besides.
        """
        form = TableForm()
        if form.validate_on_submit():
            token = keep_table(access(), services().home, form.file.data, table.name)
            return redirect(url_for(".preview", token=token))
        page = render_template(
            f"{table.folder}/{table.name}_import.html",
            form=form,
            limit_mb=services().settings.max_upload_mb,
            endings=",".join(SMALL_TABLE_SUFFIXES),
            **table.more(),
        )
        return page, 422 if form.is_submitted() else 200

    return take_in


def _preview(table: Table) -> Callable[[str], str]:
    @allow(Permission.ASSESS)
    def preview(token: str) -> str:
        """Show what a waiting file would store.

        Template ``<folder>/<name>_preview.html``: ``token``, ``file`` (its name), ``preview``,
        ``problems`` (a line for each).
        """
        path = find_table(services().home, token, table.name)
        made, problems = table.preview(path)
        return render_template(
            f"{table.folder}/{table.name}_preview.html",
            token=token,
            file=path.name,
            preview=made,
            problems=[each.text(language()) for each in problems],
        )

    return preview


def _store(table: Table) -> Callable[[str], ResponseReturnValue]:
    @allow(Permission.ASSESS)
    def store(token: str) -> ResponseReturnValue:
        """Store all rows of a waiting file."""
        path = find_table(services().home, token, table.name)
        told = table.store(path)
        delete_upload(path)
        notice(told)
        return redirect(url_for(".show"))

    return store


def _give_up(table: Table) -> Callable[[str], ResponseReturnValue]:
    @allow(Permission.ASSESS)
    def give_up(token: str) -> ResponseReturnValue:
        """Delete a waiting file without storing it."""
        give_up_upload(access(), find_table(services().home, token, table.name))
        notice(_("上传的文件已删除，没有导入。"))
        return redirect(url_for(".take_in"))

    return give_up
