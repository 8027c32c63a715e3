"""HTTP digest authentication (RFC 7616), for cameras that take no WS-UsernameToken. No network here."""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from urllib.request import parse_http_list, parse_keqv_list

_HASHES: Mapping[str, Callable[[bytes], str]] = {
    "SHA-256": lambda content: hashlib.sha256(content).hexdigest(),
    # MD5 because most cameras know no other.
    "MD5": lambda content: hashlib.md5(content, usedforsecurity=False).hexdigest(),
}
_WORD = re.compile(r'[^"\\\x00-\x1f\x7f]*')


def answered(challenges: Iterable[str], user: str, password: str, path: str, client: str) -> str | None:
    """The Authorization for a POST to ``path``, None where no challenge is one that is known here.

    ``challenges`` are the WWW-Authenticate headers; ``client`` is a nonce of ours.
    """
    for challenge in challenges:
        scheme, _, rest = challenge.strip().partition(" ")
        asked = _asked(rest) if scheme.lower() == "digest" else {}
        named = asked.get("algorithm", "MD5").upper()
        if {"realm", "nonce"} <= asked.keys() and named in _HASHES:
            return _answer(asked, named, user, password, path, client)
    return None


def fresh_nonce() -> str:
    """A nonce of ours."""
    return secrets.token_hex(8)


def _asked(text: str) -> dict[str, str]:
    """A challenge's values; none when one of them could end a header's quotes."""
    words = [word for word in parse_http_list(text) if "=" in word]
    values = {name.lower(): value for name, value in parse_keqv_list(words).items()}
    plain = all(_WORD.fullmatch(value) for value in values.values())
    known = "qop" not in values or "auth" in re.split(r"[\s,]+", values["qop"])
    return values if plain and known else {}


def _answer(asked: Mapping[str, str], named: str, user: str, password: str, path: str, client: str) -> str:
    def hashed(*parts: str) -> str:
        return _HASHES[named](":".join(parts).encode())

    nonce, count = asked["nonce"], "00000001"
    who, what = hashed(user, asked["realm"], password), hashed("POST", path)
    counted = (count, client, "auth") if "qop" in asked else ()
    said = {
        "username": user,
        "realm": asked["realm"],
        "nonce": nonce,
        "uri": path,
        "response": hashed(who, nonce, *counted, what),
        **{name: asked[name] for name in ("opaque",) if name in asked},
        **({"cnonce": client} if counted else {}),
    }
    words = [f'{name}="{value}"' for name, value in said.items()]
    words += [f"algorithm={named}"] if "algorithm" in asked else []
    words += ["qop=auth", f"nc={count}"] if counted else []
    return f"Digest {', '.join(words)}"
