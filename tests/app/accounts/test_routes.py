"""Every route with who may enter it: a route without a row, or a row without a route, fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app.accounts.access import operator
from app.accounts.models import Account
from app.accounts.permissions import ROLES
from app.accounts.units import UnitValues, create_unit
from app.services import services
from tests.people import client_as, make_account, make_app, sign_in

ALL, SIGNED_IN = "everybody", "viewer planner reviewer administrator"
CASES, PLANNERS = "planner reviewer", "planner"
ADMINISTRATORS = "administrator"
NO_ROLE = ""
"""Only a duty lets one in."""

TABLE = {
    "static": ALL,
    "language": ALL,
    "home.help_view": ALL,
    "home.term": ALL,
    "sign_in.sign_in": ALL,
    "sign_in.sign_out": ALL,
    "single_sign_on.begin": ALL,
    "single_sign_on.back": ALL,
    "sign_in.password": SIGNED_IN,
    "home.index": SIGNED_IN,
    "search.search_view": SIGNED_IN,
    "search.look_up": SIGNED_IN,
    "search.near_view": SIGNED_IN,
    "jobs.state": SIGNED_IN,
    "jobs.panel": SIGNED_IN,
    "jobs.watch": SIGNED_IN,
    "jobs.cancel": SIGNED_IN,
    "hotspots.map_view": SIGNED_IN,
    "hotspots.meta": SIGNED_IN,
    "hotspots.cells": SIGNED_IN,
    "hotspots.townships_geojson": SIGNED_IN,
    "hotspots.districts_geojson": SIGNED_IN,
    "hotspots.townships_json": SIGNED_IN,
    "hotspots.clusters_geojson": SIGNED_IN,
    "hotspots.points": SIGNED_IN,
    "hotspots.cell": SIGNED_IN,
    "hotspots.township": SIGNED_IN,
    "hotspots.cluster": SIGNED_IN,
    "hotspots.point": SIGNED_IN,
    "takeaway.picture": SIGNED_IN,
    "takeaway.table_csv": SIGNED_IN,
    "takeaway.table_xlsx": SIGNED_IN,
    "takeaway.features_geojson": SIGNED_IN,
    "takeaway.begin": SIGNED_IN,
    "takeaway.ready": SIGNED_IN,
    "takeaway.take": SIGNED_IN,
    "taken_counts.picture": SIGNED_IN,
    "taken_counts.table_csv": SIGNED_IN,
    "taken_counts.table_xlsx": SIGNED_IN,
    "taken_counts.features_geojson": SIGNED_IN,
    "taken_counts.begin": SIGNED_IN,
    "takeaway.drawn": SIGNED_IN,
    "takeaway.drawn_png": SIGNED_IN,
    "supervision_map.layer": SIGNED_IN,
    "hotspots.analyse": PLANNERS,
    "hotspots.sensitivity_view": CASES,
    "hotspots.sensitivity_start": PLANNERS,
    "hotspots.backtest_view": SIGNED_IN,
    "hotspots.backtest_view POST": PLANNERS,
    "counts.cells": SIGNED_IN,
    "counts.views": SIGNED_IN,
    "counts.selection": SIGNED_IN,
    "counts.cases": CASES,
    "counts.options": SIGNED_IN,
    "comparing.ask": SIGNED_IN,
    "comparing.ask POST": PLANNERS,
    "comparing.show": CASES,
    "comparing.meta": CASES,
    "comparing.cells": CASES,
    "comparing.townships": SIGNED_IN,
    "comparing.cell": CASES,
    "rules.list_view": SIGNED_IN,
    "rules.new": PLANNERS,
    "rules.edit": PLANNERS,
    "rules.remove": PLANNERS,
    "rules.reset": PLANNERS,
    "assessment.show": SIGNED_IN,
    "assessment.outlines_geojson": SIGNED_IN,
    # Lists and records as Word files.
    "talks.word": SIGNED_IN,
    "decisions.word": SIGNED_IN,
    # Rule sets and closed cycles.
    "rule_sets.list_view": SIGNED_IN,
    "rule_sets.new": PLANNERS,
    "rule_sets.edit": PLANNERS,
    "rule_sets.end": PLANNERS,
    "closing.list_view": SIGNED_IN,
    "closing.close": PLANNERS,
    "closing.recompute": PLANNERS,
    "published.show": SIGNED_IN,
    "published.template": SIGNED_IN,
    "published.take_in": PLANNERS,
    "published.preview": PLANNERS,
    "published.store": PLANNERS,
    "published.give_up": PLANNERS,
    # Ledgers: exclusions, reconciliation, boards of other units, objections, topics.
    "ledgers.reconciliation": SIGNED_IN,
    "ledgers.cases": CASES,
    "ledgers.units_view": SIGNED_IN,
    "exclusions.list_view": SIGNED_IN,
    "exclusions.new": PLANNERS,
    "exclusions.show": SIGNED_IN,
    "exclusions.decide": PLANNERS,
    "exclusions.take_back": PLANNERS,
    "objections.list_view": CASES,
    "objections.new": PLANNERS,
    "objections.decide": PLANNERS,
    "scorecards.list_view": SIGNED_IN,
    "scorecards.new": PLANNERS,
    "scorecards.edit": PLANNERS,
    # Duty list, whistles, meetings and the desk.
    "duties.list_view": SIGNED_IN,
    "duties.new": PLANNERS,
    "duties.edit": PLANNERS,
    "duties.remove": PLANNERS,
    "duties.import_view": PLANNERS,
    "whistles.list_view": SIGNED_IN,
    "whistles.owed_view": SIGNED_IN,
    "whistles.new": PLANNERS,
    "whistles.show": SIGNED_IN,
    "whistles.recall": PLANNERS,
    "whistles.report": PLANNERS,
    "whistles.handle": PLANNERS,
    "whistles.rate": PLANNERS,
    "whistles.withdraw": PLANNERS,
    "meetings.new": PLANNERS,
    "meetings.show": SIGNED_IN,
    "meetings.edit": PLANNERS,
    "desk.list_view": SIGNED_IN,
    "desk.show": SIGNED_IN,
    "desk.put": PLANNERS,
    "desk.undo": PLANNERS,
    "indicators.show": SIGNED_IN,
    "indicators.list_view": SIGNED_IN,
    "indicators.template": SIGNED_IN,
    "indicators.classes": SIGNED_IN,
    "indicators.classes POST": PLANNERS,
    "codes.show": SIGNED_IN,
    "codes.show POST": PLANNERS,
    "codes.remove": PLANNERS,
    "indicators.new": PLANNERS,
    "indicators.edit": PLANNERS,
    "indicators.set_value": PLANNERS,
    "indicators.take_in": PLANNERS,
    "indicators.preview": PLANNERS,
    "indicators.store": PLANNERS,
    "indicators.give_up": PLANNERS,
    "townships.candidates": SIGNED_IN,
    "townships.township": SIGNED_IN,
    "townships.word": SIGNED_IN,
    "warnings.list_view": SIGNED_IN,
    "warnings.show": SIGNED_IN,
    "warnings.raise_new": PLANNERS,
    "warnings.answer": PLANNERS,
    "warnings.close": PLANNERS,
    "talks.list_view": SIGNED_IN,
    "talks.print_view": SIGNED_IN,
    "talks.show": SIGNED_IN,
    "talks.propose": PLANNERS,
    "talks.new": PLANNERS,
    "talks.confirm": PLANNERS,
    "talks.hold": PLANNERS,
    "talks.recheck": PLANNERS,
    "talks.drop": PLANNERS,
    "following.show": SIGNED_IN,
    "following.close": PLANNERS,
    "orders.list_view": SIGNED_IN,
    "orders.show": SIGNED_IN,
    "orders.new": PLANNERS,
    "orders.feedback": PLANNERS,
    "orders.extend": PLANNERS,
    "orders.close": PLANNERS,
    "accountability.list_view": NO_ROLE,
    "accountability.new": NO_ROLE,
    "accountability.edit": NO_ROLE,
    "governing.list_view": SIGNED_IN,
    "governing.show": SIGNED_IN,
    "governing.propose": PLANNERS,
    "governing.step": PLANNERS,
    "governing.plan": PLANNERS,
    "funding.show": SIGNED_IN,
    "funding.table_xlsx": SIGNED_IN,
    "funding.new": PLANNERS,
    "funding.edit": PLANNERS,
    "funding.remove": PLANNERS,
    "funding_import.upload": PLANNERS,
    "funding_import.look": PLANNERS,
    "funding_import.store": PLANNERS,
    "funding_import.give_up": PLANNERS,
    "adoptions.list_view": SIGNED_IN,
    "adoptions.table_xlsx": SIGNED_IN,
    "adoptions.new": PLANNERS,
    "adoptions.show": SIGNED_IN,
    "adoptions.answer": PLANNERS,
    "adoptions.withdraw": PLANNERS,
    "plans.show": SIGNED_IN,
    "plans.edit": PLANNERS,
    "plans.new_item": PLANNERS,
    "plans.item": SIGNED_IN,
    "plans.edit_item": PLANNERS,
    "plans.move_item": SIGNED_IN,
    "plans.kinds_view": PLANNERS,
    "plans.change_kind": PLANNERS,
    "plans.move_kind_up": PLANNERS,
    "issue_types.list_view": PLANNERS,
    "issue_types.change": PLANNERS,
    "issue_types.move_up": PLANNERS,
    "item_versions.show": SIGNED_IN,
    "item_versions.undo": PLANNERS,
    "item_ledger.show": SIGNED_IN,
    "item_ledger.bulk": SIGNED_IN,
    "item_ledger.workbook": SIGNED_IN,
    "item_import.take_in": PLANNERS,
    "item_import.preview": PLANNERS,
    "item_import.store": PLANNERS,
    "item_import.give_up": PLANNERS,
    "townships.why_view": SIGNED_IN,
    "townships.compare": SIGNED_IN,
    "decisions.list_view": SIGNED_IN,
    "decisions.new": PLANNERS,
    "decisions.show": SIGNED_IN,
    "decisions.document_json": CASES,
    "projects.list_view": SIGNED_IN,
    "projects.layer": SIGNED_IN,
    "projects.show": SIGNED_IN,
    "projects.new": PLANNERS,
    "projects.edit": PLANNERS,
    "projects.board": SIGNED_IN,
    "projects.calendar": SIGNED_IN,
    "projects.move": PLANNERS,
    "projects.undo": PLANNERS,
    "project_points.show": SIGNED_IN,
    "project_points.new": PLANNERS,
    "project_points.edit": PLANNERS,
    "project_points.share": PLANNERS,
    "project_points.remove": PLANNERS,
    "project_points.detach": PLANNERS,
    "project_points.attach": PLANNERS,
    "project_photos.take": PLANNERS,
    "project_photos.picture": SIGNED_IN,
    "project_photos.delete": PLANNERS,
    "effects.show": SIGNED_IN,
    "followed_points.show": SIGNED_IN,
    "followed_points.watch_again": PLANNERS,
    "followed_points.answer": PLANNERS,
    "effects.judge_again": PLANNERS,
    "proactive.list_view": SIGNED_IN,
    "proactive.new": PLANNERS,
    "proactive.show": SIGNED_IN,
    "proactive.edit": PLANNERS,
    "proactive.move": SIGNED_IN,
    "place_import.upload": PLANNERS,
    "place_import.preview": PLANNERS,
    "place_import.decide": PLANNERS,
    "place_import.give_up": PLANNERS,
    "place_changes.list_view": PLANNERS,
    "place_changes.show": PLANNERS,
    "review.queue": PLANNERS,
    "review.find": PLANNERS,
    "topics.list_view": SIGNED_IN,
    "topics.candidates_view": CASES,
    "topics.new": PLANNERS,
    "topics.show": SIGNED_IN,
    "topics.edit": PLANNERS,
    "topics.move": PLANNERS,
    "topics.add_problem": PLANNERS,
    "topics.mark": PLANNERS,
    "topics.unmark": PLANNERS,
    "topics.add_scenario": PLANNERS,
    "topics.remove_scenario": PLANNERS,
    "topic_problems.show": SIGNED_IN,
    "topic_problems.edit": PLANNERS,
    "topic_problems.remove": PLANNERS,
    "topic_problems.set_targets": PLANNERS,
    "topic_problems.define": PLANNERS,
    "topic_checks.draw": CASES,
    "topic_checks.show": CASES,
    "topic_checks.judge": CASES,
    "topic_documents.edit": PLANNERS,
    "topic_callbacks.show": SIGNED_IN,
    "topic_callbacks.add": PLANNERS,
    "topic_callbacks.remove": PLANNERS,
    "topic_callbacks.template": SIGNED_IN,
    "topic_callbacks.take_in": PLANNERS,
    "topic_callbacks.preview": PLANNERS,
    "topic_callbacks.store": PLANNERS,
    "topic_callbacks.give_up": PLANNERS,
    "topic_assessments.show": SIGNED_IN,
    "topic_assessments.add": PLANNERS,
    "topic_assessments.remove": PLANNERS,
    "topic_assessments.template": SIGNED_IN,
    "topic_assessments.take_in": PLANNERS,
    "topic_assessments.preview": PLANNERS,
    "topic_assessments.store": PLANNERS,
    "topic_assessments.give_up": PLANNERS,
    "review.decide": PLANNERS,
    "review.ask_online": PLANNERS,
    "review.decisions_view": PLANNERS,
    "review.undo": PLANNERS,
    "review.pending": PLANNERS,
    "review.applied": PLANNERS,
    "places.list_view": CASES,
    "places.ground_geojson": CASES,
    "places.found_json": CASES,
    "places.show": CASES,
    "places.new": PLANNERS,
    "places.edit": PLANNERS,
    "places.merge": PLANNERS,
    "places.unmerge": PLANNERS,
    "places.apply": PLANNERS,
    "cases.list_view": CASES,
    "cases.find": CASES,
    "cases.life": CASES,
    "cases.unmask": "reviewer",
    "cases.list_csv": CASES,
    "cases.import_view": PLANNERS,
    "cases.batches_view": PLANNERS,
    "cases.batch": PLANNERS,
    "cases.withdraw": PLANNERS,
    "cases.rejects": PLANNERS,
    "cases.redeclare": PLANNERS,
    "cases.quality_view": PLANNERS,
    "cases.decide": PLANNERS,
    "mapping.mapping_view": PLANNERS,
    "mapping.decide": PLANNERS,
    "mapping.import_with": PLANNERS,
    "mapping.give_up": PLANNERS,
    "profiles.list_view": PLANNERS,
    "profiles.download": PLANNERS,
    "profiles.edit": PLANNERS,
    "profiles.delete": PLANNERS,
    "accounts.list_view": ADMINISTRATORS,
    "accounts.new": ADMINISTRATORS,
    "accounts.edit": ADMINISTRATORS,
    "accounts.reset": ADMINISTRATORS,
    "accounts.release": ADMINISTRATORS,
    "units.list_view": ADMINISTRATORS,
    "units.adopt": ADMINISTRATORS,
    "units.new": ADMINISTRATORS,
    "units.edit": ADMINISTRATORS,
    "handlers.list_view": ADMINISTRATORS,
    "handlers.name": ADMINISTRATORS,
    "handlers.adopt": ADMINISTRATORS,
    "audit.list_view": ADMINISTRATORS,
    "audit.list_csv": ADMINISTRATORS,
}
"""Endpoint (with a method where methods differ) → who of the whole city may enter."""

SENDERS_ONLY_OF_THE_WHOLE_CITY = (
    "cases.import_view", "cases.batches_view", "cases.batch", "cases.withdraw", "cases.rejects",
    "cases.redeclare", "cases.quality_view", "cases.decide", "mapping.mapping_view",
    "mapping.decide", "mapping.import_with", "mapping.give_up", "profiles.list_view",
    "profiles.download", "profiles.edit", "profiles.delete", "place_import.upload",
    "place_import.preview", "place_import.decide", "place_import.give_up", "rules.new",
    "rules.edit", "rules.remove", "rules.reset", "audit.list_view", "audit.list_csv",
    "place_changes.list_view", "place_changes.show", "places.apply", "review.pending",
    "review.applied", "duties.new", "duties.edit", "duties.remove", "duties.import_view",
    "governing.propose", "governing.step", "plans.kinds_view", "plans.change_kind",
    "plans.move_kind_up", "issue_types.list_view", "issue_types.change", "issue_types.move_up",
    "topics.new", "topics.edit", "topics.move", "topics.add_problem",
    "topics.mark", "topics.unmark", "topics.add_scenario", "topics.remove_scenario",
    "topic_problems.edit", "topic_problems.remove", "topic_problems.set_targets",
    "topic_problems.define", "topic_documents.edit",
)  # fmt: skip

REFUSED = (401, 403)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(tmp_path_factory.mktemp("routes") / "home")


@pytest.fixture(scope="module")
def clients(app: Flask) -> dict[str, FlaskClient]:
    return {role: client_as(app, role, [role]) for role in ROLES}


def routes(app: Flask) -> list[tuple[Rule, str]]:
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"})
    ]


def row(rule: Rule, method: str) -> str | None:
    return TABLE.get(f"{rule.endpoint} {method}", TABLE.get(rule.endpoint))


def address(rule: Rule) -> str:
    """An address of the route, of things that are not there."""
    return rule.build(  # type: ignore[index]
        {name: 999_999 if "Integer" in type(converter).__name__ else "0123456789abcdef"
         for name, converter in rule._converters.items()}
    )[1]  # fmt: skip


def test_every_route_has_a_row(app: Flask) -> None:
    known = {rule.endpoint for rule, _method in routes(app)}
    assert not [rule.endpoint for rule, method in routes(app) if row(rule, method) is None]
    assert {name.partition(" ")[0] for name in TABLE} == known


@pytest.mark.parametrize("role", ROLES)
def test_each_role_enters_where_it_may(
    app: Flask, clients: dict[str, FlaskClient], role: str
) -> None:
    wrong = []
    for rule, method in routes(app):
        allowed = row(rule, method)
        if allowed == ALL:
            continue
        status = clients[role].open(address(rule), method=method).status_code
        if (role in str(allowed).split()) is (status in REFUSED):
            wrong.append(f"{method} {rule.endpoint}: {status}")
    assert not wrong


def test_nobody_enters_without_a_sign_in(app: Flask) -> None:
    client, wrong = app.test_client(), []
    for rule, method in routes(app):
        answer = client.open(address(rule), method=method)
        turned_away = answer.status_code == 401 or (
            answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in")
        )
        if turned_away is (row(rule, method) == ALL) and rule.endpoint != "sign_in.sign_out":
            wrong.append(f"{method} {rule.endpoint}: {answer.status_code}")
    assert not wrong


@pytest.fixture(scope="module")
def of_district(app: Flask) -> Account:
    """A planner and administrator of one office, which has no area."""
    office = UnitValues(name="某区", kind="district", area_code="D1")
    unit = create_unit(operator(services(app).database), office)
    return make_account(
        services(app).database, "of-district", ["planner", "administrator"], unit.id
    )


def test_what_is_everybodys_takes_an_office_of_the_whole_city(
    app: Flask, of_district: Account
) -> None:
    client, entered = sign_in(app.test_client(), of_district), []
    for rule, method in routes(app):
        if rule.endpoint in SENDERS_ONLY_OF_THE_WHOLE_CITY:
            status = client.open(address(rule), method=method).status_code
            if status != 403:
                entered.append(f"{method} {rule.endpoint}: {status}")
    assert not entered


def test_a_view_that_says_nothing_lets_nobody_in(tmp_path: Path) -> None:
    app = make_app(tmp_path / "home")
    app.add_url_rule("/open", "open", lambda: "open")
    assert app.test_client().get("/open").status_code == 302
    assert client_as(app, "viewer", ["viewer"]).get("/open").status_code == 500
