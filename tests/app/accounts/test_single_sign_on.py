"""The office's own sign-in, the whole way: pages here, a provider on a port of its own."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app.accounts.models import Account, AuditEntry
from app.accounts.signing_in import FAILURES_OF_ADDRESS
from app.config import OpenIdSettings, Settings
from app.errors import InvalidSetting
from app.services import services
from tests.app.accounts.fake_provider import CLIENT_ID, CLIENT_SECRET, FakeProvider
from tests.people import client_as, make_account, make_app

UNFINISHED = "单位统一登录没有完成或已过期，请重新开始"
UNAVAILABLE = "单位统一登录服务暂不可用"
NO_ACCOUNT = "您在这里没有可用的账号"


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider() as running:
        yield running


@pytest.fixture(scope="module")
def home_of_li(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("li") / "home"
    found = services(make_app(home)).database
    make_account(found, "li", ["planner"])
    found.close()
    return home


@pytest.fixture
def app(home_of_li: Path, tmp_path: Path, provider: FakeProvider) -> Flask:
    return make_app(
        shutil.copytree(home_of_li, tmp_path / "home"),
        open_id=OpenIdSettings(provider.issuer, CLIENT_ID, CLIENT_SECRET, "市政务统一登录"),
    )


def there(client: FlaskClient, provider: FakeProvider, target: str = "/projects") -> str:
    """Go to the provider and sign in there: the address that one is sent back to."""
    sent = client.get("/sign-in/office", query_string={"next": target})
    assert sent.status_code == 302, sent.text
    assert sent.headers["Location"].startswith(f"{provider.issuer}/authorize?")
    return provider.authorize(sent.headers["Location"])


def there_and_back(client: FlaskClient, provider: FakeProvider, **more: str) -> TestResponse:
    return client.get(there(client, provider, **more))


def change(app: Flask, **values: object) -> None:
    with services(app).database.session() as session:
        session.execute(update(Account).where(Account.name == "li").values(**values))


def actions(app: Flask) -> list[tuple[str, str]]:
    with services(app).database.session() as session:
        found = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(entry.who, entry.action) for entry in found if entry.who != "suyuan"]


def refused(app: Flask, answer: TestResponse, status: int, line: str) -> None:
    """Nobody came in: one line, and an entry that says so."""
    assert answer.status_code == status, answer.text
    assert line in answer.text
    assert actions(app)[-1] == ("?", "sign_in.office_failed")
    assert ("li", "sign_in") not in actions(app)


def test_there_and_back(app: Flask, provider: FakeProvider) -> None:
    client = app.test_client()
    assert "市政务统一登录" in client.get("/sign-in").text
    answer = there_and_back(client, provider, target="/projects?status=done")
    assert answer.headers["Location"] == "/projects?status=done"
    assert client.get("/projects").status_code == 200
    assert actions(app) == [("li", "account.bind"), ("li", "sign_in")]


def test_who_comes_this_way_needs_no_password_here(app: Flask, provider: FakeProvider) -> None:
    change(app, must_change_password=True)
    client = app.test_client()
    there_and_back(client, provider)
    assert client.get("/projects").status_code == 200


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org", "/" + "x" * 2000])
def test_it_leads_nowhere_else(app: Flask, provider: FakeProvider, elsewhere: str) -> None:
    answer = there_and_back(app.test_client(), provider, target=elsewhere)
    assert answer.headers["Location"] == "/"


def test_a_person_stays_bound_when_her_name_changes(app: Flask, provider: FakeProvider) -> None:
    there_and_back(app.test_client(), provider)
    provider.claims = {"preferred_username": "li.married"}
    assert there_and_back(app.test_client(), provider).status_code == 302
    assert actions(app)[-1] == ("li", "sign_in")


def test_another_person_of_the_same_name_is_not_her(app: Flask, provider: FakeProvider) -> None:
    there_and_back(app.test_client(), provider)
    provider.claims = {"sub": "subject-2"}
    answer = there_and_back(app.test_client(), provider)
    assert answer.status_code == 403
    assert NO_ACCOUNT in answer.text
    admin = client_as(app, "admin", ["administrator"])
    assert "解除单位统一登录" in admin.get("/accounts/1").text
    assert admin.post("/accounts/1/release").status_code == 302
    assert there_and_back(app.test_client(), provider).status_code == 302


def test_a_release_ends_sessions(app: Flask, provider: FakeProvider) -> None:
    client = app.test_client()
    there_and_back(client, provider)
    client_as(app, "admin", ["administrator"]).post("/accounts/1/release")
    assert client.get("/projects").status_code == 302


def test_another_provider_may_call_her_otherwise(app: Flask, provider: FakeProvider) -> None:
    change(app, bound_to="https://former.example subject-1")
    provider.claims = {"sub": "subject-2"}
    assert there_and_back(app.test_client(), provider).status_code == 302


@pytest.mark.parametrize("claims", [{"preferred_username": "nobody"}, {"sub": "subject-2"}])
def test_no_account_is_made(app: Flask, provider: FakeProvider, claims: dict[str, str]) -> None:
    provider.claims = {"preferred_username": "nobody", **claims}
    refused(app, there_and_back(app.test_client(), provider), 403, NO_ACCOUNT)


def test_a_closed_account_stays_closed(app: Flask, provider: FakeProvider) -> None:
    change(app, active=False)
    refused(app, there_and_back(app.test_client(), provider), 403, NO_ACCOUNT)


def forged(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "1"}, claims, RSAKey.generate_key(2048))


def unsigned(claims: dict[str, Any]) -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": "none"}, claims)
    ]
    return ".".join([*parts, ""])


def signed_with_the_secret(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(CLIENT_SECRET * 2))


@pytest.mark.parametrize(
    "sign",
    [forged, unsigned, signed_with_the_secret, lambda _claims: "no.token.at-all", lambda _c: ""],
    ids=["forged", "unsigned", "symmetric", "garbage", "empty"],
)
def test_a_token_that_the_provider_did_not_sign(
    app: Flask, provider: FakeProvider, sign: Callable[[dict[str, Any]], str]
) -> None:
    provider.sign = sign
    refused(app, there_and_back(app.test_client(), provider), 400, UNFINISHED)


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": "another", "azp": CLIENT_ID},
        {"iss": "https://another.example"},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"sub": None},
        {"sub": "s" * 256},
        {"preferred_username": ["li"]},
        {"preferred_username": "l\ud800i"},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_sign_in(
    app: Flask, provider: FakeProvider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    refused(app, there_and_back(app.test_client(), provider), 400, UNFINISHED)


def test_a_wrong_state(app: Flask, provider: FakeProvider) -> None:
    client = app.test_client()
    address = there(client, provider)
    refused(app, client.get(address + "x"), 400, UNFINISHED)
    refused(app, app.test_client().get(address), 400, UNFINISHED)


def test_a_replay(app: Flask, provider: FakeProvider) -> None:
    client = app.test_client()
    address = there(client, provider)
    with client.session_transaction() as session:
        before = dict(session)
    assert client.get(address).status_code == 302
    assert client.get(address).status_code == 400
    # Even who has kept the cookie of before finds that the code is spent.
    again = app.test_client()
    with again.session_transaction() as session:
        session.update(before)
    assert again.get(address).status_code == 400
    assert again.get("/projects").status_code == 302


def test_the_provider_said_no(app: Flask) -> None:
    answer = app.test_client().get(
        "/sign-in/office/back?error=access_denied&error_description=<script>call us</script>"
    )
    refused(app, answer, 400, UNFINISHED)
    assert "<script>call" not in answer.text


def test_a_provider_that_does_not_answer(app: Flask, provider: FakeProvider) -> None:
    client = app.test_client()
    address = there(client, provider)
    provider.stop()
    refused(app, client.get(address), 422, UNAVAILABLE)
    assert client.get("/sign-in").status_code == 200


def test_a_provider_that_is_there_again(app: Flask, provider: FakeProvider) -> None:
    provider.metadata = {"issuer": "https://another.example"}
    client = app.test_client()
    refused(app, client.get("/sign-in/office"), 422, UNAVAILABLE)
    provider.metadata = {"token_endpoint": None}
    refused(app, client.get("/sign-in/office"), 422, UNAVAILABLE)
    provider.metadata = {}
    assert there_and_back(client, provider).status_code == 302


@pytest.mark.parametrize("document", [[], "text", 5, None, {"issuer": []}])
def test_a_description_that_is_none(app: Flask, provider: FakeProvider, document: Any) -> None:
    provider.instead = {"/.well-known/openid-configuration": document}
    refused(app, app.test_client().get("/sign-in/office"), 422, UNAVAILABLE)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        *(("/token", said) for said in ([], "text", None)),
        ("/token", {"id_token": None, "access_token": "a"}),
        ("/token", {"id_token": [1]}),
        *(("/keys", said) for said in ([], {"keys": None}, {"keys": [{"kty": "RSA"}]}, "text")),
    ],
)
def test_tokens_and_keys_that_are_none(
    app: Flask, provider: FakeProvider, asked: str, said: Any
) -> None:
    client = app.test_client()
    address = there(client, provider)
    provider.instead = {asked: said}
    answer = client.get(address)
    refused(
        app, answer, answer.status_code, UNFINISHED if answer.status_code == 400 else UNAVAILABLE
    )
    assert answer.status_code in (400, 422)


def test_a_name_that_only_userinfo_tells(app: Flask, provider: FakeProvider) -> None:
    provider.claims = {"preferred_username": None}
    provider.told = {"sub": "somebody-else", "preferred_username": "li"}
    refused(app, there_and_back(app.test_client(), provider), 400, UNFINISHED)
    provider.told = {"sub": "subject-1", "preferred_username": "li"}
    assert there_and_back(app.test_client(), provider).status_code == 302


def test_many_failures_from_one_address_wait(app: Flask) -> None:
    client = app.test_client()
    for _attempt in range(FAILURES_OF_ADDRESS):
        assert client.get("/sign-in/office/back?state=x&code=y").status_code == 400
    assert client.get("/sign-in/office/back?state=x&code=y").status_code == 429
    # The password still lets in: colleagues behind one address are not shut out by a provider.
    assert client.post("/sign-in", data={"name": "li", "password": "wrong"}).status_code == 400


def test_many_attempts_do_not_fill_the_cookie(app: Flask, provider: FakeProvider) -> None:
    client = app.test_client()
    for _attempt in range(20):
        address = there(client, provider)
    assert client.get(address).status_code == 302


def test_without_a_provider_there_is_no_button(tmp_path: Path) -> None:
    client = make_app(tmp_path / "home").test_client()
    assert "/sign-in/office" not in client.get("/sign-in").text
    assert client.get("/sign-in/office").status_code == 404


COMPLETE = {
    "SUYUAN_OIDC_ISSUER": "https://sso.example.org/realms/city",
    "SUYUAN_OIDC_CLIENT_ID": "suyuan",
    "SUYUAN_OIDC_NAME": "统一登录",
}


def test_settings_come_from_the_environment_and_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{CLIENT_SECRET}\n", "utf-8")
    environ = {**COMPLETE, "SUYUAN_OIDC_CLIENT_SECRET_FILE": str(secret)}
    found = Settings.from_environment(environ).open_id
    assert found is not None
    assert (found.client_secret, found.claim) == (CLIENT_SECRET, "preferred_username")
    assert CLIENT_SECRET not in repr(found)
    for name in environ:
        lacking = {**environ, name: ""}
        if name == "SUYUAN_OIDC_ISSUER":
            assert Settings.from_environment(lacking).open_id is None
            continue
        with pytest.raises(InvalidSetting, match=name):
            Settings.from_environment(lacking)
    secret.write_bytes(b" \n")
    with pytest.raises(InvalidSetting, match="SUYUAN_OIDC_CLIENT_SECRET_FILE"):
        Settings.from_environment(environ)


@pytest.mark.parametrize(
    "issuer",
    ["http://sso.example.org", "sso.example.org", "https://", "https://a@b.org", "https://[",
     "https://sso.example.org/?a=b", "file:///etc"],
)  # fmt: skip
def test_an_issuer_that_others_could_answer_for(issuer: str) -> None:
    with pytest.raises(InvalidSetting, match="SUYUAN_OIDC_ISSUER"):
        Settings.from_environment({**COMPLETE, "SUYUAN_OIDC_ISSUER": issuer})
