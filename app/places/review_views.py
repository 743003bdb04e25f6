"""HTTP of the review of texts: the queue, a decision, the list of decisions."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.areas import Area
from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.accounts.starting import start_job
from app.errors import message_of, outcome_of
from app.places import asking, deciding
from app.places.concerned import concerned_cases, pending_changes
from app.places.decisions import decisions_within
from app.places.forms import DecisionForm, PlaceFilter, ReviewState
from app.places.review import Queue, QueueText, review_queue
from app.places.waiting_texts import review_ready
from app.services import services
from app.translation import _
from app.web import language, notice
from geodata.errors import UserError
from geodata.geocoding.online import OnlineFailed
from geodata.places import read_decisions
from geodata.privacy import mask_address

blueprint = Blueprint("review", __name__, url_prefix="/places")

NEXT_SHOWN = 12
"""Texts after this one that the page lists."""

DECISIONS_A_PAGE = 50


@blueprint.get("/review")
@allow(Permission.KEEP_PLACES)
def queue() -> ResponseReturnValue:
    """Show one text of the queue (``?at=`` position from 0, ``?state=open|coarse``).

    While the texts of a changed store are told apart, or a new register is learnt from, it leads
    to that job, which leads back.

    Template ``places/review.html``: ``text`` (`review.QueueText` or None), ``examples`` (masked),
    ``choices`` (`deciding.Choice`s), ``marks`` (GeoJSON of them), ``form`` (`forms.DecisionForm`),
    ``problem`` (why nothing was kept of it, None where nothing was sent), ``at, state, waiting``
    (how many), ``progress`` (`review.Progress`), ``upcoming`` (list of (position, masked text,
    cases)), ``pending``, ``suggested`` (name).
    """
    chosen, home = ReviewState.read(request.args), services().home
    if not review_ready(home):
        job = start_job(access(), services().jobs, "prepare-review")
        return redirect(url_for("jobs.watch", job_id=job))
    form = DecisionForm(formdata=None)
    form.offer(home)
    return _page(_queue(chosen), chosen, form)


@blueprint.get("/review/<key_id>")
@allow(Permission.KEEP_PLACES)
def find(key_id: str) -> ResponseReturnValue:
    """Lead to a text of the queue: one whose decision was refused leaves this address behind."""
    chosen, home = ReviewState.read(request.args), services().home
    at = _queue(chosen).position(key_id) if review_ready(home) else None
    return redirect(url_for("review.queue", at=chosen.at if at is None else at, state=chosen.state))


@blueprint.post("/review/<key_id>")
@allow(Permission.KEEP_PLACES)
def decide(key_id: str) -> ResponseReturnValue:
    """Keep a decision (`forms.DecisionForm`) and go on with the next text.

    What is refused leaves the page at its text, with the reason and what was typed.
    """
    home, chosen = services().home, ReviewState.read(request.args)
    found = _queue(chosen)
    form = DecisionForm()
    form.offer(home)
    at = found.position(key_id)
    if at is None:
        return _tell_decided(key_id, found, chosen, form)
    (text,) = found.texts(at, 1)
    here = ReviewState(at=at, state=chosen.state)
    if problem := form.problem():
        return _page(found, here, form, problem), 400
    try:
        _keep(text, form)
    except UserError as error:
        return _page(found, here, form, message_of(error, language())), outcome_of(error).status
    notice(_("已记下决定，涉及 %(n)s 件诉求。", n=f"{text.cases:,}"))
    return redirect(url_for("review.queue", at=chosen.at, state=chosen.state))


@blueprint.post("/review/<key_id>/ask-online")
@allow(Permission.KEEP_PLACES)
def ask_online(key_id: str) -> ResponseReturnValue:
    """Send one text to the service that is switched on, and go back to it with the answers."""
    home, chosen = services().home, ReviewState.read(request.args)
    found = _queue(chosen)
    text = found.find(key_id)
    if text is None:
        return _tell_decided(key_id, found, chosen)
    try:
        asking.ask(access(), home, text)
    except OnlineFailed as error:
        flash(message_of(error, language()), "warning")
    return redirect(url_for("review.queue", at=chosen.at, state=chosen.state))


@blueprint.get("/decisions")
@allow(Permission.KEEP_PLACES)
def decisions_view() -> str:
    """List the decisions, newest first (``?page=``).

    Template ``places/decisions.html``: ``decisions`` (list of (`Decision`, masked text, name of the
    place, whether it is undone)), ``page`` (``page, pages``), ``total``, ``pending``.
    """
    home = services().home
    undone, made = read_decisions(home).undone, decisions_within(home, _area())
    names = deciding.place_names(home)
    pages = max(1, -(-len(made) // DECISIONS_A_PAGE))
    number = min(PlaceFilter.read(request.args).page, pages)
    first = (number - 1) * DECISIONS_A_PAGE
    shown = made[::-1][first : first + DECISIONS_A_PAGE]
    return render_template(
        "places/decisions.html",
        decisions=[
            (
                each,
                mask_address(each.example),
                names.get(each.place or ""),
                each.number in undone,
            )
            for each in shown
        ],
        page={"page": number, "pages": pages},
        total=len(made),
        pending=pending_changes(home),
    )


@blueprint.post("/decisions/<int:number>/undo")
@allow(Permission.KEEP_PLACES)
def undo(number: int) -> ResponseReturnValue:
    """Take a decision back: its text waits again, and the place that it made is gone."""
    removed = deciding.undo(access(), services().home, number)
    if removed is None:
        notice(_("已撤销决定，这段文本重新等待复核。"))
    else:
        notice(
            _(
                "已撤销决定，新建的点位“%(name)s”已移出点位库；这段文本重新等待复核。",
                name=removed.name,
            )
        )
    return redirect(url_for("review.decisions_view"))


@blueprint.get("/pending")
@allow(Permission.RELOCATE)
def pending() -> str:
    """Say how many stored cases would change (a fragment)."""
    return render_template("places/_pending.html", cases=concerned_cases(services().home))


@blueprint.get("/applied")
@allow(Permission.RELOCATE)
def applied() -> str:
    """Say what applying the changes did (``?changed=``). Template ``places/applied.html``."""
    changed = request.args.get("changed", "0")
    return render_template(
        "places/applied.html",
        changed=int(changed) if changed.isdecimal() and len(changed) < 10 else 0,
    )


def _page(found: Queue, chosen: ReviewState, form: DecisionForm, problem: str | None = None) -> str:
    """Show the text at a position of the queue, or the last one before it."""
    home, state = services().home, _state_of(found, chosen)
    at = state["at"]
    text, *upcoming = found.texts(at, 1 + NEXT_SHOWN) or (None,)
    candidates = deciding.candidates_of(home, _area(), text) if text else []
    online = asking.online_question(home, text, after=len(candidates)) if text else None
    return render_template(
        "places/review.html",
        text=text,
        examples=[mask_address(each) for each in text.examples] if text else [],
        suggested=deciding.name_for(text) if text else "",
        choices=candidates,
        online=online,
        marks=_marks([*candidates, *(online.inside if online else ())]),
        form=form,
        problem=problem,
        upcoming=[
            (position, mask_address(each.examples[0]), each.cases)
            for position, each in enumerate(upcoming, start=at + 1)
        ],
        **state,
    )


def _tell_decided(
    key_id: str, found: Queue, chosen: ReviewState, form: DecisionForm | None = None
) -> ResponseReturnValue:
    """Say that a text does not wait any more, what was decided, and what of a form is not kept.

    Template ``places/review_decided.html``: ``made`` (`Decision` or None), ``example`` (masked),
    ``place`` (name or None), ``typed`` (list of label and words), ``at, state, waiting,
    progress, pending`` as of the queue.
    """
    home = services().home
    shown = {each.number for each in decisions_within(home, _area())}
    standing = read_decisions(home).by_key.values()
    made = next((m for m in standing if m.key.id == key_id and m.number in shown), None)
    page = render_template(
        "places/review_decided.html",
        made=made,
        example=mask_address(made.example) if made else "",
        place=deciding.place_names(home).get(made.place or "") if made else None,
        typed=form.typed() if form else [],
        **_state_of(found, chosen),
    )
    return page, 409


def _state_of(found: Queue, chosen: ReviewState) -> dict[str, Any]:
    """Return what pages of the review say of the queue and where in it they are."""
    return {
        "at": min(chosen.at, max(0, len(found) - 1)),
        "state": chosen.state,
        "waiting": len(found),
        "progress": found.progress,
        "pending": pending_changes(services().home),
    }


def _keep(text: QueueText, form: DecisionForm) -> None:
    home, how = services().home, form.how.data
    place = form.place.data or None
    if how == "map":
        made = deciding.place_for_text(
            access(),
            home,
            text,
            form.name.data,
            form.kind.data or None,
            form.lng.data,
            form.lat.data,
        )
        place = made.code
    deciding.decide_text(
        access(),
        home,
        text,
        place=None if how == "unplaced" else place,
        how=how,
        reason=form.reason.data or "" if how == "unplaced" else "",
    )


def _area() -> Area:
    """Where the person may decide."""
    return access().area(Permission.KEEP_PLACES)


def _queue(chosen: ReviewState) -> Queue:
    return review_queue(services().home, _area(), chosen.state)


def _marks(candidates: list[deciding.Choice]) -> dict[str, object]:
    features = [
        {
            "type": "Feature",
            "properties": {"number": each.number, "name": each.name},
            "geometry": {"type": "Point", "coordinates": [each.lng, each.lat]},
        }
        for each in candidates
    ]
    return {"type": "FeatureCollection", "features": features}
