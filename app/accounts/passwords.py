"""Passwords: hashed with Argon2id, and refused where they would be guessed."""

from __future__ import annotations

import secrets
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from app.errors import InvalidParameter

SHORTEST, LONGEST = 10, 200

LEAST_SCORE = 3
"""Of zxcvbn, 0 to 4: from this on more than 10⁸ guesses are needed."""

SCORED_LENGTH = 72
"""zxcvbn's time grows with the length; what follows only makes a password better."""

_GENERATED_BYTES = 12


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    return PasswordHasher()


def hash_password(password: str) -> str:
    """Return the Argon2id hash with its parameters and salt (RFC 9106, low-memory profile)."""
    return _hasher().hash(password)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Tell whether a password is right; takes its time where there is no hash to compare with.

    Otherwise the time of the answer would tell which names exist.
    """
    try:
        return _hasher().verify(password_hash or _nobodys_hash(), password) and bool(password_hash)
    except (VerifyMismatchError, InvalidHashError):
        return False


def needs_rehash(password_hash: str) -> bool:
    """Tell whether a hash was made with weaker parameters than today's."""
    return _hasher().check_needs_rehash(password_hash)


def check_password(password: str, known: tuple[str, ...]) -> None:
    """Refuse a password that is short or would soon be guessed.

    Parameters
    ----------
    password : str
    known : tuple of str
        What others know of the person: her account's name, her own.

    Raises
    ------
    InvalidParameter
    """
    from zxcvbn import zxcvbn

    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidParameter(
            f"a password has {SHORTEST} to {LONGEST} characters",
            f"密码应为 {SHORTEST} 至 {LONGEST} 个字符",
        )
    score = zxcvbn(password[:SCORED_LENGTH], user_inputs=[*known, "suyuan", "诉源", "12345"])
    if score["score"] < LEAST_SCORE:
        raise InvalidParameter(
            "this password would soon be guessed: avoid names, dates, and common words or rows of "
            "keys",
            "这个密码容易被猜到：请避免使用姓名、日期、常见词语和键盘上相邻的字符",
        )


def generate_password() -> str:
    """Return a password for a first sign-in."""
    return secrets.token_urlsafe(_GENERATED_BYTES)


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return hash_password(secrets.token_urlsafe())
