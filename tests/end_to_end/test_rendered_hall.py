"""The rendered hall through the whole monitor: a file camera in, events out, compared with the truth.

Slow: minutes of video with the real models. What holds here is how the monitor does on rendered
pictures; it is no accuracy on real CCTV.
"""

import json
from datetime import datetime
from pathlib import Path

import pytest

from pipelines.evaluate import Score, evaluate, read_intervals
from pipelines.hall.site import load_site
from pipelines.looking.eyes import Eyes
from pipelines.run import make_plan, run_files
from pipelines.sinks import JsonLines
from tests.conftest import DEMO_FOLDER

pytestmark = pytest.mark.slow
OFF_BY_S = 2.0


@pytest.fixture(scope="module")
def scores(eyes: Eyes, tmp_path_factory: pytest.TempPathFactory):
    """Runs a clip once; gives the scores by rule."""
    done: dict[str, dict[str, Score]] = {}
    folders: dict[str, Path] = {}

    def run(name: str) -> dict[str, Score]:
        if name not in done:
            out = folders[name] = tmp_path_factory.mktemp(name)
            site = load_site(DEMO_FOLDER / f"{name}.site.yaml")
            truth = DEMO_FOLDER / f"{name}.truth.json"
            sink = JsonLines(out)
            plan = make_plan(site, eyes, folder=DEMO_FOLDER)
            run_files(plan, eyes, sink, out, start=start_of(truth))
            sink.close()
            found, wanted = read_intervals(out / "events.jsonl"), read_intervals(truth)
            done[name] = {score.rule: score for score in evaluate(found, wanted)}
        return done[name]

    run.folders = folders
    return run


def start_of(truth: Path) -> float:
    """Event time of a truth's second 0."""
    return datetime.fromisoformat(json.loads(truth.read_text(encoding="utf-8"))["start"]).timestamp()


@pytest.mark.parametrize("rule", ["absent", "out_of_uniform", "smoking"])
def test_by_day_what_shows_clearly_is_found_in_time_and_none_invented(scores, rule: str) -> None:
    score = scores("hall_day")[rule]
    assert len(score.matched) >= 1
    assert score.missed == ()
    assert score.false == ()
    for match in score.matched:
        assert abs(match.start_error) <= OFF_BY_S
        assert abs(match.end_error) <= OFF_BY_S


def test_the_absence_behind_the_placard_is_recorded_as_covered(scores) -> None:
    """It is read where no placard zone is drawn, and nobody is asked about it."""
    assert "absent" not in scores("hall_clean")
    told = scores.folders["hall_clean"] / "covered.jsonl"
    truth = read_intervals(DEMO_FOLDER / "hall_clean.truth.json", covered=True)
    (score,) = evaluate(read_intervals(told), truth)
    assert (score.rule, len(score.matched), score.missed, score.false) == ("absent", 1, (), ())
    assert abs(score.matched[0].start_error) <= OFF_BY_S
    assert abs(score.matched[0].end_error) <= OFF_BY_S
    assert {json.loads(line)["note"] for line in told.read_text(encoding="utf-8").splitlines()} == {
        "暂停服务"
    }


AT_WORST = {
    ("hall_night_lamp", "phone_use"): (2, 0),
    ("hall_night_lamp", "eating"): (1, 0),
}
"""How many are missed and invented today, as the README's table says; where nothing stands, none. Lower a
figure when it gets better, and never raise one without saying so in the README."""


@pytest.mark.parametrize("name", ["hall_day", "hall_clean", "hall_night_lamp"])
def test_no_clip_is_judged_worse_than_the_readme_says(scores, name: str) -> None:
    judged = {rule: (len(score.missed), len(score.false)) for rule, score in scores(name).items()}
    worse = {
        rule: (missed, false)
        for rule, (missed, false) in judged.items()
        if missed > AT_WORST.get((name, rule), (0, 0))[0] or false > AT_WORST.get((name, rule), (0, 0))[1]
    }
    assert worse == {}
