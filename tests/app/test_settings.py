from __future__ import annotations

import socket
from pathlib import Path

import pytest

from app import create_app
from app.config import Settings, check_port_free
from app.errors import InvalidSetting


def test_defaults_listen_on_this_machine_only() -> None:
    settings = Settings.from_environment({})
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.url == "http://127.0.0.1:8000/"


@pytest.mark.parametrize("host", ["::", "::1", "example.org", "127.0.0", "0.0.0.0:80"])
def test_what_is_no_address_is_refused(host: str) -> None:
    with pytest.raises(InvalidSetting, match="SUYUAN_HOST"):
        Settings.from_environment({"SUYUAN_HOST": host})


@pytest.mark.parametrize("names", ["https://a.example", "a b", "a,-b", "a:80", "*"])
def test_what_is_no_host_name_is_refused(names: str) -> None:
    with pytest.raises(InvalidSetting, match="SUYUAN_HOSTNAMES"):
        Settings.from_environment({"SUYUAN_HOSTNAMES": names})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "localhost"])
def test_pages_answer_at_the_address_that_is_listened_on(host: str, tmp_path: Path) -> None:
    settings = Settings.from_environment({"SUYUAN_HOST": host, "SUYUAN_HOME": str(tmp_path)})
    client = create_app(settings).test_client()
    assert client.get("/help", base_url=settings.url).status_code == 200
    assert client.get("/help", base_url=f"http://localhost:{settings.port}").status_code == 200
    for other in ("example.org", "localhost.example.org", "192.168.1.5:8000"):
        assert client.get("/help", headers={"Host": other}).status_code == 400


@pytest.mark.parametrize("port", ["0", "65536", "-1", "eighty", "8 0", "٨٠"])
def test_a_port_that_is_none_is_named(port: str) -> None:
    with pytest.raises(InvalidSetting, match="SUYUAN_PORT"):
        Settings.from_environment({"SUYUAN_PORT": port})


def test_a_taken_port_is_told_before_any_work() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InvalidSetting, match="SUYUAN_PORT"):
            check_port_free(Settings(port=port))
    check_port_free(Settings(port=port))
