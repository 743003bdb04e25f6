"""A small OpenID provider on a port of this machine, which can be made to misbehave."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jws
from joserfc.jwk import KeySet, RSAKey

CLIENT_ID, CLIENT_SECRET = "suyuan", "shared-with-the-provider"


@dataclass
class FakeProvider:
    """Signs in whoever `claims` says; what a test sets here goes into the next answers.

    Attributes
    ----------
    claims : dict
        Over the usual ones of the ID token; a value of None takes a claim out.
    metadata : dict
        Over the usual ones of the discovery document.
    sign : callable or None
        Makes the token of claims instead of the provider's key.
    told : dict
        What the userinfo endpoint says.
    instead : dict
        What an address says instead, whatever that is.
    """

    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    instead: dict[str, Any] = field(default_factory=dict)
    sign: Any = None
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._grants: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def authorize(self, address: str) -> str:
        """Do what the provider does when a person has signed in: return where she is sent."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = f"code-{len(self._grants)}"
        self._grants[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            # Some providers do offer unsigned tokens.
            "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
            **self.metadata,
        }

    def exchange(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Give tokens for a code, once, to who knows the secret and the verifier."""
        asked = self._grants.pop(form.get("code", ""), None)
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or authorization != f"Basic {expected}"
            or challenge != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        token = {"access_token": "access", "token_type": "Bearer", "expires_in": 60}
        return 200, {**token, "id_token": self._token(asked["nonce"])}

    def _token(self, nonce: str) -> str:
        now = int(time.time())
        usual = {
            "iss": self.issuer, "aud": CLIENT_ID, "sub": "subject-1", "iat": now, "exp": now + 300,
            "nonce": nonce, "preferred_username": "li",
        }  # fmt: skip
        claims = {k: v for k, v in {**usual, **self.claims}.items() if v is not None}
        if self.sign is not None:
            return str(self.sign(claims))
        return jws.serialize_compact(
            {"alg": "RS256", "kid": "1"}, json.dumps(claims).encode(), self.key
        )


def _handler(provider: FakeProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers: dict[str, Any] = {
                "/.well-known/openid-configuration": provider.discovery,
                "/keys": lambda: KeySet([provider.key]).as_dict(private=False),
                "/userinfo": lambda: provider.told,
            }
            provider.asked.append(self.path)
            self.answer(200, answers[self.path]())

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.answer(*provider.exchange(form, self.headers.get("Authorization", "")))

        def answer(self, status: int, body: Any) -> None:
            body = provider.instead.get(self.path, body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            pass

    return Handler
