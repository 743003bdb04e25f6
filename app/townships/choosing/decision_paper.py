"""A decision as a paper, from its own document alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.cases.disclosure import written
from app.townships.choosing.models import Decision
from app.townships.choosing.telling import told_value
from app.translation import _
from app.word_files import Paper, Section, Table

Row = dict[str, Any]

ABSENT = "—"

MOST_COLUMNS = 8
"""Values of the townships stand beside the weights up to here; more do not fit on the paper."""


def paper_of(page: dict[str, Any], *, exact: bool) -> Paper:
    """Return the paper of what the page shows (see `decision_views.show`).

    Parameters
    ----------
    page : dict
    exact : bool
        Whether the reader sees counts as they are, and what would tell them.
    """
    document = page["document"]
    sections = (
        Section(_("所选街乡镇"), table=_chosen(page["chosen"], exact)),
        Section(_("不同意见"), (document["objections"] or _("无"),)),
        _considered(page, exact),
        *_criteria(page, exact),
        Section(_("来源与封存"), _seal(page["decision"], document)),
    )
    lead = f"{document['decided_on']} · {document['decided_by']}"
    return Paper(document["title"], lead, sections, _remarks(page))


def _remarks(page: dict[str, Any]) -> tuple[str, ...]:
    """Return what is to be known of the decision as a whole."""
    found = []
    if not page["intact"]:
        found.append(_("这份记录与写下时的校验值不符，内容可能被改动过，请联系管理员。"))
    if page["later"]:
        found.append(_("这项决策后来作了更正，见另一项记录。"))
    if page["document"]["corrects"]:
        found.append(_("本项更正：") + page["document"]["corrects"]["title"])
    if page["dropped"]:
        names = _("、").join(each.name for each in page["dropped"])
        found.append(_("更正后不再选的街乡镇") + _("：") + names)
    return tuple(found)


def _chosen(chosen: Sequence[Row], exact: bool) -> Table:
    interval = (_("名次区间"),) if exact else ()
    header = (_("街乡镇"), _("名次"), *interval, _("得分"), _("理由"))
    rows = tuple(
        (_name(row), str(row["rank"]), *([_interval(row)] if exact else []),
         written(row["score"], 1), row["reason"])
        for row in chosen
    )  # fmt: skip
    return Table(
        header, rows, (2, 0.8, *([1.2] if exact else []), 0.8, 5), range(1, len(header) - 1)
    )


def _considered(page: dict[str, Any], exact: bool) -> Section:
    document, groups = page["document"], page["groups"]
    codes = {row["code"] for row in page["chosen"]}
    further = (_("名次区间"), _("件数"), *(each["label"] for each in groups)) if exact else ()
    header = (_("名次"), _("街乡镇"), _("得分"), *further, _("选"))
    rows = []
    for row in page["considered"]:
        points = (written(row["points"].get(each["key"]) or 0, 1) for each in groups)
        told = (_interval(row), written(row["count"]), *points) if exact else ()
        picked = _("选中") if row["code"] in codes else ""
        rows.append((str(row["rank"]), _name(row), written(row["score"], 1), *told, picked))
    title = _("当时考虑的前 %(n)s 名", n=document["n_considered"])
    whole = _("全市共 %(n)s 个街乡镇", n=len(document["townships"]))
    shares = (0.8, 2, 0.9, *([1.2, 1, *(1 for _each in groups)] if exact else []), 0.8)
    return Section(title, (f"{document['run']['label']} · {whole}",),
                   Table(header, tuple(rows), shares, {*range(len(header) - 1)} - {1}))  # fmt: skip


def _criteria(page: dict[str, Any], exact: bool) -> tuple[Section, ...]:
    """Return the weights, and with them the values of the chosen, in as many parts as it takes."""
    chosen = page["chosen"] if exact else []
    step = MOST_COLUMNS - 3
    parts = [chosen[at : at + step] for at in range(0, len(chosen), step)] or [[]]
    default = page["document"]["default_weights"]
    note = _("默认权重") if default else _("非默认权重")
    return tuple(
        Section(_("指标与权重"), (note,), _weights(page["criteria"], part)) for part in parts
    )


def _weights(criteria: Sequence[Row], chosen: Sequence[Row]) -> Table:
    header = (_("指标"), _("权重"), _("默认"), *(row["name"] for row in chosen))
    rows = tuple(
        (
            each["label"],
            f"{100 * each['weight']:.1f}%",
            f"{100 * each['default']:.1f}%",
            *(str(told_value(each, row["values"][each["key"]], exact=True)) for row in chosen),
        )
        for each in criteria
    )
    return Table(header, rows, (3, 1, 1, *(1.3 for _row in chosen)), range(1, len(header)))


def _seal(decision: Decision, document: dict[str, Any]) -> tuple[str, ...]:
    run, sure = document["run"], document["rank_uncertainty"]
    told = [
        (_("分析批次"), run["id"]),
        (_("诉求库版本"), run["case_store_version"]),
        (_("边界版本"), run["boundary_version"]),
        (_("记录人"), decision.recorded_by),
        ("SHA-256", decision.digest),
    ]
    if sure:
        drawn = _("重抽 %(n)s 次，取中间 %(level)s%%，权重集中度 %(c)s", n=written(sure["draws"]),
                  level=round(100 * sure["level"]), c=int(sure["concentration"]))  # fmt: skip
        told.insert(3, (_("名次区间"), drawn))
    return tuple(f"{label}  {value}" for label, value in told)


def _name(row: Row) -> str:
    return " · ".join(filter(None, (row["name"], row["district"])))


def _interval(row: Row) -> str:
    """Return the ranks that the draws leave open, as the page writes them."""
    if row["rank_low"] is None:
        return ABSENT
    low, high = row["rank_low"], row["rank_high"]
    return str(low) if low == high else f"{low}–{high}"
