"""HTTP of the ledger's file coming in: upload, what each row would do, then the word to do it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.cases.uploads import delete_upload, give_up_upload
from app.services import services
from app.townships.assessment.handed_in import find_table, keep_table
from app.townships.ledger.columns import COLUMNS
from app.townships.ledger.forms import GOOD_ROWS, WHOLE, LedgerFileForm, StoreForm
from app.townships.ledger.importing import (
    KEPT_AS,
    SUFFIXES,
    CheckedFile,
    check_file,
    store_file,
)
from app.townships.ledger.row_checks import CHANGE, NEW
from app.townships.sending import sent
from app.translation import _
from app.web import language, notice

blueprint = Blueprint("item_import", __name__, url_prefix="/governance/items/import")


@blueprint.route("", methods=["GET", "POST"])
@allow(Permission.WORK_PLANS)
def take_in() -> ResponseReturnValue:
    """Take a file in to be looked at; nothing is written yet.

    Template ``ledger/import.html``: ``form`` (`forms.LedgerFileForm`), ``limit_mb``, ``endings``,
    ``columns`` (all that are read), ``error``.
    """
    form = LedgerFileForm()
    tokens: list[str] = []

    def act() -> None:
        home = services().home
        token = keep_table(access(), home, form.file.data, KEPT_AS)
        path = find_table(home, token, KEPT_AS)
        try:
            check_file(access(), home, path, date.today())
        except BaseException:
            delete_upload(path)
            raise
        tokens.append(token)

    def page(error: str) -> str:
        return render_template(
            "ledger/import.html",
            form=form,
            limit_mb=services().settings.max_upload_mb,
            endings=",".join(SUFFIXES),
            columns=COLUMNS,
            error=error,
        )

    return sent(form, act, lambda: redirect(url_for(".preview", token=tokens[0])), page)


@blueprint.get("/<token>")
@allow(Permission.WORK_PLANS)
def preview(token: str) -> str:
    """Show what a waiting file would do. Template: see `_preview`."""
    path = find_table(services().home, token, KEPT_AS)
    found = check_file(access(), services().home, path, date.today())
    return _preview(token, path, found, StoreForm(formdata=None))


@blueprint.post("/<token>")
@allow(Permission.WORK_PLANS)
def store(token: str) -> ResponseReturnValue:
    """Write the rows of a waiting file that are in order, or all of them or none."""
    home = services().home
    path = find_table(home, token, KEPT_AS)
    form = StoreForm()
    whole = not form.validate_on_submit() or form.mode.data == WHOLE
    found = store_file(access(), home, path, date.today(), whole=whole)
    if not found.written:
        return _preview(token, path, found, form), 422
    delete_upload(path)
    told = {"new": found.counts[NEW], "changed": found.counts[CHANGE]}
    notice(_("已导入：新增 %(new)s 项，修改 %(changed)s 项。", **told))
    if not found.problems:
        return redirect(url_for("item_ledger.show"))
    return _preview("", path, found, form)


@blueprint.post("/<token>/delete")
@allow(Permission.WORK_PLANS)
def give_up(token: str) -> ResponseReturnValue:
    """Delete a waiting file without writing it."""
    give_up_upload(access(), find_table(services().home, token, KEPT_AS))
    notice(_("上传的文件已删除，没有导入。"))
    return redirect(url_for(".take_in"))


def _preview(token: str, path: Path, found: CheckedFile, form: StoreForm) -> str:
    """Return the page of what a file would do, or did.

    Template ``ledger/import_preview.html``: ``token`` (empty after it was written), ``file`` (its
    name), ``found`` (`importing.CheckedFile`), ``problems`` (a line each), ``form``, ``good_rows``.
    """
    return render_template(
        "ledger/import_preview.html",
        token=token,
        file=path.name,
        found=found,
        problems=[each.text(language()) for each in found.problems],
        form=form,
        good_rows=GOOD_ROWS,
    )
