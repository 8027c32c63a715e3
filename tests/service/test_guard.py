"""Who may ask, and what browsers are told."""

import pytest
from samples_service import Client, EventMaker

VERDICT = f"/api/events/{0:016x}/verdict"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:8080", 200),
        ("127.0.0.1:1234", 200),
        ("[::1]:8080", 200),
        ("LOCALHOST:8080", 200),
        ("evil.example", 400),
        ("localhost.evil.example:8080", 400),
        ("localhost@evil.example", 400),
        ("", 400),
        ("[", 400),
    ],
)
def test_only_known_host_names_are_served(client: Client, host: str, status: int) -> None:
    response = client.get("/api/posts", headers={"Host": host})
    assert response.status_code == status
    if status == 400:
        assert response.json()["field"] == "Host"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 201, id="a program, not a browser"),
        pytest.param(
            {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:8080"}, 201, id="the page"
        ),
        pytest.param({"Sec-Fetch-Site": "none"}, 201, id="typed by the user"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, 403, id="another site"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, 403, id="another service on this machine"),
        pytest.param({"Origin": "http://evil.example"}, 403, id="another origin"),
        pytest.param({"Origin": "http://localhost:9999"}, 403, id="another port"),
        pytest.param({"Origin": "null"}, 403, id="a sandboxed frame"),
    ],
)
def test_other_sites_cannot_judge(
    client: Client, event: EventMaker, headers: dict[str, str], status: int
) -> None:
    client.store.upsert_event(event())
    response = client.post(VERDICT, json={"verdict": "confirmed"}, headers=headers)
    assert response.status_code == status
    assert client.store.counts() == ({"confirmed": 1} if status == 201 else {"none": 1})


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_form_of_another_site_cannot_judge(client: Client, event: EventMaker, content_type: str) -> None:
    client.store.upsert_event(event())
    response = client.post(
        VERDICT, content=b'{"verdict": "confirmed"}', headers={"Content-Type": content_type}
    )
    assert response.status_code == 422
    assert client.store.counts() == {"none": 1}


@pytest.mark.parametrize("path", ["/", "/api/posts", "/api/nothing", "/static/main.js"])
def test_every_answer_carries_the_headers(client: Client, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'self'; ")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
