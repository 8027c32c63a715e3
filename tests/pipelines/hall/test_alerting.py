"""The `alerts:` of a site file: what it takes, and what it says of a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel
from samples_site import SMALL, write

from pipelines.hall import alerting
from pipelines.hall.site import SiteError, load_site
from pipelines.regulation import load

MARK = "  # <-"
CHANNELS = 'alerts:\n  channels:\n    - {id: mail, url: "mailtos://lead:${MAIL_PASSWORD}@hall.example"}\n'
ROUTES = CHANNELS + "  routes:\n    - {id: leads, to: [mail]}\n"
WHOLE = """\
alerts:
  channels:
    - {id: wecom, url: "wecombot://${WECOM_KEY}"}
    - {id: desk, kind: webhook, url: "https://desk.hall.example/hook", secret: "${DESK_SECRET}"}
  routes:
    - {id: leads, to: [wecom], rules: [absent, smoking], posts: [w01], acknowledge_s: 600, then: boss}
    - {id: boss, to: [wecom, desk], about: [unreviewed, camera], severity: normal}
    - {id: night, to: [desk], severity: urgent, hours: [{days: mon-sun, from: "20:00", to: "07:00"}]}
  rules:
    smoking: {when: before, severity: urgent}
    absent: {severity: low}
  cameras: {after_s: 60}
  review: {after_s: 1800}
  quiet: [{from: "20:00", to: "07:00"}]
  fold_s: 900
  retries: {tries: 5, first_s: 5, longest_s: 60}
