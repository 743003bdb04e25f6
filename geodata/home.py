"""The home: one folder that holds everything an installation knows."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from geodata.errors import DiskFull, UnusableHome

ENVIRONMENT_VARIABLE = "SUYUAN_HOME"
DEFAULT_PATH = "var"
CALLER_KEY_BYTES = 32
_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600


@dataclass(frozen=True)
class Home:
    """Paths of an installation's data below one folder, which may be moved as a whole.

    Attributes
    ----------
    path : Path
        The folder itself.

    Examples
    --------
    >>> from pathlib import Path
    >>> Home(Path("var")).cases.as_posix()
    'var/cases'
    """

    path: Path

    @classmethod
    def at(cls, path: str | Path) -> Home:
        """Return the home at `path`; its folders are made, readable by their owner only.

        Raises
        ------
        UnusableHome
            They cannot be made: the path leads through a file, or to where nothing may be written.
        """
        home = cls(Path(path))
        folders = (home.path, home.cases, home.runs, home.uploads, home.rejects, home.boundaries)
        for folder in (*folders, home.places, home.staging):
            try:
                folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            except OSError as error:
                raise UnusableHome(
                    f"{folder}: cannot be made ({error.strerror}); "
                    f"set {ENVIRONMENT_VARIABLE} to a folder that may be written",
                    f"{folder}：无法建立（{error.strerror}）；请将 {ENVIRONMENT_VARIABLE} "
                    "设为可写入的文件夹",
                ) from error
        return home

    @classmethod
    def from_environment(cls) -> Home:
        """Return the home that ``$SUYUAN_HOME`` names, ``./var`` when it names none."""
        return cls.at(os.environ.get(ENVIRONMENT_VARIABLE) or DEFAULT_PATH)

    @property
    def cases(self) -> Path:
        """Case store (Delta Lake table)."""
        return self.path / "cases"

    @property
    def history(self) -> Path:
        """Deliveries of cases that have more than one (Delta Lake table)."""
        return self.path / "history"

    @property
    def runs(self) -> Path:
        """Results of analyses, one folder a run."""
        return self.path / "runs"

    @property
    def uploads(self) -> Path:
        """Files on their way in; deleted after import."""
        return self.path / "uploads"

    @property
    def fetches(self) -> Path:
        """What is known of interfaces that were asked, and records on their way in."""
        return self.path / "fetches"

    @property
    def profiles(self) -> Path:
        """Import profiles made here."""
        return self.path / "profiles"

    @property
    def rejects(self) -> Path:
        """Rows that could not be imported, one CSV a batch."""
        return self.path / "rejects"

    @property
    def exports(self) -> Path:
        """Files made for those who asked for them; each is kept for a week."""
        return self.path / "exports"

    @property
    def boundaries(self) -> Path:
        """Versions of administrative boundaries."""
        return self.path / "boundaries"

    @property
    def places(self) -> Path:
        """Versions of the place register."""
        return self.path / "places"

    @property
    def staging(self) -> Path:
        """Work in progress of the running import; empty otherwise."""
        return self.path / "staging"

    @property
    def database(self) -> Path:
        """Operational tables (SQLite)."""
        return self.path / "app.sqlite3"

    @property
    def queue(self) -> Path:
        """Queue of long work (SQLite)."""
        return self.path / "jobs.sqlite3"

    @property
    def cache(self) -> Path:
        """What can be made again: tables of a version, compiled templates; no backup has it."""
        return self.path / "cache"

    @property
    def photos(self) -> Path:
        """Pictures of projects, by what they show; nothing of the camera is in them."""
        return self.path / "photos"

    @property
    def coordinate_checks(self) -> Path:
        """What is known of false coordinates, and what people decided about them."""
        return self.path / "coordinate_checks"

    def caller_key(self) -> bytes:
        """Return the secret key of caller hashes; it is made on first use.

        Of two processes that make it at once, both return the one that landed first: a second
        key would split every caller in two.

        Raises
        ------
        UnusableHome
            The key is not one that was made here.
        """
        path = self.path / "secret.key"
        if not path.exists():
            draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
            _write_private(draft, secrets.token_bytes(CALLER_KEY_BYTES))
            try:
                # Unlike rename, link fails on an existing target instead of replacing it.
                with contextlib.suppress(FileExistsError):
                    os.link(draft, path)
            finally:
                draft.unlink()
        key = path.read_bytes()
        if len(key) != CALLER_KEY_BYTES:
            raise UnusableHome(
                f"{path.name}: {len(key)} bytes, expected {CALLER_KEY_BYTES}; restore it from a "
                "copy, for callers are told apart by it",
                f"{path.name}：有 {len(key)} 字节，应为 {CALLER_KEY_BYTES} 字节；来电人靠它区分，"
                "请用备份恢复",
            )
        return key

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the lock of those who change cases, boundaries or places; others wait.

        The lock belongs to the process: it is free again when its holder is killed.

        Raises
        ------
        DiskFull
            There was no room for what was written meanwhile.
        """
        with self._telling_full_disk():
            descriptor = os.open(self.path / "write.lock", os.O_RDWR | os.O_CREAT, _PRIVATE_FILE)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                os.close(descriptor)

    @contextlib.contextmanager
    def _telling_full_disk(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if isinstance(error, DiskFull) or not _is_full_disk(error):
                raise
            raise DiskFull(
                f"{self.path}: no space left on the disk; nothing is stored by half: "
                "make room and do it again",
                f"{self.path}：磁盘空间不足；没有写入一半的数据，请腾出空间后重试",
            ) from error


def _is_full_disk(error: BaseException | None) -> bool:
    """Tell whether an error, or one that led to it, is that of a full disk.

    Arrow, Polars and Delta Lake each raise errors of their own, with the system's words in them.
    """
    while error is not None:
        if getattr(error, "errno", None) == errno.ENOSPC or os.strerror(errno.ENOSPC) in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _write_private(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
