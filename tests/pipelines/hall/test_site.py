from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from samples_site import DESIGN, SMALL, write

from pipelines.hall.site import Camera, Evidence, Placards, Site, SiteError, Uniform, load_site
from pipelines.rules.regulation import SiteRules
from pipelines.rules.schedule import Break, ScheduleSettings, Shift
from vision.posts import Post


def test_the_example_of_the_design_loads_whole(tmp_path: Path) -> None:
    site = load_site(write(tmp_path, DESIGN))
    assert (site.hall, site.zone.key) == ("福田区行政服务大厅", "Asia/Shanghai")
    assert [post.title for post in site.posts] == ["1号窗口 社会保障"]
    assert site.posts[0].staff_zone[2] == (0.45, 0.6)
    assert [(s.days, s.start, s.end) for s in site.calendar.shifts] == [
        ("mon-fri", "09:00", "12:00"),
        ("mon-fri", "14:00", "17:30"),
    ]
    rules = {rule.name: rule for rule in site.active_rules}
    assert (rules["absent"].hold_s, rules["phone_use"].hold_s, rules["eating"].hold_s) == (300, 20, 15)
    assert (rules["phone_use"].open_at, rules["smoking"].hold_s) == (0.9, 6)


def test_the_least_site_is_always_in_shift_with_the_regulations_rules(tmp_path: Path) -> None:
    site = load_site(write(tmp_path, SMALL))
    assert site.calendar.shift_at(0.0) is not None
    assert len(site.active_rules) == 5
    assert (site.evidence.pre_roll_s, site.evidence.post_roll_s, site.uniform) == (5, 5, None)
    assert site.posts[0].visitor_zone is None


MARK = "  # <-"
"""In a site file below, the line on which the error is."""


