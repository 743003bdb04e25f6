"""Open any file that people send as a table, told by its contents, not by its name."""

from pathlib import Path

from geodata.errors import UnreadableFile
from geodata.profiles import Profile
from geodata.reading.columnar import open_columnar
from geodata.reading.delimited import open_delimited
from geodata.reading.tables import TableSource
from geodata.reading.workbooks import open_workbook

_SIGNATURE_BYTES = 16

_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive; unpack it first"),
    (b"SQLite format 3", "a SQLite database"),
    (b"{\\rtf", "a text document"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)


def open_table(path: str | Path, profile: Profile) -> TableSource:
    """Open a CSV, TSV, Parquet or Excel file and find its header.

    Parameters
    ----------
    path : str or Path
        The file. Its contents tell what it is; its name does not matter.
    profile : Profile
        Which headers name which fields, and which fields are required.

    Returns
    -------
    TableSource
        Whose `batches` stream the rows.

    Raises
    ------
    UnreadableFile
        When there is no such file, or it is no table.
    MissingColumn
        When a required column is missing; the message names the headers found.
    """
    path = Path(path)
    if not path.is_file():
        raise UnreadableFile(f"{path}: there is no such file")
    with path.open("rb") as file:
        start = file.read(_SIGNATURE_BYTES)
    if not start:
        raise UnreadableFile(f"{path.name}: the file is empty; expected a table with a header")
    for signature, kind in _OTHERS:
        if start.startswith(signature):
            raise UnreadableFile(f"{path.name}: {kind}; expected CSV, Parquet or Excel")
    if start.startswith(b"PAR1"):
        return open_columnar(path, profile)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")):
        return open_workbook(path, profile)
    return open_delimited(path, profile)
