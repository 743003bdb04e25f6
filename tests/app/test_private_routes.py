"""No address, header, file name or log line of any route tells what a case says of people."""

from __future__ import annotations

import io
import json
import logging
import re
import socket
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from gunicorn.config import Config
from werkzeug.routing import Rule

from app.services import services
from app.serving import _DiscreetLog
from tests.app.test_private_data import (
    CONTENT,
    FILES,
    IDENTITY,
    LANDLINE,
    NAME,
    PHONE,
    WECHAT,
    app,
    assert_nothing_private,
)
from tests.people import first_client
from tests.serving import served

__all__ = ["app"]  # the fixture

LINK = re.compile(r"""(?:href|src|action|hx-get|hx-post|data-[a-z-]+)=["'](/[^"']*)["']""")
MOST_PAGES = 400
PERSONS = (PHONE, LANDLINE, IDENTITY, NAME, WECHAT)
"""What no page shows either; the street is where the case is."""

ASKED = (
    "search", "class_1", "township", "page", "at", "run", "name", "month", "words", "text", "step",
    "layers", "case_id",
)  # fmt: skip
"""What routes may be asked, in the query or in a form."""


def upload(client: FlaskClient, name: str, profile: str) -> None:
    sent = {"file": (io.BytesIO(FILES[name]), f"反映人：{NAME}{PHONE}.csv"), "profile": profile}
    answer = client.post("/cases/import", data=sent, content_type="multipart/form-data")
    assert answer.status_code in (302, 303)


def links_of(text: str) -> set[str]:
    return {unescape(found).split("#")[0] for found in LINK.findall(text)}


def crawl(client: FlaskClient, first: str) -> set[str]:
    """Follow every link from a page; give all addresses that were met."""
    waiting, seen = [first], {first}
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.pop()
        answer = client.get(address)
        headers = " ".join(f"{name}: {value}" for name, value in answer.headers)
        assert_nothing_private(f"the headers of {address}", urllib.parse.unquote(headers))
        if answer.mimetype in ("text/html", "text/csv", "application/json"):
            text = answer.get_data(as_text=True)
            assert not [each for each in PERSONS if each in text], address
            found = links_of(text) | ({answer.location} if answer.location else set())
            new = {
                each for each in found if each.startswith("/") and not each.startswith("/static")
            }
            waiting += sorted(new - seen)
            seen |= new
    return seen


def test_no_address_on_any_page_tells_of_people(app: Flask) -> None:
    client = first_client(app)
    # Of the rejected, some have telephone numbers as ids, which are kept as delivered.
    upload(client, "open quote", "workorder12345")
    upload(client, "unknown headers", "")
    addresses = crawl(client, "/")
    for address in addresses:
        assert_nothing_private("an address", urllib.parse.unquote(address))
    reached = {path.split("?")[0].split("/")[1] for path in addresses if len(path) > 1}
    assert {"cases", "places", "hotspots", "projects", "help"} <= reached
    assert any("/cases/batches/" in address for address in addresses)
    assert any("rejects.csv" in address for address in addresses)


def filled(rule: Rule, text: str) -> str:
    """Put a text in place of every part of a rule that a visitor chooses."""
    quoted = urllib.parse.quote(text, safe="")
    return re.sub(r"<(?:[a-z]+:)?[a-z_]+>", quoted, rule.rule)


def test_gunicorn_tells_of_a_failure_and_not_of_its_request(
    capfd: pytest.CaptureFixture[str],
) -> None:
    log = _DiscreetLog(Config())
    try:
        raise ValueError(CONTENT)  # noqa: TRY301
    except ValueError:
        log.exception("Error handling request %s %s", "GET", f"/cases?class_1={NAME}")
    log.warning("Invalid request from ip=127.0.0.1: " + PHONE)
    told = capfd.readouterr().err
    assert "ValueError" in told
    assert "Invalid request from ip=127.0.0.1" in told
    assert_nothing_private("the log", told)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_route_logs_what_it_is_asked(
    method: str, app: Flask, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    client = first_client(app)
    asked = 0
    for rule in app.url_map.iter_rules():
        if method not in (rule.methods or set()) or rule.endpoint == "sign_in.sign_out":
            continue
        address = filled(rule, NAME)
        values = dict.fromkeys(ASKED, CONTENT)
        answer = (
            client.get(address, query_string=values)
            if method == "GET"
            else client.post(address, data=values)
        )
        asked += 1
        assert answer.status_code < 500, address
        name = urllib.parse.unquote(answer.headers.get("Content-Disposition", ""))
        assert_nothing_private(f"a file's name at {rule.rule}", name)
    assert asked > 20
    assert_nothing_private("the log", caplog.text)
    for stream in capfd.readouterr():
        assert_nothing_private("the console", stream)


def test_a_job_keeps_no_name_of_a_file_that_tells_of_people(app: Flask, tmp_path: Path) -> None:
    client = first_client(app)
    upload(client, "good", "workorder12345")
    home = services(app).home.path
    for path in home.rglob("*"):
        assert_nothing_private("a file's name", str(path.relative_to(tmp_path)))
    for path in home.glob("*.sqlite3*"):
        assert_nothing_private(path.name, path.read_bytes().decode("utf-8", "replace"))
        # Arguments of jobs are JSON, where Chinese may be escaped.
        assert json.dumps(NAME)[1:-1] not in path.read_bytes().decode("utf-8", "replace")


def test_the_servers_own_log_has_no_addresses(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Gunicorn keeps no access log, and tells of a broken request without what it was."""
    secret = urllib.parse.quote(f"{NAME}{PHONE}")
    with served(tmp_path / "home") as address:
        for path in (f"/cases?class_1={secret}", f"/places/{secret}", f"/cases?page={secret}"):
            with suppress(urllib.error.HTTPError):
                urllib.request.urlopen(address + path, timeout=60).close()
        host, port = address.removeprefix("http://").rstrip("/").split(":")
        for broken in (
            f"GET /{secret} HTTP/9.9\r\n\r\n",
            f"{PHONE} / HTTP/1.1\r\n\r\n",
            f"GET / HTTP/1.1\r\n{PHONE}\r\n\r\n",
        ):
            with socket.create_connection((host, int(port)), timeout=30) as sent:
                sent.sendall(broken.encode())
                sent.recv(1000)
    told = "".join(capfd.readouterr())
    assert_nothing_private("the server's log", told + urllib.parse.unquote(told))
