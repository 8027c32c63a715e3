"""The page's words: the same keys in every language, none missing, none left over."""

import re
from pathlib import Path
from typing import get_args

import pytest

import service.web
from pipelines import regulation
from pipelines.observations import TELLING
from pipelines.rules.events import ClipMissing
from pipelines.texts import LANGUAGES, catalogue
from service.evidence.bucket import Trouble
from service.oidc.trouble import Code
from service.review.verdicts import Given, Part, Reason, Thing
from service.settings import Language

WEB = Path(service.web.__file__).parent
SOURCES = [*(WEB / "static").glob("*.js"), *(WEB / "templates").glob("*.html")]
OURS = re.compile(r"(page|verdict|reason)\.")
QUOTED = re.compile(r'"((?:page|verdict|reason)\.[a-z_.]+)"')
# A key made in a template string: `page.empty.${state}.title`
MADE = re.compile(r"`((?:page|verdict|reason)\.[^`]*)`")
# What the made keys stand for, beyond those that an enumeration of the code gives.
STATES = (
    {f"page.empty.{state}.{part}" for state in ("idle", "running", "filtered") for part in ("title", "text")}
    | {
        f"page.curtain.{state}.{part}"
        for state in (
            *(
                "empty",
                "waiting",
                "unwritten",
                "missing",
                "broken",
                "denied",
                "unreachable",
                "blurring",
                "unblurred",
            ),
            *get_args(ClipMissing),
        )
        for part in ("title", "text")
    }
    | {
        *(f"page.filter.all.{side}" for side in ("verdict", "rule", "post", "time", "state", "by")),
        *(f"page.filter.time.{span}" for span in ("today", "yesterday", "week", "month", "days")),
        *(f"page.bulk.{outcome}" for outcome in ("held", "settled", "unknown")),
        *(f"page.object.{thing}" for thing in get_args(Thing)),
        *(f"page.part.{part}" for part in get_args(Part) if part != "first"),
    }
)


def used_keys() -> set[str]:
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    return set(QUOTED.findall(text))


def made_patterns() -> list[re.Pattern[str]]:
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    return [
        re.compile(re.sub(r"\$\{.*?\}", r"[a-z_]+", made.replace(".", r"\."))) for made in MADE.findall(text)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_the_page_uses_has_words(language: str) -> None:
    needed = used_keys() | STATES
    needed |= {f"verdict.{answer}" for answer in (*get_args(Given), "none")}
    needed |= {f"reason.{reason}" for reason in get_args(Reason)}
    needed |= {f"page.sso.error.{code}" for code in get_args(Code)}
    needed |= {f"page.banner.bucket.{trouble}" for trouble in get_args(Trouble)}
    needed |= {f"rule.{rule}" for rule in regulation.load().rules}
    assert len(used_keys()) > 60
    missing = {key for key in needed if not catalogue(language).get(key, "").strip()}
    assert missing == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("label", sorted({*TELLING, "person"}))
def test_everything_that_can_be_drawn_has_a_name(language: str, label: str) -> None:
    assert catalogue(language).get(f"page.label.{label.replace(' ', '_')}", "").strip()


def test_no_words_are_left_over() -> None:
    made = made_patterns()
    ours = {key for key in catalogue("en") if OURS.match(key)}
    unused = {key for key in ours - used_keys() if not any(pattern.fullmatch(key) for pattern in made)}
    assert unused == set()


def test_the_languages_have_the_same_keys_with_the_same_places_to_fill() -> None:
    assert set(get_args(Language)) == set(LANGUAGES)
    chinese, english = catalogue("zh-CN"), catalogue("en")
    assert {k for k in chinese if OURS.match(k)} == {k for k in english if OURS.match(k)}
    for key, words in english.items():
        if OURS.match(key):
            assert set(re.findall(r"\{\w+\}", words)) == set(re.findall(r"\{\w+\}", chinese[key])), key


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_source_of_the_page_holds_no_markup_from_data_and_no_outside_address(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
    ):
        assert forbidden not in text, forbidden
    assert not re.search(r"https?://(?!www\.w3\.org)", text)
    assert not re.search(r"\son[a-z]+=", text), "an inline event handler"
    assert len(text.splitlines()) <= 300
