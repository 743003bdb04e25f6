"""Open311 GeoReport answers as XML → records, streamed; all else of XML is refused."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from geodata.errors import UnreadableFile
from geodata.profiles import Profile
from geodata.reading.documents import Document, open_documents
from geodata.reading.flattening import DEEPEST, NestedTooDeepError, flatten
from geodata.reading.tables import TableSource

_ROOT = re.compile(r"<(?:service_)?requests[\s>]")


def is_open311(sample: str) -> bool:
    """Tell by its start whether a text is a GeoReport list of requests.

    Examples
    --------
    >>> is_open311("<?xml version='1.0'?><service_requests><request>")
    True
    """
    return sample.lstrip().startswith("<") and _ROOT.search(sample[:4096]) is not None


def open_xml(path: Path, profile: Profile) -> TableSource:
    """Open the XML form of Open311 GeoReport v2 service requests.

    Raises
    ------
    UnreadableFile
        When it is broken, declares entities, or holds no requests.
    MissingColumn
    """
    return open_documents(path, profile, "xml", lambda: read_xml(path))


def read_xml(path: Path) -> Iterator[Document]:
    """Yield the requests of a GeoReport answer, numbered from 1.

    Raises
    ------
    UnreadableFile
        Where the XML is broken or dangerous.
    """
    number = 0
    try:
        events = defusedxml.ElementTree.iterparse(path, ("start", "end"), forbid_dtd=True)
        depth = 0
        root: Element | None = None
        for event, element in events:
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            if event == "end" and depth == 1:
                number += 1
                yield _document(number, element)
                root.clear()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        reason = " ".join(str(error).split())[:80]
        raise UnreadableFile(
            f"{path.name}: broken or unsafe XML ({reason})",
            f"{path.name}：XML 有误或不安全（技术信息：{reason}）",
        ) from error


def _document(number: int, request: Element) -> Document:
    try:
        value = _value(request, 1)
        if isinstance(value, dict):
            return Document(number, flatten(value))
    except NestedTooDeepError:
        return Document(number, rule="nested_too_deep")
    return Document(number, rule="not_a_record", text=request.tag)


def _value(element: Element, depth: int) -> object:
    """Text of an element, a mapping of its children, or a list where one name repeats."""
    if depth > DEEPEST:
        raise NestedTooDeepError
    if not len(element):
        return (element.text or "").strip() or None
    children: dict[str, list[object]] = {}
    for child in element:
        children.setdefault(child.tag.rpartition("}")[2], []).append(_value(child, depth + 1))
    return {tag: each[0] if len(each) == 1 else each for tag, each in children.items()}
