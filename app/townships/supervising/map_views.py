"""HTTP of what the map shows of the supervision loop."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.hotspots.details import codes_in_run
from app.hotspots.forms import parse_run
from app.hotspots.runs import chosen_run
from app.services import services
from app.succession import lineage
from app.townships.supervising.standing import standings

blueprint = Blueprint("supervision_map", __name__)


@blueprint.get("/hotspots/warnings.json")
@allow(Permission.READ)
def layer() -> Response:
    """Give where townships stand: ``[{code, standing}]``, see `standing.standings`.

    With ``?run=`` the codes are those of the run, where it has the township under any that it had.
    """
    found, there = standings(access()), services()
    run, changes = chosen_run(there.home, parse_run(request.args)), lineage(there.database)
    codes = codes_in_run(there.home, run.id) if run else frozenset[str]()
    shown = {changes.among(code, codes) or code: standing for code, standing in found.items()}
    return jsonify([{"code": code, "standing": each} for code, each in sorted(shown.items())])
