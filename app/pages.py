"""The pages of every subject, as `create_app` registers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.accounts import (
    account_views,
    audit_views,
    sign_in_views,
    single_sign_on_views,
    unit_views,
)
from app.cases import handler_views, mapping_views, profile_views
from app.cases import views as case_views
from app.home import search_views
from app.home import views as home_views
from app.hotspots import views as hotspot_views
from app.hotspots.comparing import views as comparison_views
from app.hotspots.filtered import views as count_views
from app.hotspots.points import rule_views as point_rule_views
from app.places import change_views, import_views, review_views
from app.places import views as place_views
from app.projects import views as project_views
from app.projects.effects import views as effect_views
from app.projects.following import views as followed_point_views
from app.projects.photos import views as photo_views
from app.projects.points import views as point_views
from app.projects.proactive import views as proactive_views
from app.takeaway import views as takeaway_views
from app.takeaway.counted import views as taken_count_views
from app.topics import check_views as topic_check_views
from app.topics import document_views as topic_document_views
from app.topics import figure_views as topic_figure_views
from app.topics import problem_views as topic_problem_views
from app.topics import views as topic_views
from app.townships.adopting import views as adoption_views
from app.townships.assessment import (
    closing_views,
    code_views,
    exclusion_views,
    indicator_views,
    ledger_views,
    objection_views,
    published_views,
    rule_views,
    scorecard_views,
)
from app.townships.assessment import views as assessment_views
from app.townships.choosing import decision_views
from app.townships.desk import views as desk_views
from app.townships.duties import views as duty_views
from app.townships.funding import import_views as funding_import_views
from app.townships.funding import views as funding_views
from app.townships.governing import issue_type_views, plan_views, version_views
from app.townships.governing import views as governing_views
from app.townships.ledger import import_views as item_import_views
from app.townships.ledger import views as item_ledger_views
from app.townships.sheet import views as sheet_views
from app.townships.supervising import (
    accountability_views,
    following_views,
    map_views,
    meeting_views,
    order_views,
    talk_views,
    warning_views,
    whistle_views,
)

if TYPE_CHECKING:
    from flask import Blueprint

HOME = (home_views.blueprint, home_views.jobs_blueprint, search_views.blueprint)

PEOPLE = (
    sign_in_views.blueprint,
    single_sign_on_views.blueprint,
    account_views.blueprint,
    unit_views.blueprint,
    audit_views.blueprint,
)

CASES = (
    case_views.blueprint,
    mapping_views.blueprint,
    profile_views.blueprint,
    handler_views.blueprint,
)

PLACES = (
    import_views.blueprint,
    change_views.blueprint,
    review_views.blueprint,
    place_views.blueprint,
)

HOTSPOTS = (
    hotspot_views.blueprint,
    comparison_views.blueprint,
    count_views.blueprint,
    point_rule_views.blueprint,
    takeaway_views.blueprint,
    taken_count_views.blueprint,
)

ASSESSMENT = (
    assessment_views.blueprint,
    closing_views.blueprint,
    rule_views.blueprint,
    ledger_views.blueprint,
    exclusion_views.blueprint,
    objection_views.blueprint,
    scorecard_views.blueprint,
    published_views.blueprint,
    indicator_views.blueprint,
    code_views.blueprint,
)

GOVERNANCE = (
    sheet_views.blueprint,
    decision_views.blueprint,
    governing_views.blueprint,
    plan_views.blueprint,
    issue_type_views.blueprint,
    version_views.blueprint,
    item_ledger_views.blueprint,
    item_import_views.blueprint,
    funding_views.blueprint,
    funding_import_views.blueprint,
    adoption_views.blueprint,
    desk_views.blueprint,
)

PROJECTS = (
    project_views.blueprint,
    point_views.blueprint,
    photo_views.blueprint,
    effect_views.blueprint,
    followed_point_views.blueprint,
    proactive_views.blueprint,
)

SUPERVISION = (
    duty_views.blueprint,
    map_views.blueprint,
    warning_views.blueprint,
    talk_views.blueprint,
    order_views.blueprint,
    whistle_views.blueprint,
    meeting_views.blueprint,
    following_views.blueprint,
    accountability_views.blueprint,
)

TOPICS = (
    topic_views.blueprint,
    topic_problem_views.blueprint,
    topic_check_views.blueprint,
    topic_document_views.blueprint,
    topic_figure_views.callback_blueprint,
    topic_figure_views.assessment_blueprint,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    *HOME, *PEOPLE, *CASES, *PLACES, *HOTSPOTS, *ASSESSMENT, *GOVERNANCE, *SUPERVISION, *PROJECTS,
    *TOPICS,
)  # fmt: skip
