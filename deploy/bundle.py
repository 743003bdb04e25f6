"""Pack Suyuan with everything it needs into one archive for offices without PyPI.

The archive holds the wheels of every pinned runtime requirement, Suyuan's own wheel with the built
front end inside, and ``install.sh``. It installs on the same kind of machine (operating system,
processor, Python) with the network off.
"""

from __future__ import annotations

import platform
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONT_END = ROOT / "app" / "static" / "dist" / "manifest.json"
INSTALLER = Path(__file__).resolve().parent / "install.sh"


def bundle_name() -> str:
    """Name the archive after product version, platform and Python, which it is tied to."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    system = sysconfig.get_platform().replace("-", "_")
    python = "".join(platform.python_version_tuple()[:2])
    return f"suyuan-{version}-{system}-py{python}"


def collect_wheels(folder: Path) -> None:
    """Put the wheels of all requirements and of Suyuan itself into `folder`."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    requirements = ["-r", str(ROOT / "requirements.txt")]
    subprocess.run([*pip, "wheel", "--wheel-dir", folder, *requirements], check=True)
    subprocess.run([*pip, "wheel", "--wheel-dir", folder, "--no-deps", str(ROOT)], check=True)


def build_bundle(target: Path) -> Path:
    """Write the archive into the folder `target` and return its path."""
    if not FRONT_END.exists():
        sys.exit("The front end is not built: run `make bundle`, which builds it first.")
    name = bundle_name()
    target.mkdir(parents=True, exist_ok=True)
    archive = target / f"{name}.tar.gz"
    with tempfile.TemporaryDirectory() as scratch:
        wheels = Path(scratch) / "wheels"
        collect_wheels(wheels)
        with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
            tar.add(wheels, f"{name}/wheels")
            tar.add(INSTALLER, f"{name}/install.sh")
            for document in ("README.md", "README.zh-CN.md", "CHANGELOG.md"):
                tar.add(ROOT / document, f"{name}/{document}")
    return archive


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist"
    print(build_bundle(folder))