@pytest.mark.parametrize(
    ("text", "field", "message"),
    [
        pytest.param(
            SMALL.replace("    camera: east\n", f"    camera: east\n    naem: Anne{MARK}\n"),
            "posts.0.naem",
            "expected one of id, name, camera, staff_zone, visitor_zone, telephone_zone, placard_zone, "
            "staff, got the unknown key 'naem'",
            id="a misspelt key of a post",
        ),
        pytest.param(
            SMALL + f"shedule: {{}}{MARK}\n",
            "shedule",
            "expected one of hall, timezone, cameras, posts, schedule, rules, evidence, uniform, "
            "calibration, placards, alerts, got the unknown key 'shedule'",
            id="a misspelt key at the top",
        ),
        pytest.param(
            SMALL.replace("url: east.mp4}", f"ulr: east.mp4}}{MARK}"),
            "cameras.0.ulr",
            "expected one of id, url, sub_url, transport, got the unknown key 'ulr'",
            id="a misspelt key hides that one is missing",
        ),
        pytest.param(
            SMALL.replace("url: east.mp4}", f"url: 5550123}}{MARK}"),
            "cameras.0.url",
            "expected a text",
            id="a number for a url, which may be a secret's",
        ),
        pytest.param(
            SMALL + f"rules:\n  absent: {{hold_s: 3}}{MARK}\n",
            "rules.absent.hold_s",
            "expected one of enabled, open_at, close_at, release_s, grace_s, got the unknown key 'hold_s'",
            id="a setting of another rule",
        ),
        pytest.param(
            SMALL + f'schedule:\n  shifts:\n    - {{form: "09:00", to: "12:00"}}{MARK}\n',
            "schedule.shifts.0.form",
            "expected one of days, from, to, got the unknown key 'form'",
            id="a misspelt key of a shift",
        ),
        pytest.param(
            SMALL.replace("[0.4, 0.6]]", f"[0.4, 1.6]]{MARK}"),
            "posts.0.staff_zone.2",
            "expected fractions of width and height from 0 to 1, got [0.4, 1.6]",
            id="a zone beyond the picture",
        ),
        pytest.param(
            SMALL.replace(", [0.4, 0.6]]", f"]{MARK}"),
            "posts.0.staff_zone",
            "expected a polygon of at least 3 points, got 2",
            id="a zone of two points",
        ),
        pytest.param(
            SMALL.replace("[0.4, 0.6]]", f"[0.7, 0.2]]{MARK}"),
            "posts.0.staff_zone",
            "expected a polygon with an area, got points on one line",
            id="a zone that is a line",
        ),
        pytest.param(
            SMALL.replace("[0.4, 0.6]]", f"[0.4, 0.6], [0.2, 0.6], [0.5, 0.3]]{MARK}"),
            "posts.0.staff_zone",
            "expected a polygon whose sides do not cross, those from points 2 and 4 do",
            id="a zone whose sides cross",
        ),
        pytest.param(
            SMALL + f"    visitor_zone:\n      - [0, 0]\n      - [1, 0]\n      - [0.5, -0.1]{MARK}\n",
            "posts.0.visitor_zone.2",
            "expected fractions of width and height from 0 to 1, got [0.5, -0.1]",
            id="a point of a zone on a line of its own",
        ),
        pytest.param(
            SMALL.replace("    camera: east\n", f"    camera: west{MARK}\n"),
            "posts.0.camera",
            "expected one of the cameras (east), got 'west'",
            id="a camera that is not there",
        ),
        pytest.param(
            SMALL.replace("Europe/Berlin", f"Europe/Bonn{MARK}"),
            "timezone",
            "expected a time zone like Asia/Shanghai, got 'Europe/Bonn'",
            id="a time zone that is none",
        ),
        pytest.param(
            SMALL.replace("Europe/Berlin", f"Europe{MARK}"),
            "timezone",
            "expected a time zone like Asia/Shanghai, got 'Europe'",
            id="a folder of time zones",
        ),
        pytest.param(
            SMALL.replace("hall: Hall\n", "").replace("Berlin", f"Berlin{MARK}"),
            "hall",
            "expected this key, it is missing",
            id="no hall",
        ),
        pytest.param(
            SMALL.replace("  - id: w01\n", "  - ").replace("-     camera: east", f"- camera: east{MARK}"),
            "posts.0.id",
            "expected this key, it is missing",
            id="a post without an id",
        ),
        pytest.param(
            SMALL.replace("id: w01", f"id: w 01{MARK}"),
            "posts.0.id",
            "expected a text of the form ^[A-Za-z0-9_-]{1,40}$, got 'w 01'",
            id="an id with a space",
        ),
        pytest.param(
            SMALL + f"    staff: 0{MARK}\n",
            "posts.0.staff",
            "expected a number of at least 1, got 0",
            id="a post for nobody",
        ),
        pytest.param(
            SMALL + f"rules:\n  absent: {{grace_s: soon}}{MARK}\n",
            "rules.absent.grace_s",
            "expected a number, got 'soon'",
            id="a word for a number",
        ),
        pytest.param(
            SMALL + f"rules:\n  smoking: {{open_at: 1.5}}{MARK}\n",
            "rules.smoking.open_at",
            "expected a number less than 1.0, got 1.5",
            id="a belief above 1",
        ),
        pytest.param(
            SMALL + f"rules:\n  smoking: {{}}\n  absent: {{open_at: 0.3}}{MARK}\n",
            "rules.absent",
            "expected close_at <= open_at, got 0.5 > 0.3",
            id="a rule that opens below where it closes",
        ),
        pytest.param(
            SMALL + f"schedule:\n  holidays: france{MARK}\n",
            "schedule.holidays",
            "expected 'china', got 'france'",
            id="another country's holidays",
        ),
        pytest.param(
            SMALL + f"schedule:\n  closed: [2026-02-30]{MARK}\n",
            "schedule.closed.0",
            "expected a date like 2026-01-05, got '2026-02-30'",
            id="30 February",
        ),
        pytest.param(
            SMALL + f"schedule:{MARK}\n  closed: [2026-10-01]\n  open: [2026-10-01]\n",
            "schedule",
            "expected each day in open or in closed, got 2026-10-01 in both",
            id="a day both open and closed",
        ),
        pytest.param(
            SMALL + f'schedule:\n  breaks:\n    - {{from: "10:00", to: "10:10", posts: [w7]}}{MARK}\n',
            "schedule.breaks.0.posts",
            "expected ids of posts, got the unknown 'w7'",
            id="a break of an unknown post",
        ),
        pytest.param(
            SMALL + f"placards:\n  texts: [停]{MARK}\n",
            "placards.texts.0",
            "expected a placard's text of two letters or more, got '停'",
            id="a placard of one letter",
        ),
        pytest.param(
            SMALL + f'schedule:\n  shifts:\n    - {{from: 12:00, to: "13:00"}}{MARK}\n',
            "schedule.shifts.0.from",
            'expected a time like "09:00" in quotes, from "00:00" to "24:00", got 720',
            id="a time without quotes",
        ),
        pytest.param(
            SMALL + f'schedule:\n  shifts:\n    - {{days: mo-fr, from: "09:00", to: "13:00"}}{MARK}\n',
            "schedule.shifts.0.days",
            "expected days like mon-fri or mon,wed,sat, got 'mo-fr'",
            id="days that are none",
        ),
        pytest.param(
            SMALL + f'schedule:\n  shifts:\n    - {{from: "09:00"}}{MARK}\n',
            "schedule.shifts.0.to",
            "expected this key, it is missing",
            id="a shift without an end",
        ),
        pytest.param(
            SMALL + f"evidence:\n  pre_roll_s: 5\n  post_roll_s: -1{MARK}\n",
            "evidence.post_roll_s",
            "expected a number of at least 0.0, got -1",
            id="a negative roll",
        ),
        pytest.param(
            SMALL + f"uniform: {{other: a}}{MARK}\n",
            "uniform.wear",
            "expected this key, it is missing",
            id="a uniform without examples",
        ),
        pytest.param(
            SMALL + f"rules:{MARK}\n",
            "rules",
            "expected keys with values, got None",
            id="rules left empty",
        ),
        pytest.param(
            SMALL + f"hall: Again{MARK}\n",
            "hall",
            "expected each key once, got it twice",
            id="a key given twice",
        ),
        pytest.param(
            SMALL + f"rules:\n  absent:\n    grace_s: 1\n    grace_s: 2{MARK}\n",
            "grace_s",
            "expected each key once, got it twice",
            id="a key given twice, deep inside",
        ),
        pytest.param(
            SMALL.replace("posts:", f"  - {{id: east, url: b.mp4}}{MARK}\nposts:"),
            "cameras.1.id",
            "expected each id once, got 'east' twice",
            id="two cameras of one id",
        ),
        pytest.param(
            SMALL
            + SMALL[SMALL.index("  - id:") :].replace("w01", "w02")
            + SMALL[SMALL.index("  - id:") :].replace("w01", f"w01{MARK}"),
            "posts.2.id",
            "expected each id once, got 'w01' twice",
            id="two posts of one id",
        ),
        pytest.param(
            SMALL + f"? {MARK}\n: 1\n", "None", "expected a text as a key, got None", id="a key of nothing"
        ),
        pytest.param(
            SMALL + f"evidence:\n  <<: {{pre_roll_s: 4}}\n  post_roll_s: -1{MARK}\n",
            "evidence.post_roll_s",
            "expected a number of at least 0.0, got -1",
            id="a value beside merged keys",
        ),
        pytest.param(
            SMALL + f"0x10: 1{MARK}\n", "16", "expected a text as a key, got 16", id="a number for a key"
        ),
        pytest.param(
            SMALL.replace("    camera: east\n", f"    camera: east\n    visitor_zone: left{MARK}\n"),
            "posts.0.visitor_zone",
            "expected a list, got 'left'",
            id="a word for a zone",
        ),
        pytest.param(
            SMALL.replace(
                "{id: east, url: east.mp4}", f"{{id: east, url: east.mp4, sub_url: rtsp://c/s}}{MARK}"
            ),
            "cameras.0",
            "expected two live streams as url and sub_url, no file",
            id="a sub stream of a file",
        ),
        pytest.param(
            SMALL.replace("cameras:\n  - {id: east, url: east.mp4}", f"cameras: []{MARK}"),
            "cameras",
            "expected 1 or more entries, got 0",
            id="no camera",
        ),
    ],
)
def test_what_is_wrong_with_a_site_file(tmp_path: Path, text: str, field: str, message: str) -> None:
    (line,) = [number for number, row in enumerate(text.splitlines(), 1) if row.endswith(MARK)]
    path = write(tmp_path, text)
    with pytest.raises(SiteError) as caught:
        load_site(path)
    assert str(caught.value) == f"{path}:{line}: {field}: {message}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(
            b"", ":1: expected a site file with hall, timezone, cameras and posts", id="an empty file"
        ),
        pytest.param(
            b"- hall\n",
            ":1: expected a site file with hall, timezone, cameras and posts",
            id="a list of words",
        ),
        pytest.param(
            b"hall: [1, 2\ntimezone: x\n",
            ":2: expected YAML, expected ',' or ']', but got ':'",
            id="a bracket left open",
        ),
        pytest.param(
            b"hall: x\n\ttimezone: y\n",
            ":2: expected YAML, found character '\\t' that cannot start any token",
            id="a tab",
        ),
        pytest.param(
            b"hall: x\r\n\xe2\x80\xa8timezone: \x07\n",
            ":2: expected YAML, the character U+0007 is not allowed in it",
            id="a control character",
        ),
        pytest.param(
            b"hall: x\n\n\x00",
            ":3: expected YAML, the character U+0000 is not allowed in it",
            id="a NUL",
        ),
        *(
            pytest.param(
                b"hall:\n  - " + value + b"\n",
                f":2: expected YAML, found a value that cannot be read as {tag}",
                id=f"no {tag}: {value[:20].decode()}",
            )
            for value, tag in (
                (b"!!int abc", "int"),
                (b"!!int ''", "int"),
                (b"9" * 5000, "int"),
                (b"!!float x", "float"),
                (b"!!bool maybe", "bool"),
                (b"!!timestamp 2026-13-01", "timestamp"),
                (b"!!timestamp soon", "timestamp"),
            )
        ),
        pytest.param(
            b'hall:\n  "\\UFFFFFFFF"\n',
            ":2: expected YAML, found the number of no character or version",
            id="a character beyond all",
        ),
        pytest.param(
            b"hall: x\nposts:\n  " + b"[" * 3000 + b"\n",
            ":3: expected YAML, found lists and keys in more than 100 levels",
            id="three thousand brackets",
        ),
        *(
            pytest.param(
                b"a: &a0 %s\n" % first
                + b"".join(
                    b"b%d: &a%d %s\n" % (n, n, again % b", ".join([b"*a%d" % (n - 1)] * 9))
                    for n in range(1, 40)
                ),
                ":1: a: expected one of hall, timezone, cameras, posts, schedule, rules, evidence, uniform, "
                "calibration, placards, alerts, got the unknown key 'a'",
                id=name,
            )
            for name, first, again in (
                ("aliases of aliases", b"[1]", b"[%s]"),
                ("merges of merges", b"{k: 1}", b"{<<: [%s]}"),
            )
        ),
        pytest.param(
            b"hall: &x {<<: *x}\n",
            ": expected a site file, its parts contain themselves",
            id="keys that are merged into themselves",
        ),
        pytest.param(
            b"hall: &x {a: *x}\n",
            ": expected a site file, its parts contain themselves",
            id="a part in itself",
        ),
        pytest.param(
            b"hall: \xe7\xaa\n", ": expected a site file in YAML, it is no UTF-8 text", id="another encoding"
        ),
    ],
)
def test_what_is_no_site_file_at_all(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "hall.yaml"
    path.write_bytes(content)
    with pytest.raises(SiteError, match=f"^{re.escape(f'{path}{message}')}$"):
        load_site(path)


def test_merged_keys_give_way_to_written_ones_and_later_merges_to_earlier(tmp_path: Path) -> None:
    path = tmp_path / "hall.yaml"
    cameras = "  - &b {id: b, url: b.mp4}\n  - &c {id: c, url: c.mp4}\n  - {<<: [*b, *c], id: d}\n"
    posts = "  - {id: w, camera: d, staff_zone: [[0, 0], [1, 0], [1, 1]]}\n"
    whole = f"hall: x\ntimezone: Asia/Shanghai\ncameras:\n{cameras}posts:\n{posts}"
    path.write_text(whole, encoding="utf-8")
    assert [(camera.id, str(camera.url)) for camera in load_site(path).cameras] == [
        ("b", "b.mp4"),
        ("c", "c.mp4"),
        ("d", "b.mp4"),
    ]


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b"])
def test_a_file_that_cannot_have_such_a_name(name: str) -> None:
    with pytest.raises(SiteError, match="expected a site file in YAML, it is no path"):
        load_site(Path(name))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("none.yaml", "No such file or directory", id="a missing file"),
        pytest.param(".", "Is a directory", id="a folder"),
    ],
)
def test_a_site_file_that_cannot_be_opened(tmp_path: Path, name: str, reason: str) -> None:
    path = tmp_path / name
    with pytest.raises(SiteError, match=f"^{re.escape(str(path))}: expected a site file in YAML, {reason}$"):
        load_site(path)


