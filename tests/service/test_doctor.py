"""The doctor looks at really broken things and says which they are, in words, with what to do.

Slow where the real models look at pictures.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from packaging.requirements import Requirement
from sqlalchemy import create_engine, text

from models.manifest import PACKAGED
from pipelines.looking.viewpoints import ViewFile, zones_of
from pipelines.streams.source import SourceError
from pipelines.texts import LANGUAGES, catalogue
from service import doctor
from service.doctor import Diagnosis, Patient, diagnose
from service.doctor.checks import cameras, clock, disk, port, posts, program, schedule, site, store
from service.doctor.checks import models as model_checks
from service.doctor.finding import Finding, Level
from service.doctor.glimpse import glimpse
from service.settings import Settings
from service.store import Store, open_database
from tests.conftest import DEMO_FOLDER, Pixels, moving, write_video
from vision.detections import Detections
from vision.posts import Post
from vision.viewpoint import Reference, view_of

MONDAY = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
"""Ten in the morning in Shanghai."""
SECRET = "s3cr3t"
SITE = """\
hall: Test
timezone: Asia/Shanghai
cameras:
  - {id: east, url: "east.mp4"}
posts:
  - {id: w01, camera: east, staff_zone: [[0.1, 0.1], [0.6, 0.1], [0.6, 0.8]]}
schedule:
  shifts: [{days: mon-fri, from: "09:00", to: "12:00"}]
rules:
  out_of_uniform: {enabled: false}
