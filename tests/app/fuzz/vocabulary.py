"""Names and values that requests are made of: read from routes, forms, queries and pages."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, get_args

from flask import Flask
from flask_wtf import FlaskForm
from werkzeug.routing import Rule
from wtforms import DateField, FileField, FloatField, IntegerField

from app.queries import Query
from tests.crawling import Form, Found, match

LITERAL = re.compile(r'(?:args|form|values|files)(?:\.get(?:list)?\(|\[)"([\w-]+)"')
"""A name that a view reads by itself."""

VALID = {
    DateField: ("2025-02-01", "2025-06-30"),
    FloatField: ("83.06", "39.02", "0"),
    IntegerField: ("1", "2", "150"),
}
"""By kind of field, where no page shows what it may hold."""

DATES, NUMBERS = ("2025-02-01", "2025-07-01"), ("0", "1", "2", "9")


@dataclass(frozen=True)
class Shape:
    """What requests of one route may be made of.

    Attributes
    ----------
    parts : dict
        Name of a part of the path → values that exist.
    names : dict
        Name of a parameter → values that it may have.
    files : tuple of str
        Names of its uploads.
    forms : tuple of Form
        Forms that pages send to it, filled.
    """

    parts: dict[str, tuple[str, ...]]
    names: dict[str, tuple[str, ...]]
    files: tuple[str, ...]
    forms: tuple[Form, ...]


def shape_of(app: Flask, rule: Rule, method: str, found: Found) -> Shape:
    """Gather what is known of a route."""
    view = app.view_functions[rule.endpoint]
    module = sys.modules[inspect.unwrap(view).__module__]
    names: dict[str, tuple[str, ...]] = {}
    files: set[str] = set()
    for each in {module, *_neighbours(module)}:
        names |= dict.fromkeys(LITERAL.findall(inspect.getsource(each)), ())
        for kind in vars(each).values():
            if isinstance(kind, type) and issubclass(kind, Query):
                names |= {name: _allowed(field) for name, field in kind.model_fields.items()}
            elif isinstance(kind, type) and issubclass(kind, FlaskForm):
                files |= {name for name, field in _fields(kind) if issubclass(field, FileField)}
                names |= {name: VALID.get(field, ()) for name, field in _fields(kind)}
    forms = tuple(
        form
        for form in found.forms
        if form.method == method
        and (place := match(app, form.action, method))
        and place[0].endpoint == rule.endpoint
    )
    for form in forms:
        names |= dict(form.fields)
    parts = {name: tuple(sorted(found.values[name])) for name in rule.arguments}
    return Shape(parts, names, tuple(sorted(files)), forms)


def _neighbours(module: ModuleType) -> set[ModuleType]:
    """Modules of `app` whose things a module of views uses."""
    return {
        sys.modules[thing.__module__]
        for thing in vars(module).values()
        if isinstance(thing, (type, Callable))  # type: ignore[arg-type]
        and str(getattr(thing, "__module__", "")).startswith("app.")
        and thing.__module__.endswith("forms")
    }


def _fields(form: type[FlaskForm]) -> list[tuple[str, type]]:
    return [
        (name, field.field_class)
        for name, field in inspect.getmembers(form)
        if hasattr(field, "field_class")
    ]


def _allowed(field: Any) -> tuple[str, ...]:
    """Values that a field of a query names itself, or that its type lets one guess."""
    named = tuple(
        str(value)
        for part in (field.annotation, *get_args(field.annotation))
        for value in get_args(part)
        if isinstance(value, str)
    )
    text = str(field.annotation)
    return named or (DATES if "date" in text else NUMBERS if "int" in text else ())