"""


def test_a_site_with_everything_loads(tmp_path: Path) -> None:
    alerts = load_site(write(tmp_path, SMALL + WHOLE)).alerts
    assert [(route.id, route.about, route.then) for route in alerts.routes] == [
        ("leads", ("event",), "boss"),
        ("boss", ("unreviewed", "camera"), None),
        ("night", ("event",), None),
    ]
    assert [alerts.when(rule) for rule in ("smoking", "absent", "eating")] == ["before", "before", "after"]
    assert [alerts.severity(rule) for rule in ("smoking", "absent", "eating")] == ["urgent", "low", "normal"]


def test_a_site_without_alerts_tells_nobody_of_anything(tmp_path: Path) -> None:
    alerts = load_site(write(tmp_path, SMALL)).alerts
    assert (alerts.channels, alerts.routes) == ((), ())


def test_every_rule_can_be_set() -> None:
    assert set(alerting.RulesAlerts.model_fields) == set(load().rules)


@pytest.mark.parametrize(
    ("text", "field", "message"),
    [
        pytest.param(
            CHANNELS.replace("id: mail,", f"id: mail, knid: x,{MARK}").replace(MARK, "").rstrip() + MARK,
            "alerts.channels.0.knid",
            "expected one of id, kind, url, secret, got the unknown key 'knid'",
            id="a misspelt key of a channel",
        ),
        pytest.param(
            ROUTES + f"    - {{id: boss, to: [mail], rule: [absent]}}{MARK}\n",
            "alerts.routes.1.rule",
            "expected one of id, to, about, rules, posts, severity, hours, acknowledge_s, then, "
            "got the unknown key 'rule'",
            id="a misspelt key of a route",
        ),
        pytest.param(
            ROUTES + f"    - {{id: boss, to: [phone]}}{MARK}\n",
            "alerts.routes.1.to",
            "expected one of mail, got 'phone'",
            id="a channel that is not there",
        ),
        pytest.param(
            ROUTES + f"    - {{id: boss, to: []}}{MARK}\n",
            "alerts.routes.1.to",
            "expected 1 or more entries, got 0",
            id="a route to nobody",
        ),
        pytest.param(
            ROUTES + f"    - {{id: boss, to: [mail], rules: [sleeping]}}{MARK}\n",
            "alerts.routes.1.rules",
            "expected one of absent, eating, out_of_uniform, phone_use, smoking, got 'sleeping'",
            id="a rule that is not there",
        ),
        pytest.param(
            ROUTES + f"    - {{id: boss, to: [mail], posts: [w09]}}{MARK}\n",
            "alerts.routes.1.posts",
            "expected one of w01, got 'w09'",
            id="a post that is not there",
        ),
        pytest.param(
            ROUTES + f"    - {{id: boss, to: [mail], then: nobody, acknowledge_s: 60}}{MARK}\n",
            "alerts.routes.1.then",
            "expected one of boss, leads, got 'nobody'",
            id="a next route that is not there",
        ),
        pytest.param(
            ROUTES + f"    - {{id: boss, to: [mail], then: leads}}{MARK}\n",
            "alerts.routes.1.then",
            "expected acknowledge_s beside it",
            id="a next route without a time",
        ),
        pytest.param(
            ROUTES + f"    - {{id: boss, to: [mail], acknowledge_s: 60}}{MARK}\n",
            "alerts.routes.1.acknowledge_s",
            "expected then beside it",
            id="a time without a next route",
        ),
        pytest.param(
            CHANNELS
            + f"  routes:\n    - {{id: a, to: [mail], then: b, acknowledge_s: 60}}{MARK}\n"
            + "    - {id: b, to: [mail], then: c, acknowledge_s: 60}\n"
            + "    - {id: c, to: [mail], then: a, acknowledge_s: 60}\n",
            "alerts.routes.0.then",
            "expected an end, the routes pass on in a circle",
            id="routes in a circle",
        ),
        pytest.param(
            f"alerts:\n  routes:\n    - {{id: a, to: [mail]}}\n    - {{id: a, to: [mail]}}{MARK}\n",
            "alerts.routes.1.id",
            "expected each id once, got 'a' twice",
            id="two routes of one id",
        ),
        pytest.param(
            CHANNELS + f'    - {{id: mail, url: "mailto://b.example"}}{MARK}\n',
            "alerts.channels.1.id",
            "expected each id once, got 'mail' twice",
            id="two channels of one id",
        ),
        pytest.param(
            f"alerts:\n  rules:\n    absent: {{when: soon}}{MARK}\n",
            "alerts.rules.absent.when",
            "expected 'before', 'after' or 'never', got 'soon'",
            id="a when that is none",
        ),
        pytest.param(
            f"alerts:\n  rules:\n    sleeping: {{}}{MARK}\n",
            "alerts.rules.sleeping",
            "expected one of absent, phone_use, smoking, eating, out_of_uniform, "
            "got the unknown key 'sleeping'",
            id="alerts of a rule that is not there",
        ),
        pytest.param(
            f"alerts:\n  quiet: [{{from: 20:00}}]{MARK}\n",
            "alerts.quiet.0.from",
            'expected a time like "09:00" in quotes, from "00:00" to "24:00", got 1200',
            id="quiet hours without quotes",
        ),
        pytest.param(
            f"alerts:\n  cameras: {{after_s: 0}}{MARK}\n",
            "alerts.cameras.after_s",
            "expected a number greater than 0.0, got 0",
            id="no patience at all",
        ),
        pytest.param(
            f'alerts:\n  channels: [{{id: m, url: "mailto://me:hunter2@hall.example"}}]{MARK}\n',
            "alerts.channels.0.url",
            "expected the password as ${NAME} from the environment",
            id="a password in the file",
        ),
        pytest.param(
            f"alerts:\n  channels: [{{id: m, kind: webhook, url: https://h, secret: hunter2}}]{MARK}\n",
            "alerts.channels.0.secret",
            "expected ${NAME}, the secret itself comes from the environment",
            id="a secret in the file",
        ),
        pytest.param(
            f"alerts:\n  channels: [{{id: m, url: [hunter2]}}]{MARK}\n",
            "alerts.channels.0.url",
            "expected a text",
            id="a list for a url",
        ),
    ],
)
def test_what_is_wrong_with_alerts(tmp_path: Path, text: str, field: str, message: str) -> None:
    (line,) = [number for number, row in enumerate((SMALL + text).splitlines(), 1) if row.endswith(MARK)]
    path = write(tmp_path, SMALL + text)
    with pytest.raises(SiteError) as caught:
        load_site(path)
    assert str(caught.value) == f"{path}:{line}: {field}: {message}"
    assert "hunter2" not in str(caught.value)


PARTS = [
    part
    for part in vars(alerting).values()
    if isinstance(part, type) and issubclass(part, BaseModel) and part.__module__ == alerting.__name__
]


@pytest.mark.parametrize("part", [pytest.param(part, id=part.__name__) for part in PARTS])
def test_every_part_refuses_unknown_keys_and_describes_its_settings(part: type[BaseModel]) -> None:
    assert part.model_config.get("extra", "forbid") == "forbid"
    if part is not alerting.RulesAlerts:
        assert [name for name, field in part.model_fields.items() if not field.description] == []


def test_no_repr_of_a_site_shows_where_its_channels_lead(tmp_path: Path) -> None:
    shown = repr(load_site(write(tmp_path, SMALL + WHOLE)))
    assert "wecombot" not in shown
    assert "DESK_SECRET" not in shown