"""


def patient(folder: Path, text: str | None = None, **settings: object) -> Patient:
    """Somebody to examine, whose site file is ``text``."""
    site_file = None
    if text is not None:
        site_file = folder / "site.yaml"
        site_file.write_text(text, encoding="utf-8")
    return Patient(Settings.model_validate({"data_dir": folder / "data", **settings}), site_file, MONDAY)


def codes(findings: Iterator[Finding]) -> dict[str, Level]:
    return {finding.code: finding.level for finding in findings}


def grey(count: int, level: int) -> list[Pixels]:
    return [np.full((96, 128, 3), level, np.uint8) for _ in range(count)]


# -- the frame


def test_every_group_is_found_by_scanning_and_has_its_own_place() -> None:
    names = {path.stem for path in Path(str(doctor.checks.__file__)).parent.glob("*.py")} - {"__init__"}
    assert set(doctor.GROUPS) == names
    orders = [module.ORDER for module in doctor.scan()]
    assert orders == sorted(set(orders))


CHECKS = Path(str(doctor.checks.__file__)).parent
SAID = re.compile(r'\b(?:ok|unknown|warning|problem)\(\s*"(\w+)"')
EITHER = re.compile(r'"(\w+)" if \w+ else "(\w+)"')


def told_codes() -> dict[str, set[str]]:
    """By group: every code that stands in its file."""
    found = {}
    for path in CHECKS.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        plain = set(SAID.findall(source)) | set(re.findall(r'Level\.\w+, "(\w+)"', source))
        found[path.stem] = plain | {code for pair in EITHER.findall(source) for code in pair}
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_can_be_said_and_no_text_is_left_over(language: str) -> None:
    texts = {key for key in catalogue(language) if key.startswith("doctor.")}
    codes = {f"doctor.{group}.{code}" for group, said in told_codes().items() for code in said}
    named = {f"doctor.group.{group}" for group in doctor.GROUPS}
    assert codes <= texts
    assert {key for key in texts if not key.endswith(".do")} - codes - named == {"doctor.summary"}
    assert {key.removesuffix(".do") for key in texts if key.endswith(".do")} <= codes


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_well_comes_with_advice(language: str) -> None:
    for path in CHECKS.glob("*.py"):
        bad = re.findall(r'\b(?:warning|problem)\(\s*"(\w+)"', path.read_text(encoding="utf-8"))
        assert [code for code in bad if f"doctor.{path.stem}.{code}.do" not in catalogue(language)] == []


# -- the machine


def test_an_old_python() -> None:
    assert program.python((3, 9, 2)).level is Level.PROBLEM
    assert program.python((3, 11, 0)).level is Level.OK


@pytest.mark.parametrize(
    ("need", "code"),
    [
        pytest.param("numpy>=1", None, id="there"),
        pytest.param("numpy>=99", "library_version", id="too old"),
        pytest.param("no-such-library", "library_missing", id="not there"),
    ],
)
def test_libraries(need: str, code: str | None) -> None:
    found = codes(program.libraries([Requirement(need)]))
    assert found.pop("libraries") is Level.OK
    assert found == ({} if code is None else {code: Level.PROBLEM})


def test_a_library_that_is_there_and_does_not_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_library.py").write_text("raise ImportError('libGL.so.1: cannot open shared object')")
    monkeypatch.syspath_prepend(str(tmp_path))
    (found,) = program.loadable(["broken_library", "json"])
    assert found.level is Level.PROBLEM
    assert "libGL.so.1" in Diagnosis("program", found).said("en")


def test_the_needed_libraries_are_those_of_the_product_without_extras() -> None:
    names = {need.name for need in program.needed()}
    assert {"numpy", "av", "structlog"} <= names
    assert not {"torch", "pytest"} & names


# -- models


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    shutil.copytree(
        PACKAGED, tmp_path / "models", ignore=shutil.ignore_patterns("*.py", "__pycache__", "training")
    )
    return tmp_path / "models"


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        pytest.param(lambda folder: next(folder.glob("weights/*.onnx")).unlink(), "file", id="missing"),
        pytest.param(
            lambda folder: next(folder.glob("weights/*.onnx")).write_bytes(b"x"), "file", id="damaged"
        ),
        pytest.param(
            lambda folder: (folder / "weights" / "hall_detector_n_int8.onnx").write_bytes(b"x"),
            "file",
            id="INT8 damaged",
        ),
        pytest.param(
            lambda folder: (folder / "manifest.toml").write_text("[models"), "manifest", id="no manifest"
        ),
    ],
)
def test_broken_models(tmp_path: Path, weights: Path, harm: Callable[[Path], object], code: str) -> None:
    harm(weights)
    found = codes(model_checks.examine(patient(tmp_path, models=weights)))
    assert found[code] is Level.PROBLEM
    assert "loaded" not in found


def test_a_provider_without_a_file_to_run(tmp_path: Path, weights: Path) -> None:
    manifest = weights / "manifest.toml"
    lines = manifest.read_text(encoding="utf-8").splitlines(keepends=True)
    manifest.write_text("".join(line for line in lines if not line.startswith("int8")), encoding="utf-8")
    found = codes(model_checks.examine(patient(tmp_path, models=weights, provider="openvino-int8")))
    assert found["load"] is Level.PROBLEM
    assert found["whole"] is Level.OK


# -- site file and schedule


@pytest.mark.parametrize(
    ("right", "wrong", "code", "level"),
    [
        pytest.param("", "", "read", Level.OK, id="all is well"),
        pytest.param("hall:", "hell:", "broken", Level.PROBLEM, id="misspelt"),
        pytest.param(
            'url: "east.mp4"}',
            'url: "east.mp4"}\n  - {id: west, url: "west.mp4"}',
            "idle_camera",
            Level.WARNING,
            id="a camera without posts",
        ),
        pytest.param(
            "schedule:",
            "  - {id: w02, camera: east, staff_zone: [[0.2, 0.1], [0.6, 0.1], [0.6, 0.8]]}\nschedule:",
            "overlap",
            Level.WARNING,
            id="two posts in one place",
        ),
        pytest.param("{enabled: false}", "{enabled: true}", "no_uniform", Level.WARNING, id="no uniform"),
    ],
)
def test_the_site_file(tmp_path: Path, right: str, wrong: str, code: str, level: Level) -> None:
    found = codes(site.examine(patient(tmp_path, SITE.replace(right, wrong, 1) if right else SITE)))
    assert found[code] is level
    assert level is Level.OK or set(found) <= {code, "read"}


@pytest.mark.slow  # the real models look at the examples
@pytest.mark.parametrize(
    ("folder", "code"),
    [
        pytest.param("nowhere", "uniform_broken", id="no folder"),
        pytest.param("walls", "uniform_broken", id="nobody in the pictures"),
        pytest.param("wear", "uniform", id="the demo's examples"),
    ],
)
def test_the_uniforms_examples(tmp_path: Path, folder: str, code: str) -> None:
    import cv2

    (tmp_path / "walls").mkdir()
    for i, picture in enumerate(moving(6)):
        cv2.imwrite(str(tmp_path / "walls" / f"{i}.png"), picture)
    shutil.copytree(DEMO_FOLDER / "uniform" / "wear", tmp_path / "wear")
    told = f"uniform: {{wear: {folder}}}\nrules:\n  out_of_uniform: {{enabled: true}}\n"
    found = codes(site.examine(patient(tmp_path, SITE.partition("rules:")[0] + told)))
    assert found[code] is (Level.OK if code == "uniform" else Level.PROBLEM)


@pytest.mark.parametrize(
    ("shifts", "code", "level"),
    [
        pytest.param('[{days: mon-fri, from: "09:00", to: "12:00"}]', "in_shift", Level.OK, id="in shift"),
        pytest.param('[{days: sun, from: "09:00", to: "12:00"}]', "no_shift_now", Level.OK, id="out of it"),
        pytest.param("[]", "always", Level.WARNING, id="none"),
        pytest.param('[{days: mon, from: "09:00", to: "09:10"}]', "short", Level.WARNING, id="ten minutes"),
        pytest.param(
            '[{days: mon, from: "09:00", to: "09:05"}]',
            "shorter_than_rule",
            Level.WARNING,
            id="no absence is long enough to be one",
        ),
        pytest.param(
            '[{days: mon-fri, from: "09:00", to: "08:00"}]', "long_week", Level.WARNING, id="to before from"
        ),
    ],
)
def test_the_schedule(tmp_path: Path, shifts: str, code: str, level: Level) -> None:
    told = re.sub(r"shifts: .*", f"shifts: {shifts}", SITE)
    assert codes(schedule.examine(patient(tmp_path, told)))[code] is level


# -- cameras and posts


@pytest.mark.parametrize(
    ("frames", "options", "code", "level"),
    [
        pytest.param(moving(80), {"gop": 10}, "reached", Level.OK, id="all is well"),
        pytest.param(moving(80), {"gop": 70}, "long_gop", Level.WARNING, id="keyframes far apart"),
        pytest.param(moving(20), {"fps": 2}, "slow", Level.WARNING, id="two pictures a second"),
        pytest.param(moving(80), {}, "small", Level.WARNING, id="128 pixels wide"),
        pytest.param(grey(80, 10), {}, "dark", Level.WARNING, id="dark"),
        pytest.param(grey(80, 128), {}, "blank", Level.PROBLEM, id="one flat colour"),
    ],
)
def test_a_cameras_stream(
    tmp_path: Path, frames: list[Pixels], options: dict[str, int], code: str, level: Level
) -> None:
    write_video(tmp_path / "east.mp4", frames, **options)  # type: ignore[arg-type]
    assert codes(cameras.examine(patient(tmp_path, SITE)))[code] is level


@pytest.mark.parametrize(("right", "moved"), [(0, False), (12, True)])
def test_a_camera_that_was_moved_since_it_was_watched(tmp_path: Path, right: int, moved: bool) -> None:
    wall = np.random.default_rng(1).integers(40, 220, (24, 40), dtype=np.uint8)
    wall = np.repeat(cv2.resize(wall, (480, 288), interpolation=cv2.INTER_CUBIC)[..., None], 3, axis=2)
    before, now = (np.asarray(wall[:, x : x + 400], np.uint8) for x in (0, 2 * right))
    write_video(tmp_path / "east.mp4", [now] * 20)
    examined = patient(tmp_path, SITE)
    assert examined.site is not None
    reference = Reference.of(view_of(before))
    assert reference is not None
    zones = zones_of(examined.site.posts_of("east"))
    ViewFile(examined.settings.state_dir, "east").save(zones, reference)
    assert ("moved" in codes(cameras.examine(examined))) is moved


def test_what_a_glimpse_measures(tmp_path: Path) -> None:
    write_video(tmp_path / "east.mp4", moving(200), fps=20, gop=40, options={"bf": "0"})
    seen = glimpse("east", str(tmp_path / "east.mp4"))
    assert (seen.codec, seen.width, seen.height, seen.errors) == ("h264", 128, 96, 0)
    assert seen.fps == pytest.approx(20)
    assert seen.key_every_s == pytest.approx(2)
    assert 6 <= seen.seconds < 6.5, "it does not read to the end"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        pytest.param("none.mp4", "unreachable", id="a file that is not there"),
        pytest.param(f"rtsp://admin:{SECRET}@127.0.0.1:9/main", "unreachable", id="nobody listens"),
        pytest.param("rtsp://admin:${NO_SUCH_PASSWORD}@127.0.0.1:9/main", "secret", id="password unset"),
    ],
)
def test_a_camera_that_gives_no_picture(tmp_path: Path, url: str, code: str) -> None:
    examined = patient(tmp_path, SITE.replace("east.mp4", url))
    (found,) = cameras.examine(examined)
    assert (found.code, found.level, found.about) == (code, Level.PROBLEM, "east")
    assert SECRET not in Diagnosis("cameras", found).said("en")
    assert codes(posts.examine(examined)) == {"no_picture": Level.UNKNOWN}


def test_a_camera_is_reached_by_the_transport_that_the_site_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str, str]] = []

    def recorded(camera: str, url: str, transport: str) -> None:
        asked.append((camera, url, transport))
        raise SourceError("nobody is there")

    monkeypatch.setattr("service.doctor.patient.glimpse", recorded)
    told = SITE.replace('url: "east.mp4"', 'url: "rtsp://127.0.0.1:9/main", transport: udp')
    assert codes(cameras.examine(patient(tmp_path, told))) == {"unreachable": Level.PROBLEM}
    assert asked == [("east", "rtsp://127.0.0.1:9/main", "udp")]


def test_both_streams_of_a_camera_are_looked_at(tmp_path: Path) -> None:
    two = 'url: "rtsp://127.0.0.1:9/main", sub_url: "rtsp://127.0.0.1:9/sub"'
    told = SITE.replace('url: "east.mp4"', two)
    found = patient(tmp_path, told).glimpses
    assert {name: isinstance(seen, SourceError) for name, seen in found.items()} == {
        "east": True,
        "east (url)": True,
    }
    assert ["/sub" in str(seen) for seen in found.values()] == [True, False]


def test_a_file_that_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "east.mp4").write_bytes(b"no video" * 100)
    assert codes(cameras.examine(patient(tmp_path, SITE))) == {"unreachable": Level.PROBLEM}


DEMO = f"""\
hall: Test
timezone: Asia/Shanghai
cameras:
  - {{id: hall, url: "{DEMO_FOLDER / "hall_day.mp4"}"}}
