"""HTTP of what the map shows of the supervision loop."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.townships.supervising.standing import standings

blueprint = Blueprint("supervision_map", __name__)


@blueprint.get("/hotspots/warnings.json")
@allow(Permission.READ)
def layer() -> Response:
    """Give where townships stand: ``[{code, standing}]``, see `standing.standings`."""
    found = standings(access())
    return jsonify([{"code": code, "standing": each} for code, each in sorted(found.items())])
