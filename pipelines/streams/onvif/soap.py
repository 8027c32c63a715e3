"""SOAP 1.2 as ONVIF cameras speak it: requests with a login, answers that nobody vouches for. No network."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape, quoteattr

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

SOAP = "http://www.w3.org/2003/05/soap-envelope"
DEVICE = "http://www.onvif.org/ver10/device/wsdl"
MEDIA = "http://www.onvif.org/ver10/media/wsdl"
MEDIA2 = "http://www.onvif.org/ver20/media/wsdl"
SCHEMA = "http://www.onvif.org/ver10/schema"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
_DIGEST = f"{_WSS}-username-token-profile-1.0#PasswordDigest"
_BASE64 = f"{_WSS}-soap-message-security-1.0#Base64Binary"
LONGEST_TEXT = 1000


class OnvifError(Exception):
    """A camera cannot be asked, or answers nothing that can be used; one line."""


class UnauthorisedError(OnvifError):
    """The camera refuses the user name and password."""


class FaultError(OnvifError):
    """The camera answers that it cannot do it."""


@dataclass(frozen=True, slots=True)
class Token:
    """What proves that the password is known, and is good for one request (WS-UsernameToken 1.0)."""

    user: str
    password: str = field(repr=False)
    nonce: bytes
    created: datetime
    """By the camera's own clock: it takes nothing that is old."""

    def header(self) -> str:
        """The element of a request's header."""
        created = self.created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        content = self.nonce + created.encode() + self.password.encode()
        # SHA-1 because the standard says so.
        digest = base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()
        nonce = base64.b64encode(self.nonce).decode()
        return (
            f'<s:Header><wsse:Security s:mustUnderstand="1" xmlns:wsse="{_WSS}-wssecurity-secext-1.0.xsd" '
            f'xmlns:wsu="{_WSS}-wssecurity-utility-1.0.xsd"><wsse:UsernameToken>'
            f"<wsse:Username>{escape(self.user)}</wsse:Username>"
            f"<wsse:Password Type={quoteattr(_DIGEST)}>{digest}</wsse:Password>"
            f"<wsse:Nonce EncodingType={quoteattr(_BASE64)}>{nonce}</wsse:Nonce>"
            f"<wsu:Created>{created}</wsu:Created></wsse:UsernameToken></wsse:Security></s:Header>"
        )


def envelope(body: str, token: Token | None = None) -> bytes:
    """A request; ``body`` is XML."""
    header = "" if token is None else token.header()
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{SOAP}">{header}'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def parsed(content: bytes) -> Element:
    """The envelope of an answer. Raises OnvifError for what is none, or declares a document type."""
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException:
        raise OnvifError("expected a SOAP answer, got XML that declares a document type") from None
    except (ParseError, ValueError, LookupError):  # ill-formed, or of an encoding that nobody knows
        raise OnvifError("expected a SOAP answer, got no XML that can be read") from None
    if local(root) != "Envelope":
        raise OnvifError("expected a SOAP answer, got other XML")
    return root


def answer(content: bytes, wanted: str) -> Element:
    """The element ``wanted`` of an answer's body.

    Raises UnauthorisedError or FaultError where the camera refuses, OnvifError for anything else.
    """
    root = parsed(content)
    fault = first(root, "Fault")
    if fault is not None:
        told = " ".join((element.text or "") for element in fault.iter() if element.text)
        if "notauthorized" in told.lower().replace(" ", ""):
            raise UnauthorisedError("the camera refuses the user name and password (unauthorised)")
        raise FaultError(f"the camera refuses: {tidy(told) or 'no reason given'}")
    found = first(root, wanted)
    if found is None:
        raise OnvifError(f"expected a {wanted}, the camera's answer has none")
    return found


def local(element: Element) -> str:
    """An element's name without its namespace: cameras differ in these."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def every(element: Element, *names: str) -> Iterator[Element]:
    """All elements below (and it), of these names."""
    return (one for one in element.iter() if local(one) in names)


def first(element: Element, *names: str) -> Element | None:
    """The first of them."""
    return next(every(element, *names), None)


def text_of(element: Element | None, *names: str) -> str:
    """The text of the first element of these names, tidied; empty where there is none."""
    found = None if element is None else first(element, *names)
    return "" if found is None else tidy(found.text or "")


def tidy(text: str) -> str:
    """A text of a camera as it may be shown: one line, nothing that a terminal obeys, not endless."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(plain.split())[:LONGEST_TEXT]
