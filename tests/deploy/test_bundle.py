"""The offline archive: built, unpacked, installed and used with the network switched off."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.packaging


def without_network() -> list[str]:
    """Return the command prefix that gives a process a network namespace of its own, empty."""
    for prefix in (["unshare", "--net"], ["unshare", "--map-root-user", "--net"]):
        if (
            shutil.which("unshare")
            and subprocess.run([*prefix, "true"], check=False).returncode == 0
        ):
            return prefix
    pytest.skip("no network namespaces here: run as root, or allow unprivileged user namespaces")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    command = [sys.executable, ROOT / "deploy" / "bundle.py", folder]
    built = subprocess.run(command, check=True, capture_output=True, text=True)
    archive = Path(built.stdout.strip().splitlines()[-1])
    with tarfile.open(archive) as tar:
        # Python before 3.11.4 knows no filter; the archive is our own.
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        tar.extractall(folder, **safely)  # type: ignore[arg-type]
    return folder / archive.name.removesuffix(".tar.gz")


def test_the_archive_installs_and_works_with_the_network_off(
    unpacked: Path, tmp_path: Path
) -> None:
    offline = without_network()
    bare = {"PATH": os.defpath, "HOME": str(tmp_path), "PYTHON": sys.executable}
    target = tmp_path / "suyuan"
    subprocess.run(
        [*offline, "sh", unpacked / "install.sh", target], check=True, env=bare, cwd=tmp_path
    )

    home = {**bare, "SUYUAN_HOME": str(tmp_path / "home")}
    counted = subprocess.run(
        [*offline, target / "bin" / "suyuan", "cases", "count", "--json"],
        check=True, env=home, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert json.loads(counted.stdout)["cases"] == 0

    page = (
        "from pathlib import Path; import sys; from app import create_app; "
        "client = create_app().test_client(); home = client.get('/help'); "
        "assert home.status_code == 200, home.status; "
        "links = [l.split('\"')[0] for l in home.text.split('\"/static/')[1:]]; assert links; "
        "assert all(client.get('/static/' + l).status_code == 200 for l in links), links"
    )
    subprocess.run(
        [*offline, target / "bin" / "python", "-c", page], check=True, env=home, cwd=tmp_path
    )
