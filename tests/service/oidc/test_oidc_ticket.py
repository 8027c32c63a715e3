"""What a browser keeps meanwhile: it cannot be made elsewhere, changed, or lead to another site."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.oidc.ticket import LIFETIME, Ticket, fit_back, opened, opened_text, sealed_text

KEY, OTHER = b"k" * 32, b"o" * 32
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def test_a_ticket_is_read_as_it_was_made() -> None:
    made = Ticket.begin(NOW, "?lang=en#event=0123456789abcdef")
    assert opened(made.sealed(KEY), KEY) == made
    assert made.back == "?lang=en#event=0123456789abcdef"


@given(st.integers(min_value=0), st.text(min_size=1, max_size=3))
def test_a_changed_ticket_is_none(where: int, put: str) -> None:
    sealed = Ticket.begin(NOW, "#event=1").sealed(KEY)
    at = where % len(sealed)
    changed = sealed[:at] + put + sealed[at + 1 :]
    assert changed == sealed or opened(changed, KEY) is None


@pytest.mark.parametrize("sealed", ["", ".", "...", "a.b.c.d", "1.seed..", "\udc80", "é" * 9])
def test_what_was_never_made_here_is_none(sealed: str) -> None:
    assert opened(sealed, KEY) is None
    assert opened_text(sealed, KEY) == ""


def test_a_ticket_of_another_installation_is_none() -> None:
    assert opened(Ticket.begin(NOW, "").sealed(OTHER), KEY) is None
    assert opened_text(sealed_text("somebody", OTHER), KEY) == ""
    assert opened_text(sealed_text("somebody", KEY), KEY) == "somebody"


def test_a_sealed_text_is_no_ticket_and_a_ticket_no_text() -> None:
    made = Ticket.begin(NOW, "").sealed(KEY)
    assert opened_text(made, KEY) == ""
    assert opened(sealed_text("1.seed.", KEY), KEY) is None


def test_state_nonce_and_verifier_differ_and_none_stands_in_the_cookie() -> None:
    one, two = Ticket.begin(NOW, ""), Ticket.begin(NOW, "")
    made = [each.derived(KEY, purpose) for each in (one, two) for purpose in ("state", "nonce", "verifier")]
    assert len(set(made)) == 6
    assert not any(secret in one.sealed(KEY) for secret in made)
    # RFC 7636: 43 to 128 unreserved letters.
    assert {len(secret) for secret in made} == {43}
    assert one.derived(KEY, "state") != one.derived(OTHER, "state")


def test_a_ticket_is_over_after_its_time() -> None:
    made = Ticket.begin(NOW, "")
    assert [made.is_over(NOW + LIFETIME + timedelta(seconds=more)) for more in (-1, 0, 1)] == [
        False,
        False,
        True,
    ]


@given(st.text() | st.from_regex(r"[?#/\\:@.a-z&=%]{0,12}", fullmatch=True))
def test_nothing_leads_to_another_site_or_page(back: str) -> None:
    where = "/" + fit_back(back)
    parts = urlsplit(urljoin("http://desk.example/login", where))
    assert (parts.netloc, parts.path) == ("desk.example", "/")
    assert where.isascii()
    assert where.isprintable()


@pytest.mark.parametrize("back", ["", "?lang=en", "#event=0123456789abcdef", "?lang=zh-CN&verdict=none#a=b"])
def test_where_one_came_from_is_kept(back: str) -> None:
    assert fit_back(back) == back
