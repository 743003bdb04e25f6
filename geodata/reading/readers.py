"""Open any file that people send as a table, told by its contents, not by its name."""

from collections.abc import Callable
from pathlib import Path

from geodata.errors import UnreadableFile
from geodata.profiles import Profile
from geodata.reading.columnar import open_columnar
from geodata.reading.delimited import open_delimited
from geodata.reading.encodings import SAMPLE_BYTES, UNDECIDED, detect_encoding
from geodata.reading.json_files import is_json, open_json
from geodata.reading.tables import TableSource
from geodata.reading.workbooks import open_workbook
from geodata.reading.xml_files import is_open311, open_xml

SIGNATURE_BYTES = 16

_OTHERS = (
    (b"%PDF", "a PDF document", "PDF 文档"),
    (b"\x89PNG", "an image", "图片"),
    (b"\xff\xd8\xff", "an image", "图片"),
    (b"GIF8", "an image", "图片"),
    (b"\x1f\x8b", "a gzip archive; unpack it first", "gzip 压缩包，请先解压"),
    (b"Rar!", "a RAR archive; unpack it first", "RAR 压缩包，请先解压"),
    (b"7z\xbc\xaf", "a 7z archive; unpack it first", "7z 压缩包，请先解压"),
    (b"SQLite format 3", "a SQLite database", "SQLite 数据库"),
    (b"{\\rtf", "a text document", "文字处理文档"),
    (b"\x7fELF", "a program", "程序"),
    (b"MZ\x90", "a program", "程序"),
)


def open_table(path: str | Path, profile: Profile, sheet: str | None = None) -> TableSource:
    """Open a CSV, TSV, Parquet, Excel, JSON or Open311 XML file and find its header.

    Parameters
    ----------
    path : str or Path
        The file. Its contents tell what it is; its name does not matter.
    profile : Profile
        Which headers name which fields, and which fields are required.
    sheet : str, optional
        The only sheet of a workbook to read; other files have none.

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
    start = check_signature(path)
    kind = sniff_kind(path, start)
    if kind == "excel":
        return open_workbook(path, profile, sheet)
    if sheet is not None:
        raise UnreadableFile(
            f"{path.name}: has no sheets; only workbooks have",
            f"{path.name}：没有工作表；只有 Excel 工作簿才有",
        )
    return _OPENERS[kind](path, profile)


def check_signature(path: Path) -> bytes:
    """Return the first bytes of a file that may be a table.

    Raises
    ------
    UnreadableFile
        There is no such file, it is empty, or it begins as something else does.
    """
    if not path.is_file():
        raise UnreadableFile(f"{path}: there is no such file", f"{path}：没有这个文件")
    with path.open("rb") as file:
        start = file.read(SIGNATURE_BYTES)
    if not start:
        raise UnreadableFile(
            f"{path.name}: the file is empty; expected a table with a header",
            f"{path.name}：文件是空的；应为带表头的表格",
        )
    for signature, kind, kind_zh in _OTHERS:
        if start.startswith(signature):
            raise UnreadableFile(
                f"{path.name}: {kind}; expected CSV, Parquet, Excel or JSON",
                f"{path.name}：这是{kind_zh}；应为 CSV、Parquet、Excel 或 JSON 文件",
            )
    return start


def sniff_kind(path: Path, start: bytes) -> str:
    """Tell which reader a file is for: ``parquet``, ``excel``, ``json``, ``xml`` or ``csv``.

    Parameters
    ----------
    path : Path
    start : bytes
        The first bytes of the file.
    """
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")):
        return "excel"
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    encoding = detect_encoding(sample, path.name)
    codec = "utf-8" if encoding.name == UNDECIDED else encoding.name
    text = sample[encoding.mark :].decode(codec, errors="ignore")
    if is_json(text):
        return "json"
    return "xml" if is_open311(text) else "csv"


_OPENERS: dict[str, Callable[[Path, Profile], TableSource]] = {
    "parquet": open_columnar,
    "json": open_json,
    "xml": open_xml,
    "csv": open_delimited,
}
