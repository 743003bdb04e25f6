"""The office's own sign-in by OpenID Connect: send a person there, and read who came back.

Authorization code flow with PKCE, state and nonce. The provider is asked only when somebody signs
in this way, so a server starts without it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeGuard, cast

import requests
from authlib.integrations.flask_client import OAuth, OAuthError
from flask import Flask, current_app, session
from joserfc.errors import JoseError
from werkzeug.wrappers import Response

from app.config import OpenIdSettings
from app.errors import InvalidParameter, Missing, ProviderFailed, trace_of

log = logging.getLogger(__name__)

EXTENSION = "suyuan.single_sign_on"

TIMEOUT = 10
"""Seconds that the provider may take for one answer."""

LEEWAY = 60
"""Seconds by which the clocks of two servers may differ."""

LONGEST_SUBJECT = 255
"""Characters; OpenID Connect Core 1.0, section 2."""

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures that only the provider can make. A provider may name `none` among those it supports:
a token without a signature would then be taken."""

_DISCOVERED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_NAME = "office"
_STATE_PREFIX = f"_state_{_NAME}_"


@dataclass(frozen=True)
class Identity:
    """Who a person is to the provider.

    Attributes
    ----------
    issuer, subject : str
        Together they name one person for ever.
    name : str
        What the provider calls her now; names are changed and given to others.
    """

    issuer: str
    subject: str
    name: str

    @property
    def key(self) -> str:
        """What an account is bound to: a subject means nothing without its issuer."""
        return f"{self.issuer} {self.subject}"


class SingleSignOn:
    """The provider that the settings name."""

    def __init__(self, app: Flask, settings: OpenIdSettings) -> None:
        self._settings = settings
        self._client: Any = OAuth(app).register(
            _NAME,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            server_metadata_url=f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid profile",
                "code_challenge_method": "S256",
                "default_timeout": TIMEOUT,
                # A token just given is used at once, however short it lasts.
                "leeway": 0,
            },
        )

    def begin(self, back: str) -> Response:
        """Send the browser to the provider, which sends it `back`.

        Raises
        ------
        ProviderFailed
        """
        # One attempt at a time: each leaves its state in the cookie, which has little room.
        for name in [name for name in session if name.startswith(_STATE_PREFIX)]:
            session.pop(name)
        with _told_failures():
            self._discover()
            return cast("Response", self._client.authorize_redirect(back))

    def finish(self) -> Identity:
        """Return who came back with the current request.

        Raises
        ------
        InvalidParameter
            State or token is wrong, or the provider sent no identity.
        ProviderFailed
            It cannot be reached.
        """
        with _told_failures():
            self._discover()
            token = self._client.authorize_access_token(
                leeway=LEEWAY,
                claims_options={
                    "iss": {"essential": True, "value": self._settings.issuer},
                    "aud": {"essential": True, "value": self._settings.client_id},
                },
            )
            claims = token.get("userinfo") or {}
            subject, name = claims.get("sub"), self._name(token, claims)
        if not _is_text(subject) or len(subject) > LONGEST_SUBJECT or not _is_text(name):
            raise _refused("the token does not say who it is")
        return Identity(self._settings.issuer, subject, name)

    def _discover(self) -> None:
        """Ask the provider for its addresses, once, and hold it to what was configured.

        Raises
        ------
        ProviderFailed
        """
        metadata = self._client.load_server_metadata()
        lacking = [name for name in _DISCOVERED if not _is_text(metadata.get(name))]
        if lacking or metadata.get("issuer") != self._settings.issuer:
            metadata.pop("_loaded_at", None)  # asked anew when it may have been mended
            raise _failed(f"lacks {', '.join(lacking)}" if lacking else "names another issuer")
        offered = metadata.get("id_token_signing_alg_values_supported") or ALGORITHMS
        metadata["id_token_signing_alg_values_supported"] = [
            name for name in ALGORITHMS if name in offered
        ]

    def _name(self, token: dict[str, Any], claims: dict[str, Any]) -> object:
        """Return the claim that holds the account's name: in the token, or asked for with it."""
        claim = self._settings.claim
        endpoint = self._client.server_metadata.get("userinfo_endpoint")
        if claim in claims or not claims or not endpoint:
            return claims.get(claim)
        asked = self._client.userinfo(token=token)
        return asked.get(claim) if asked.get("sub") == claims.get("sub") else None


def single_sign_on() -> SingleSignOn:
    """Return the provider of this application.

    Raises
    ------
    Missing
        None is configured.
    """
    found = current_app.extensions.get(EXTENSION)
    if found is None:
        raise Missing("no single sign-on is set up here", "这里没有启用单位统一登录")
    return cast("SingleSignOn", found)


@contextmanager
def _told_failures() -> Iterator[None]:
    """Tell what the libraries raise in one line; what they quote is the provider's, or anybody's.

    Raises
    ------
    InvalidParameter, ProviderFailed
    """
    try:
        yield
    except requests.RequestException as error:
        raise _failed(f"cannot be reached ({type(error).__name__})") from None
    except (OAuthError, JoseError) as error:
        raise _refused(f"it was not completed ({type(error).__name__})") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # A list where the standard has an object, a token that is no text: the libraries take what
        # they are sent for granted. The log tells where, should it be ours.
        log.warning("The office's sign-in sent what cannot be read: %s", trace_of(error))
        raise _failed(f"sent what cannot be read ({type(error).__name__})") from None


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value) and value.isprintable()


def _failed(why: str) -> ProviderFailed:
    return ProviderFailed(
        f"single sign-on: the provider {why}; try again later or ask an administrator",
        "单位统一登录服务暂不可用，请稍后再试，或联系管理员",
    )


def _refused(why: str) -> InvalidParameter:
    return InvalidParameter(
        f"single sign-on: {why}; begin again",
        "单位统一登录没有完成或已过期，请重新开始",
    )
