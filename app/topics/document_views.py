"""HTTP of the documents of a topic."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.services import services
from app.topics import documents
from app.topics.forms import DocumentForm
from app.topics.naming import document_columns, document_names
from app.townships.sending import sent
from app.translation import _
from app.web import notice

blueprint = Blueprint("topic_documents", __name__, url_prefix="/topics/documents")


@blueprint.route("/<int:document_id>", methods=["GET", "POST"])
@allow(Permission.GOVERN)
def edit(document_id: int) -> ResponseReturnValue:
    """Write the rows of a document.

    Template ``topics/document_form.html``: ``form`` (`forms.DocumentForm`), ``document``,
    ``topic``, ``name`` (of its kind), ``columns`` (their names), ``mark`` (between cells),
    ``error``.
    """
    document, topic = documents.find_document(services().database, document_id)
    form = DocumentForm()
    if not form.is_submitted():
        form.row_version.data = str(document.row_version)
        form.text.data = documents.written_rows(document.rows)

    def done() -> ResponseReturnValue:
        notice(_("已保存。"))
        return redirect(url_for("topics.show", topic_id=topic.id))

    def page(error: str) -> str:
        return render_template(
            "topics/document_form.html",
            form=form,
            document=document,
            topic=topic,
            name=document_names()[document.kind],
            columns=document_columns()[document.kind],
            mark=documents.CELL_MARK,
            error=error,
        )

    text = form.text.data or ""
    return sent(
        form,
        lambda: documents.write(access(), document_id, text, form.version()),
        done,
        page,
    )
