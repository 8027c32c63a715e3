"""The description of the API is complete: a client can be written from it alone."""

from typing import Any

import pytest
from samples_service import Client

ROUTES = {
    "/api/posts": "get",
    "/api/events": "get",
    "/api/events/{event_id}": "get",
    "/api/events/{event_id}/clip": "get",
    "/api/events/{event_id}/snapshot": "get",
    "/api/events/{event_id}/timeline": "get",
    "/api/events/{event_id}/verdict": "post",
    "/api/events/{event_id}/verdicts": "get",
    "/api/verdicts": "post",
    "/api/events/{event_id}/claim": "post",
    "/api/queue/next": "post",
    "/api/reviewers": "get",
    "/api/agreement": "get",
    "/api/known-clips": "get",
    "/api/events/{event_id}/known": "get",
    "/api/attention": "get",
    "/api/wall": "get",
    "/api/wall/{post_id}/picture": "get",
    "/api/health": "get",
    "/api/regulation": "get",
    "/api/covers": "get",
    "/api/report": "get",
    "/api/report/export": "get",
    "/api/covers/{cover_id}/end": "post",
    "/api/covers/{cover_id}": "delete",
    "/api/covered-absences": "get",
    "/api/appeals": "get",
    "/api/appeals/{appeal_id}": "get",
    "/api/appeals/{appeal_id}/decision": "post",
    "/api/events/{event_id}/appeals": "get",
    "/api/events/{event_id}/appeal-link": "post",
    "/api/findings": "get",
    "/api/findings/{finding_id}": "get",
    "/api/findings/{finding_id}/withdraw": "post",
    "/api/findings/{finding_id}/clip": "get",
    "/api/recordings": "get",
    "/api/spot-checks": "get",
    "/api/spot-checks/{spot_id}": "get",
    "/api/spot-checks/{spot_id}/clip": "get",
    "/api/spot-checks/{spot_id}/answer": "post",
    "/api/spot-checks/{spot_id}/claim": "post",
    "/api/alerts": "get",
    "/api/alerts/test": "post",
    "/api/alerts/retry": "post",
    "/api/session": "get",
    "/api/setup": "post",
    "/api/password": "post",
    "/api/accounts": "get",
    "/api/accounts/{account_id}": "put",
    "/api/accounts/{account_id}/password": "post",
    "/api/accounts/{account_id}/identity": "put",
    "/api/tokens": "get",
    "/api/tokens/{token_id}": "delete",
    "/api/audit": "get",
    "/api/site": "get",
    "/api/site/check": "post",
    "/api/site/upload": "post",
    "/api/site/picture": "post",
    "/api/site/try": "post",
    "/api/site/uniform": "get",
    "/api/site/uniform/people": "post",
    "/api/site/uniform/examples": "post",
    "/api/site/uniform/judgement": "get",
    "/api/site/uniform/{kind}/{example_id}": "get",
}
MORE = [
    ("/api/events/{event_id}/verdict", "delete"),
    ("/api/events/{event_id}/claim", "delete"),
    ("/api/events/{event_id}/known", "put"),
    ("/api/covers", "post"),
    ("/api/events/{event_id}/appeal-link", "delete"),
    ("/api/findings", "post"),
    ("/api/spot-checks/{spot_id}/answer", "delete"),
    ("/api/spot-checks/{spot_id}/claim", "delete"),
    ("/api/session", "post"),
    ("/api/session", "delete"),
    ("/api/accounts", "post"),
    ("/api/accounts/{account_id}/identity", "delete"),
    ("/api/tokens", "post"),
    ("/api/site", "put"),
    ("/api/site/uniform/{kind}/{example_id}", "delete"),
]
"""Second methods of a path."""


