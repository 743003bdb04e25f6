"""The file of a backup: tar in Zstandard, its manifest first, nothing placed that is not in it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from backports.zstd import CompressionParameter, ZstdError, ZstdFile

from app.errors import InvalidParameter
from geodata.errors import UnreadableFile

MANIFEST = "manifest.json"

FORMAT = 1
"""Of the archive; raised when its members change their meaning."""

LARGEST_MANIFEST = 1 << 28

OPTIONS: Mapping[int, int] = {
    CompressionParameter.compression_level: 1,
    CompressionParameter.checksum_flag: 1,
}
"""Most of it is compressed already; the checksum tells a damaged archive at once."""

CHUNK = 1 << 20

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700

Tell = Callable[[int, int | None, str], None]


@dataclass(frozen=True)
class Member:
    """A file of the archive: its size in bytes, SHA-256, and when it was changed last (ns)."""

    size: int
    sha256: str
    changed_ns: int


def write_archive(path: Path, folder: Path, facts: Mapping[str, Any], tell: Tell) -> None:
    """Write all files of a folder, and facts about them, into one file that its owner alone reads.

    Parameters
    ----------
    path : Path
        Not there yet; it appears whole or not at all.
    folder : Path
    facts : mapping
        Plain values for the manifest.
    tell : callable
        Takes bytes done, bytes in all, and what is being done.

    Raises
    ------
    InvalidParameter
        It cannot be written there.
    """
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    total = 2 * sum(file.stat().st_size for file in files)
    progress = _Counting(total, tell)
    members = {
        file.relative_to(folder).as_posix(): _member(file, progress.under("checking"))
        for file in files
    }
    manifest = {
        "format": FORMAT,
        **facts,
        "members": {name: vars(member) for name, member in members.items()},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    with _private_draft(path) as draft, _opened(draft) as tar:
        _add(tar, MANIFEST, len(text), io.BytesIO(text))
        for name, member in members.items():
            with (folder / name).open("rb") as file:
                count = progress.under("packing")
                _add(tar, name, member.size, _Told(file, count))


@contextmanager
def reading(path: Path) -> Iterator[tuple[dict[str, Any], tarfile.TarFile]]:
    """Give the manifest of a backup and the archive from there on.

    Raises
    ------
    UnreadableFile
        It is none, or damaged, wherever in the block that is found out.
    """
    if not path.is_file():
        raise UnreadableFile(f"{path}: no such file", f"{path}：没有这个文件")
    try:
        with ZstdFile(path) as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
            yield _read_manifest(tar), tar
    except (ZstdError, tarfile.TarError, EOFError, _Damaged) as error:
        raise UnreadableFile(
            f"{path}: not a backup, or damaged ({error}); nothing was restored",
            f"{path}：不是备份文件或已损坏（{error}）；未恢复任何数据",
        ) from error


def unpack(tar: tarfile.TarFile, manifest: Mapping[str, Any], folder: Path, tell: Tell) -> None:
    """Unpack what the manifest names, each file checked against its digest; to be in `reading`."""
    waiting = _members_of(manifest)
    progress = _Counting(sum(member.size for member in waiting.values()), tell)
    while entry := tar.next():
        member = waiting.pop(entry.name, None)
        source = tar.extractfile(entry) if entry.isfile() else None
        if member is None or source is None or not _stays_inside(entry.name):
            raise _Damaged(f"{entry.name!r} is not in its list")
        target = folder / entry.name
        _make_private(target.parent)
        with _open_private(target) as file:
            digest = _copy(source, file, progress.under("unpacking"))
        if digest != member.sha256:
            raise _Damaged(f"{entry.name!r} is not what it was")
        os.utime(target, ns=(member.changed_ns, member.changed_ns))
    if waiting:
        raise _Damaged(f"{len(waiting)} files are missing, {min(waiting)!r} among them")


class _Damaged(Exception):  # noqa: N818 - becomes a user's error in `reading`
    pass


@dataclass
class _Counting:
    total: int
    tell: Tell
    done: int = 0

    def under(self, title: str) -> Callable[[int], None]:
        def count(length: int) -> None:
            self.done += length
            self.tell(self.done, self.total, title)

        return count


class _Told:
    """A file that counts what is read of it."""

    def __init__(self, file: IO[bytes], count: Callable[[int], None]) -> None:
        self._file, self._count = file, count

    def read(self, size: int) -> bytes:
        read = self._file.read(size)
        self._count(len(read))
        return read


def _read_manifest(tar: tarfile.TarFile) -> dict[str, Any]:
    first = tar.next()
    source = None if first is None or first.name != MANIFEST else tar.extractfile(first)
    if first is None or source is None or first.size > LARGEST_MANIFEST:
        raise _Damaged("it has no manifest")
    try:
        manifest: dict[str, Any] = json.loads(source.read())
        if manifest.get("format") != FORMAT:
            raise _Damaged(f"format {manifest.get('format')!r}, expected {FORMAT}")
        _members_of(manifest)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        # The archive's own checksum stands at its end: until then damage may look like any text.
        raise _Damaged(f"its manifest cannot be read: {error!r}") from error
    return manifest


def _members_of(manifest: Mapping[str, Any]) -> dict[str, Member]:
    """Return the files that a manifest names, by their path in the archive."""
    return {name: Member(**told) for name, told in manifest["members"].items()}


def _member(file: Path, count: Callable[[int], None]) -> Member:
    facts = file.stat()
    with file.open("rb") as source:
        return Member(facts.st_size, _copy(source, None, count), facts.st_mtime_ns)


def _copy(source: IO[bytes], target: IO[bytes] | None, count: Callable[[int], None]) -> str:
    """Read to the end, into a file where one is given; return the SHA-256."""
    digest = hashlib.sha256()
    while part := source.read(CHUNK):
        digest.update(part)
        if target is not None:
            target.write(part)
        count(len(part))
    return digest.hexdigest()


def _add(tar: tarfile.TarFile, name: str, size: int, source: Any) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, PRIVATE_FILE
    tar.addfile(entry, source)


@contextmanager
def _opened(file: IO[bytes]) -> Iterator[tarfile.TarFile]:
    with (
        ZstdFile(file, "w", options=OPTIONS) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        yield tar


@contextmanager
def _private_draft(path: Path) -> Iterator[IO[bytes]]:
    """Give a file beside its place, which takes it when the block ends well."""
    if path.exists():
        raise InvalidParameter(
            f"{path}: there already; a backup never replaces a file",
            f"{path}：已存在；备份不会覆盖已有文件",
        )
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}.draft")
    try:
        with _open_private(draft) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    except OSError as error:
        raise InvalidParameter(
            f"{path}: cannot be written ({error.strerror})", f"无法写入 {path}（{error.strerror}）"
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _open_private(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb")


def _make_private(folder: Path) -> None:
    """Make a folder and those above it; `Path.mkdir` leaves the latter open to others."""
    if not folder.exists():
        _make_private(folder.parent)
        folder.mkdir(mode=PRIVATE_FOLDER)


def _stays_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and ".." not in parts
