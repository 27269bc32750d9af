"""XML as a stream of elements, in flat memory; what defines entities or a document type is refused unread."""

import zlib
from collections.abc import Collection, Iterator
from typing import BinaryIO, Final, NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from core.files.source import DamagedFileError
from core.lib.problems import BusinessError, Problem

# Exports of tills and spreadsheets are some ten elements deep.
DEEPEST: Final = 100


def local_name(tag: str) -> str:
    """The name of an element without its namespace."""
    return tag.rpartition("}")[2]


class Part(NamedTuple):
    """A whole element, or one that begins (`is_start`) or ends around others."""

    name: str
    element: Element
    is_start: bool = False


def read_elements(
    stream: BinaryIO, file: str, whole: Collection[str], around: Collection[str] = (), *, with_root: bool = False
) -> Iterator[Part]:
    """The elements called so (without namespace), in the order of the file: `whole` ones with all that is in them, `around` ones twice.

    `with_root`: the outermost element begins it, whatever it is called. Nothing is kept of what was passed. Raises BusinessError
    UNREADABLE_FILE for XML that defines entities, DamagedFileError where it breaks off.
    """
    open_elements: list[Element] = []
    inside = 0
    try:
        for event, element in iterparse(stream, ("start", "end"), forbid_dtd=True):
            name = local_name(element.tag)
            if event == "start":
                if len(open_elements) == DEEPEST:
                    raise DamagedFileError(0, "its elements are nested too deeply")
                open_elements.append(element)
                if not inside and (name in around or (with_root and len(open_elements) == 1)):
                    yield Part(name, element, is_start=True)
                inside += name in whole
                continue
            open_elements.pop()
            inside -= name in whole
            if inside:
                continue
            if name in whole or name in around:
                yield Part(name, element)
            element.clear()
            if open_elements:
                open_elements[-1].remove(element)
    except DefusedXmlException:
        raise BusinessError(Problem("UNREADABLE_FILE", {"file": file}, variant="unsafe_xml")) from None
    except ParseError as error:
        raise DamagedFileError(error.position[0], f"the XML is not whole at line {error.position[0]}") from None
    except (LookupError, ValueError):
        raise DamagedFileError(0, "its encoding is not known") from None
    except (OSError, EOFError, zlib.error) as error:
        # What it is packed in breaks off, or unpacks to more than it may.
        raise DamagedFileError(0, str(error)) from None