@pytest.fixture
def description(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/openapi.json").json()
    return found


def test_it_describes_exactly_these_routes(description: dict[str, Any]) -> None:
    found = [(path, method) for path, item in description["paths"].items() for method in item]
    assert sorted(found) == sorted([*ROUTES.items(), *MORE])


@pytest.mark.parametrize(("path", "method"), [*ROUTES.items(), *MORE])
def test_a_route_is_described_with_examples(description: dict[str, Any], path: str, method: str) -> None:
    route = description["paths"][path][method]
    assert len(route["summary"]) > 8
    assert len(route["description"]) > len(route["summary"])
    for parameter in route.get("parameters", []):
        assert parameter["description"], parameter["name"]
        assert parameter["schema"]["examples"] or parameter["example"], parameter["name"]
    if method in ("post", "put"):
        body = route["requestBody"]["content"]["application/json"]
        assert body["schema"]["examples"] or body["examples"]


@pytest.mark.parametrize(("path", "method"), [*ROUTES.items(), *MORE])
def test_every_answer_has_a_meaning_a_shape_and_an_example(
    description: dict[str, Any], path: str, method: str
) -> None:
    responses = description["paths"][path][method]["responses"]
    for status, response in responses.items():
        assert len(response["description"]) > 8, status
        if status == "304":  # never with a body
            continue
        for media_type, content in response["content"].items():
            assert "example" in content or "examples" in content, (status, media_type)
            if media_type == "application/json" and not path.endswith("/timeline"):
                assert content["schema"]["$ref"], status
    if "{" in path:
        assert {"404", "422"} <= set(responses)
    errors = [response for status, response in responses.items() if status >= "400" and status != "503"]
    for response in errors:
        assert response["content"]["application/json"]["schema"]["$ref"].endswith("/Problem")
        assert set(response["content"]["application/json"]["example"]) == {"detail", "field"}


def test_every_field_of_our_own_answers_is_described(description: dict[str, Any]) -> None:
    # Those of the pipelines are described where they are made.
    foreign = {"RuleEvent", "ModelRef", "HealthEntry", "EventOut", "CoveredAbsence"}
    for name, schema in description["components"]["schemas"].items():
        assert schema.get("description"), name
        for field, shape in schema.get("properties", {}).items():
            if name not in foreign:
                assert shape.get("description") or "$ref" in shape, f"{name}.{field}"


def test_the_examples_are_what_their_models_accept() -> None:
    from service.api import (
        accounts,
        agreement,
        appeals,
        audit,
        claims,
        covers,
        findings,
        known,
        reports,
        schemas,
        session,
        site_shapes,
        spots,
        tokens,
        trial_shapes,
        uniform_shapes,
        wall,
    )

    schemas.EventOut.model_validate(schemas.EXAMPLE_EVENT)
    schemas.HealthOut.model_validate(schemas.EXAMPLE_HEALTH)
    schemas.StoredPost.model_validate(schemas.EXAMPLE_POST)
    schemas.Verdict.model_validate(schemas.EXAMPLE_VERDICT)
    agreement.AgreementOut.model_validate(agreement.EXAMPLE_AGREEMENT)
    known.Known.model_validate(known.EXAMPLE_KNOWN)
    known.AttentionOut.model_validate(known.EXAMPLE_ATTENTION)
    claims.Claim.model_validate(claims.EXAMPLE_CLAIM)
    session.SessionOut.model_validate(session.EXAMPLE_SESSION)
    accounts.Account.model_validate(accounts.EXAMPLE_ACCOUNT)
    tokens.Token.model_validate(tokens.EXAMPLE_TOKEN)
    audit.Entry.model_validate(audit.EXAMPLE_ENTRY)
    appeals.AppealOut.model_validate(appeals.EXAMPLE_APPEAL)
    appeals.Link.model_validate(appeals.EXAMPLE_LINK)
    appeals.DecisionIn.model_validate(appeals.EXAMPLE_DECISION)
    findings.Finding.model_validate(findings.EXAMPLE_FINDING)
    findings.FindingIn.model_validate(findings.EXAMPLE_ENTRY)
    spots.Spot.model_validate(spots.EXAMPLE_SPOT)
    spots.SpotAnswerIn.model_validate(spots.EXAMPLE_ANSWER)
    wall.Tile.model_validate(wall.EXAMPLE_TILE)
    reports.Report.model_validate(reports.EXAMPLE_REPORT)
    covers.CoverEntry.model_validate(covers.EXAMPLE_ENTRY)
    site_shapes.SiteOut.model_validate(site_shapes.EXAMPLE_SITE)
    site_shapes.CheckedOut.model_validate(site_shapes.EXAMPLE_CHECKED)
    site_shapes.SavedOut.model_validate(site_shapes.EXAMPLE_SAVED)
    site_shapes.PictureOut.model_validate(site_shapes.EXAMPLE_PICTURE)
    trial_shapes.TrialOut.model_validate(trial_shapes.EXAMPLE_TRIAL)
    uniform_shapes.UniformOut.model_validate(uniform_shapes.EXAMPLE_UNIFORM)
    uniform_shapes.PeopleOut.model_validate(uniform_shapes.EXAMPLE_PEOPLE)
    uniform_shapes.JudgedOut.model_validate(uniform_shapes.EXAMPLE_JUDGED)
    covers.EnteredCover.model_validate(covers.EXAMPLE_COVER)
    covers.CoveredAbsence.model_validate(covers.EXAMPLE_ABSENCE)
