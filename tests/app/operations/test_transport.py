"""Names, proxies and TLS: what is answered, and what is believed."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app import create_app
from app.cli import main
from app.config import Settings, Tls
from app.doctor import check_certificate
from app.errors import InvalidSetting
from app.transport import check_exposure, tls_context
from tests.serving import START_SECONDS, SUYUAN, free_port

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def make_certificate(folder: Path, name: str = "localhost", days: int = 3650) -> Tls:
    """Sign a certificate with its own key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(FIRST_DAY)
        .not_valid_after(FIRST_DAY + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    made = Tls(folder / f"{name}.crt", folder / f"{name}.key")
    made.certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return made


@contextmanager
def served_with(tls: Tls, home: Path) -> Iterator[tuple[str, ssl.SSLContext]]:
    """Run `suyuan serve` on every address; give its address and what trusts its certificate."""
    port = free_port()
    environment = {
        **os.environ, "SUYUAN_HOME": str(home), "SUYUAN_PORT": str(port),
        "SUYUAN_HOST": "0.0.0.0", "SUYUAN_HOSTNAMES": "suyuan.example, localhost",
    }  # fmt: skip
    server = subprocess.Popen(
        [SUYUAN, "serve", "--cert", tls.certificate, "--key", tls.key],
        env=environment, text=True, stderr=subprocess.PIPE,
    )  # fmt: skip
    trusting = ssl.create_default_context(cafile=str(tls.certificate))
    try:
        yield f"https://localhost:{port}", trusting
    finally:
        server.send_signal(signal.SIGINT)
        _, told = server.communicate(timeout=60)
    assert server.returncode == 0, told
    assert f"https://suyuan.example:{port}/" in told


def answer_of(url: str, trusting: ssl.SSLContext) -> dict[str, str]:
    deadline = monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10, context=trusting) as answer:
                return dict(answer.headers)
        except OSError:
            if monotonic() > deadline:
                raise
            sleep(0.2)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_pages_come_over_tls(tmp_path: Path) -> None:
    tls = make_certificate(tmp_path)
    with served_with(tls, tmp_path / "home") as (url, trusting):
        headers = answer_of(f"{url}/sign-in", trusting)
        assert headers["Strict-Transport-Security"].startswith("max-age=")
        assert "Secure" in headers["Set-Cookie"]
        old = ssl.create_default_context(cafile=str(tls.certificate))
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(OSError, match=r"protocol.version"):
            urllib.request.urlopen(url, timeout=10, context=old)


def test_certificates_that_cannot_serve_are_refused(tmp_path: Path) -> None:
    one, other = make_certificate(tmp_path, "one"), make_certificate(tmp_path, "other")
    assert tls_context(one).minimum_version == ssl.TLSVersion.TLSv1_2
    for wrong in (
        Tls(one.certificate, other.key),
        Tls(one.key, one.key),
        Tls(one.certificate, tmp_path / "none"),
    ):
        with pytest.raises(InvalidSetting) as told:
            tls_context(wrong)
        assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("options", "environment", "told"),
    [
        ([], {}, "--insecure-http"),
        (["--insecure-http"], {}, "SUYUAN_HOSTNAMES"),
        (["--cert", "x"], {}, "go together"),
        (["--cert", "x", "--key", "x"], {"SUYUAN_HOSTNAMES": "a"}, "no such file"),
    ],
)
def test_what_would_be_open_to_others_is_refused(
    options: list[str], environment: dict[str, str], told: str, tmp_path: Path
) -> None:
    where = {"SUYUAN_HOME": str(tmp_path / "home"), "SUYUAN_HOST": "0.0.0.0"}
    ended = CliRunner().invoke(main, ["serve", *options], env={**where, **environment})
    assert ended.exit_code == (2 if "together" in told else 1)
    assert told in ended.stderr


def test_other_machines_are_served_when_that_is_wanted(tmp_path: Path) -> None:
    tls = make_certificate(tmp_path)
    check_exposure(Settings(), insecure_http=False)
    check_exposure(Settings(host="10.0.0.5"), insecure_http=True)
    check_exposure(Settings(host="10.0.0.5", tls=tls), insecure_http=False)
    check_exposure(
        Settings(host="0.0.0.0", tls=tls, hostnames=("suyuan.example",)), insecure_http=False
    )


def test_only_given_names_are_answered(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, hostnames=("suyuan.example", ".office.example"))
    client = create_app(settings).test_client()
    for name, status in {
        "suyuan.example": 200, "suyuan.example:8443": 200, "a.office.example": 200,
        "127.0.0.1:8000": 200, "example": 400, "suyuan.example.org": 400,
    }.items():  # fmt: skip
        assert client.get("/help", headers={"Host": name}).status_code == status, name


@pytest.mark.parametrize(("proxies", "secure"), [(0, False), (1, True)])
def test_forwarded_headers_count_only_behind_a_proxy(
    proxies: int, secure: bool, tmp_path: Path
) -> None:
    client = create_app(Settings(home=tmp_path, trusted_proxies=proxies)).test_client()
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    answer = client.get("/sign-in", headers=forwarded)
    assert answer.status_code == 200
    assert ("Strict-Transport-Security" in answer.headers) == secure
    assert ("Secure" in answer.headers["Set-Cookie"]) == secure


@pytest.mark.parametrize(
    ("days_before_end", "ok", "told"),
    [(100, True, "100 days"), (20, False, "20 days"), (-1, False, "expired")],
)
def test_the_doctor_tells_when_a_certificate_ends(
    days_before_end: int, ok: bool, told: str, tmp_path: Path
) -> None:
    tls = make_certificate(tmp_path, days=365)
    now = FIRST_DAY + timedelta(days=365 - days_before_end)
    found = check_certificate(tls.certificate, now)
    assert (found.ok, told in found.english) == (ok, True)
    assert not check_certificate(tls.key, now).ok
