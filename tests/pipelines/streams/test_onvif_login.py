"""Logins at an ONVIF camera: what is sent, what is refused, and that nothing is tried twice."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from samples_onvif import LOGIN, PASSWORD, USER, FakeCamera, look, send

from pipelines.streams.onvif.digest import answered
from pipelines.streams.onvif.soap import Token, UnauthorisedError
from pipelines.streams.onvif.streams import Login


@pytest.mark.parametrize(
    "login",
    [
        pytest.param(Login(USER, "wrong", "P"), id="a wrong password"),
        pytest.param(Login("nobody", PASSWORD, "P"), id="an unknown user"),
        pytest.param(None, id="no login"),
    ],
)
def test_a_refused_login_is_said_and_not_tried_again(login: Login | None) -> None:
    with FakeCamera() as camera:
        with pytest.raises(
            UnauthorisedError, match=r"127\.0\.0\.1:\d+: .*refuses the user name and password"
        ):
            look(camera, login)
        assert camera.refused == 1


@pytest.mark.parametrize(
    ("login", "tried"), [(Login(USER, "wrong", "P"), 1), (Login("nobody", "\u5bc6\u7801", "P"), 1), (None, 0)]
)
def test_a_digest_that_is_refused_is_not_tried_again(login: Login | None, tried: int) -> None:
    with FakeCamera(http_digest="MD5") as camera:
        with pytest.raises(UnauthorisedError, match="HTTP 401"):
            look(camera, login)
        assert camera.refused == tried


@pytest.mark.parametrize(
    ("challenge", "known"),
    [
        ('Digest realm="r", nonce="n"', True),
        ('Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256, opaque="o"', True),
        ('Digest realm="r", nonce="n", qop="auth-int"', False),
        ('Digest realm="r", nonce="n", algorithm=MD5-sess', False),
        ('Digest realm="r"', False),
        ('Digest realm="a\\"b", nonce="n"', False),
        ('Basic realm="r"', False),
        ("Digest", False),
        ("", False),
    ],
)
def test_which_challenges_are_answered(challenge: str, known: bool) -> None:
    said = answered(["Negotiate", challenge], "viewer", "s3cret", "/onvif", "c")
    assert (said is not None) is known
    assert "s3cret" not in (said or "")


def test_a_digest_without_qop() -> None:
    """RFC 2069, which old cameras still speak."""
    old = answered(['Digest realm="r", nonce="n"'], "u", "p", "/x", "c")
    who, what = (hashlib.md5(text).hexdigest() for text in (b"u:r:p", b"POST:/x"))
    assert f'response="{hashlib.md5(f"{who}:n:{what}".encode()).hexdigest()}"' in (old or "")


def test_http_itself_may_refuse_the_login() -> None:
    answers = {"GetServices": lambda handler: send(handler, b"", 401)}
    with FakeCamera(answers=answers) as camera, pytest.raises(UnauthorisedError, match="HTTP 401"):
        look(camera)


def test_the_digest_of_the_standards_own_example() -> None:
    """ONVIF Application Programmer's Guide 1.0, 6.1.1.3."""
    created = datetime(2010, 9, 16, 7, 50, 45, tzinfo=UTC)
    token = Token("user", "userpassword", base64.b64decode("LKqI6G/AikKCQrN0zqZFlg=="), created)
    for part in (
        "tuOSpGlFlIXsozq4HFNeeGeFLEI=",
        "2010-09-16T07:50:45Z",
        "LKqI6G/AikKCQrN0zqZFlg==",
        ">user<",
    ):
        assert part in token.header()
    assert "userpassword" not in token.header() + repr(token) + repr(LOGIN)