TWO = SMALL.replace("posts:", "  - {id: west, url: west.mp4}\nposts:") + SMALL[
    SMALL.index("  - id:") :
].replace("w01", "w02")


def test_cameras_and_their_posts(tmp_path: Path) -> None:
    site = load_site(write(tmp_path, TWO))
    assert [post.id for post in site.posts_of("east")] == ["w01", "w02"]
    assert site.posts_of("west") == ()
    assert site.camera("west") == Camera(id="west", url="west.mp4")
    assert site.camera("north") is None


SETTINGS: dict[str, type[BaseModel]] = {
    "evidence": Evidence,
    "uniform": Uniform,
    "posts": Post,
    "placards": Placards,
    "schedule": ScheduleSettings,
    **{f"rules.{name}": type(field.default) for name, field in SiteRules.model_fields.items()},
}


@pytest.mark.parametrize("model", [pytest.param(model, id=name) for name, model in SETTINGS.items()])
def test_every_setting_has_a_description(model: type[BaseModel]) -> None:
    assert [name for name, field in model.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    "model",
    [pytest.param(m, id=m.__name__) for m in (Site, Camera, Shift, Break, Uniform, Evidence, Placards)],
)
def test_no_part_of_a_site_takes_an_unknown_key(model: type[BaseModel]) -> None:
    assert model.model_config["extra"] == "forbid"
    assert model.model_config["frozen"] is True
