"""What a fetch has got so far, on disk: a kill at any moment costs at most one page."""

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from geodata.errors import FetchFailed

LARGEST_FETCH = 1 << 33
"""Bytes of records that one fetch may bring."""

Record = Mapping[str, str | None]


@dataclass(frozen=True)
class State:
    """Where a fetch stands.

    Attributes
    ----------
    cursor : dict or None
        What to ask for next, in the interface's own terms; None when all has come.
    length : int
        Bytes of the file of records that are sure.
    records, pages, repeated, changed : int
        Records kept, pages read, records that came twice, and those of them that had changed.
    newest : str
        Newest time seen in the field by which the interface tells changes.
    since : str
        `newest` of the last finished fetch: only what changed since then is asked for.
    id_name : str
        Name under which the records have their id.
    notes : list of (str, str)
        What the interface's pages gave rise to say, in English and Chinese.
    """

    cursor: dict[str, Any] | None = None
    running: bool = False
    length: int = 0
    records: int = 0
    pages: int = 0
    repeated: int = 0
    changed: int = 0
    newest: str = ""
    since: str = ""
    id_name: str = ""
    notes: list[list[str]] = field(default_factory=list)


class Progress:
    """The folder of one fetch: its state and its records as JSON lines.

    Use `open_progress`, which keeps other processes out.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.file = folder / f"{name}.jsonl"
        self._state_file = folder / "state.json"
        self.state = self._read_state()
        self._seen: dict[str, bytes] = {}

    def _read_state(self) -> State:
        if not self._state_file.is_file():
            return State()
        return State(**json.loads(self._state_file.read_text("utf-8")))

    @property
    def resumed(self) -> bool:
        """Whether an earlier fetch was interrupted."""
        return self.state.running

    def begin(self, cursor: dict[str, Any]) -> None:
        """Start a new fetch from the given cursor, after what the last one knew."""
        self.file.unlink(missing_ok=True)
        since = self.state.since
        self._write(State(cursor=cursor, running=True, since=since, newest=since))

    def resume(self) -> None:
        """Go on: what was written after the last sure page is cut off."""
        if self.state.length:
            os.truncate(self.file, self.state.length)
            with self.file.open(encoding="utf-8") as lines:
                for line in lines:
                    record = json.loads(line)
                    self._seen[record.get(self.state.id_name) or ""] = _digest(line)
        else:
            self.file.unlink(missing_ok=True)

    def add(
        self,
        records: Sequence[Record],
        cursor: dict[str, Any] | None,
        *,
        id_name: str,
        time_name: str,
        again: bool = False,
        note: Sequence[str] = (),
    ) -> None:
        """Keep a page and the cursor after it; both or neither.

        Parameters
        ----------
        records : sequence of mapping
            Those that came before, unchanged, are left out.
        cursor : dict or None
            What to ask for next.
        id_name, time_name : str
            Names of the id and of the time by which changes are told.
        again : bool
            The page was expected to repeat others.
        note : (str, str), optional
            Something to tell in the end.
        """
        state = replace(self.state, id_name=self.state.id_name or id_name)
        lines, repeated, changed = self._new_lines(records, state.id_name)
        with self.file.open("ab") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
            length = file.tell()
        if length > LARGEST_FETCH:
            raise FetchFailed(
                f"more than {LARGEST_FETCH >> 30} GB of records; ask for a shorter period",
                f"记录超过 {LARGEST_FETCH >> 30} GB；请缩短时间范围",
            )
        times = [time for record in records if (time := record.get(time_name))]
        self._write(
            replace(
                state,
                cursor=cursor,
                length=length,
                records=state.records + len(lines),
                pages=state.pages + 1,
                repeated=state.repeated + (0 if again else repeated),
                changed=state.changed + changed,
                newest=max([state.newest, *times]),
                notes=[*state.notes, list(note)] if note else state.notes,
            )
        )

    def _new_lines(self, records: Sequence[Record], id_name: str) -> tuple[list[bytes], int, int]:
        lines, repeated, changed = [], 0, 0
        for record in records:
            line = json.dumps(record, ensure_ascii=True) + "\n"
            digest, known = _digest(line), self._seen.get(record.get(id_name) or "")
            repeated += known is not None
            if known == digest:
                continue
            changed += known is not None
            self._seen[record.get(id_name) or ""] = digest
            lines.append(line.encode("ascii"))
        return lines, repeated, changed

    def finish(self) -> None:
        """Forget the records, once they are imported; keep the time from which to ask next."""
        self._write(State(since=self.state.newest))
        self.file.unlink(missing_ok=True)

    def _write(self, state: State) -> None:
        draft = self._state_file.with_suffix(".draft")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(asdict(state), file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._state_file)
        self.state = state


def _digest(line: str) -> bytes:
    return hashlib.blake2b(line.encode("ascii"), digest_size=8).digest()


@contextlib.contextmanager
def open_progress(folder: Path, name: str) -> Iterator[Progress]:
    """Open the folder of a fetch for this process alone.

    Raises
    ------
    FetchFailed
        Another process is at it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FetchFailed(
                "another process is fetching from this address; wait for it to end",
                "另一个进程正在从这个地址获取数据；请等它结束",
            ) from error
        yield Progress(folder, name)
    finally:
        os.close(descriptor)