posts:
  - {{id: w01, camera: hall, staff_zone: ZONE}}
"""


@pytest.mark.slow  # the real models look at the demo's first picture
@pytest.mark.parametrize(
    ("zone", "code", "level"),
    [
        pytest.param("[[0, 0], [0.05, 0], [0.05, 0.05]]", "nobody", Level.UNKNOWN, id="an empty corner"),
        pytest.param("[[0, 0], [0.05, 0], [0.05, 0.05]]", "few_pixels", Level.WARNING, id="few pixels"),
        pytest.param("WHOLE", "pixels", Level.OK, id="as the demo draws it"),
        pytest.param("WHOLE", "person", Level.OK, id="somebody is there"),
        pytest.param("HALF", "beside", Level.WARNING, id="drawn beside the person"),
        pytest.param("ALL", "crowd", Level.WARNING, id="drawn around the whole hall"),
    ],
)
def test_a_posts_zone_on_the_picture(tmp_path: Path, zone: str, code: str, level: Level) -> None:
    whole = Patient(Settings(), DEMO_FOLDER / "hall_day.site.yaml", MONDAY).site
    assert whole is not None
    points = np.array(whole.posts[0].staff_zone)
    drawn = {
        "WHOLE": points,
        "HALF": np.array([[0.26, 0.25], [0.475, 0.25], [0.475, 0.7], [0.26, 0.7]]),
        "ALL": np.array([[0, 0], [1, 0], [1, 1], [0, 1]]),
    }
    told = str(drawn[zone].tolist()) if zone in drawn else zone
    found = codes(posts.examine(patient(tmp_path, DEMO.replace("ZONE", told))))
    assert found.get(code) is level, found


@pytest.mark.parametrize(
    ("heights", "code", "level"),
    [
        pytest.param([250], "person", Level.OK, id="one of a good size"),
        pytest.param([250, 240], "crowd", Level.WARNING, id="two where one should be"),
        pytest.param([150], "zone_large", Level.WARNING, id="a quarter of the zone's height"),
    ],
)
def test_how_large_and_many_the_people_in_a_zone_are(heights: list[int], code: str, level: Level) -> None:
    post = Post(id="w01", camera="east", staff_zone=((0.1, 0.1), (0.6, 0.1), (0.6, 0.9)))
    boxes = np.array([[100, 100, 200, 100 + height] for height in heights], np.float32)
    staff = Detections(boxes, np.full(len(boxes), 0.9, np.float32), ("person",) * len(boxes))
    assert codes(iter([posts.plausible(post, 720, staff)])) == {code: level}


def test_a_person_of_few_pixels() -> None:
    post = Post(id="w01", camera="east", staff_zone=((0.1, 0.1), (0.6, 0.1), (0.6, 0.3)))
    staff = Detections(np.array([[10, 40, 50, 99]], np.float32), np.array([0.9], np.float32), ("person",))
    assert posts.plausible(post, 480, staff).code == "person_small"


# -- disk, store, page, clock


def test_a_data_folder_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    assert codes(disk.examine(patient(tmp_path))) == {"unwritable": Level.PROBLEM}


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc: a place where not even root may write")
def test_a_data_folder_where_nobody_may_write(tmp_path: Path) -> None:
    examined = patient(tmp_path, data_dir=Path("/proc/conduct"))
    assert codes(disk.examine(examined)) == {"unwritable": Level.PROBLEM}


def test_a_data_folder_that_is_not_there_yet_leaves_no_trace(tmp_path: Path) -> None:
    assert codes(disk.examine(patient(tmp_path)))["writable"] is Level.OK
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("free", "code", "level"),
    [
        pytest.param(10**12, "room", Level.OK, id="a terabyte"),
        pytest.param(20 * 10**9, "little", Level.WARNING, id="20 GB"),
        pytest.param(10**9, "full", Level.PROBLEM, id="less than a GiB"),
    ],
)
def test_room_for_evidence(free: int, code: str, level: Level) -> None:
    assert codes(iter([disk.room(free, 4e6)])) == {code: level}


def test_a_store_of_this_version_one_to_be_made_and_one_of_an_older_version(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    assert store.of(url).code == "new"
    assert not (tmp_path / "store.sqlite3").exists()
    Store(open_database(url)).close()
    assert store.of(url).code == "ready"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert store.of(url).code == "behind"
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    found = store.of(url)
    assert (found.code, found.level) == ("newer", Level.PROBLEM)
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        pytest.param("no url at all", "no_url", id="no url"),
        pytest.param(f"nosuchbase://me:{SECRET}@db/hall", "no_driver", id="no driver"),
        pytest.param("sqlite:////dev/null/x/store.sqlite3", "new", id="not there"),
    ],
)
def test_a_store_that_cannot_be_reached(url: str, code: str) -> None:
    found = store.of(url)
    assert found.code == code
    assert SECRET not in Diagnosis("store", found).said("en")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite3").write_bytes(b"no database" * 1000)
    assert store.of(f"sqlite:///{tmp_path / 'store.sqlite3'}").code == "away"


def test_a_port_that_is_taken_and_one_that_all_can_reach(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        number = holder.getsockname()[1]
        assert codes(port.examine(patient(tmp_path, port=number))) == {"taken": Level.PROBLEM}
    assert codes(port.examine(patient(tmp_path, port=number))) == {"free": Level.OK}
    assert codes(port.examine(patient(tmp_path, port=0, host="0.0.0.0")))["exposed"] is Level.WARNING


@pytest.mark.parametrize(
    ("now", "code"),
    [
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), "wrong", id="after a flat battery"),
        pytest.param(MONDAY, "date", id="today"),
        pytest.param(datetime(2200, 1, 1, tzinfo=UTC), "wrong", id="far away"),
    ],
)
def test_the_clocks_date(now: datetime, code: str) -> None:
    assert clock.date(now, "").code == code


@pytest.mark.parametrize(
    ("told", "level"),
    [
        pytest.param("yes", Level.OK, id="kept right"),
        pytest.param("no", Level.WARNING, id="not kept right"),
        pytest.param("", Level.UNKNOWN, id="nobody can tell"),
    ],
)
def test_who_keeps_the_clock(told: str, level: Level) -> None:
    assert clock.synchronised(told).level is level


# -- the command


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from service.cli import main; main()", "doctor", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent.parent.parent,
        env={
            **os.environ,
            "CONDUCT_DATA_DIR": str(folder / "data"),
            "CONDUCT_PORT": "0",
            **environment,
        },
    )


@pytest.mark.slow  # whole processes
def test_the_command_is_content_with_the_demos_site_and_not_with_a_broken_one(tmp_path: Path) -> None:
    good = run(tmp_path, "--site", str(DEMO_FOLDER / "hall_day.site.yaml"), "--json")
    told = json.loads(good.stdout)
    assert good.returncode == 0, good.stdout
    assert told["ok"] is True
    assert {finding["group"] for finding in told["findings"]} == set(doctor.GROUPS)
    assert good.stderr == ""

    (tmp_path / "site.yaml").write_text(SITE.replace("east.mp4", f"rtsp://me:{SECRET}@127.0.0.1:9/a"))
    broken = run(tmp_path, "--site", str(tmp_path / "site.yaml"), "--lang", "zh-CN")
    assert broken.returncode == 1
    assert "✗ camera east: url: expected a readable video, rtsp://…@127.0.0.1:9/a" in broken.stdout
    assert "→ 在本机用播放器核对地址" in broken.stdout
    assert re.search(r"共 \d+ 个问题", broken.stdout)
    assert SECRET not in broken.stdout + broken.stderr


def test_everything_is_looked_at_even_when_the_site_is_broken(tmp_path: Path) -> None:
    found = list(diagnose(patient(tmp_path, "hall: x")))
    assert {diagnosis.group for diagnosis in found} >= {"program", "models", "site", "disk", "store", "port"}
    assert [d.finding.code for d in found if d.finding.level is Level.PROBLEM] == ["broken"]
    for diagnosis in found:
        for language in LANGUAGES:
            assert diagnosis.line(language)["text"]
