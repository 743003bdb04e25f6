"""The page of each word: complete in both languages, and its links lead somewhere."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.home import term_pages, terms
from app.hotspots.definitions import layer_definitions
from app.hotspots.runs import RunSummary

KEYS = [term.key for term in terms.terms()]


def test_every_word_has_a_page_and_every_page_a_word() -> None:
    assert sorted(term_pages.term_pages()) == sorted(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_a_page_is_told_in_both_languages(key: str) -> None:
    page = term_pages.term_pages()[key]
    assert page.rule("zh_Hans").endswith("。")
    assert page.example("zh_Hans").endswith("。")
    assert page.rule("en").endswith(".")
    assert page.example("en").endswith((".", "?"))
    assert set(page.see) <= set(KEYS) - {key}
    assert page.see


def test_pages_are_named_and_there(empty_app: Flask) -> None:
    used = {name for page in term_pages.term_pages().values() for name in page.used}
    assert used <= set(term_pages.PAGES)
    assert set(term_pages.PAGES.values()) <= set(empty_app.view_functions)
    with empty_app.test_request_context():
        assert set(term_pages.page_names()) == set(term_pages.PAGES)


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_pages_open_without_a_sign_in(empty_app: Flask, language: str) -> None:
    client = empty_app.test_client()
    client.post("/language", data={"language": language})
    for key in KEYS:
        answer = client.get(f"/help/{key}")
        assert answer.status_code == 200
        assert next(term for term in terms.terms() if term.key == key).name(language) in answer.text
        assert f'id="{key}"' in client.get("/help").text
    assert client.get("/help/nothing").status_code == 404


def test_legends_lead_to_words(client: FlaskClient, city_app: Flask, city_run: RunSummary) -> None:
    with city_app.test_request_context():
        helps = [definition["help"] for definition in layer_definitions(city_run).values()]
    assert helps
    assert all(client.get(address).status_code == 200 for address in helps)
    assert all(address.startswith("/help/") for address in helps)
