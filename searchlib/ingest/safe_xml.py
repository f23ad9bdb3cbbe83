"""XML that may be hostile: no entities of its own, nothing from elsewhere, and bounds."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["local_name", "parse_xml", "refuse_hostile"]

_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_MAX_DEPTH = 500


def refuse_hostile(data: bytes) -> str:
    """Why XML is not read, or "": it declares entities, which can grow without bound and name
    files.

    >>> refuse_hostile(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>")
    'it declares entities of its own, which may be hostile'
    """
    if _ENTITY.search(data.replace(b"\0", b"")[: 1 << 20]):  # also in UTF-16
        return "it declares entities of its own, which may be hostile"
    return ""


def parse_xml(data: bytes) -> Any:
    """The root element. ValueError says what is wrong with the XML.

    >>> parse_xml(b"<a><b>c</b></a>")[0].text
    'c'
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(data)
    except DefusedXmlException:
        raise ValueError("it declares entities of its own, which may be hostile") from None
    except (ParseError, ValueError, LookupError) as error:
        raise ValueError(f"not well-formed XML: {error}") from None
    except RecursionError:
        raise ValueError("its elements are nested too deeply") from None
    level, depth = list(root), 0
    while level:
        depth += 1
        if depth > _MAX_DEPTH:
            raise ValueError(f"its elements are nested more than {_MAX_DEPTH} deep")
        level = [child for element in level for child in element]
    return root


def local_name(element: Any) -> str:
    """The name of an element without its namespace.

    >>> local_name(parse_xml(b"<a xmlns='urn:x'/>"))
    'a'
    """
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
