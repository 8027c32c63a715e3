"""The choice of a runtime: who wins, what is remembered, what happens when it cannot be."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from models.choice import BUDGET_S, Choice, Kept, cache_folder, candidates, choose, fastest, key, runnable
from models.detector import Detector
from models.manifest import PACKAGED, Manifest, ModelError
from models.session import DEFAULT, Runtime

OTHER = Runtime("openvino", "int8")
THIRD = Runtime("openvino")
ABOUT = {"candidates": [DEFAULT.name, OTHER.name], "cores": 2}


@dataclass
class FakeTime:
    """A clock that only work moves."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def work(self, *seconds: float) -> Callable[[], None]:
        """Work that takes these times in turn, the last one for ever."""
        left = list(seconds)

        def run() -> None:
            self.now += left.pop(0) if len(left) > 1 else left[0]

        return run


@pytest.mark.parametrize(
    ("default", "other", "wins"),
    [
        pytest.param([0.04], [0.02], OTHER, id="twice as fast"),
        pytest.param([0.04], [0.038], DEFAULT, id="a little faster is not enough"),
        pytest.param([0.02], [0.04], DEFAULT, id="slower"),
        pytest.param([0.02], [1.0, 0.01], OTHER, id="a slow first run is warm-up"),
        pytest.param([0.02], [0.01, 0.5, 0.5, 0.01], OTHER, id="a disturbed round does not count"),
        pytest.param([0.02], [9.0], DEFAULT, id="too slow to be measured"),
    ],
)
def test_the_fastest_by_a_margin_wins(default: list[float], other: list[float], wins: Runtime) -> None:
    time = FakeTime()
    chosen = fastest(iter([(DEFAULT, time.work(*default)), (OTHER, time.work(*other))]), time)
    assert chosen.runtime == wins
    assert time.now <= BUDGET_S + max(default[-1], other[-1]) + max(other)


def test_loading_counts_and_what_is_not_loaded_in_time_is_out() -> None:
    time = FakeTime()

    def slow_to_load() -> Iterator[tuple[Runtime, Callable[[], None]]]:
        yield DEFAULT, time.work(0.04)
        time.now += 3.0
        yield OTHER, time.work(0.02)
        raise AssertionError("the time for loading is up")

    chosen = fastest(slow_to_load(), time)
    assert chosen.runtime == OTHER
    assert time.now <= BUDGET_S + 0.1


@pytest.mark.parametrize(
    ("auto_on", "measured"),
    [((), False), (("onnxruntime",), True), (("openvino",), False)],
    ids=["nowhere", "here", "on another"],
)
def test_int8_weights_stand_in_for_float_only_where_the_manifest_lets_them(
    auto_on: tuple[str, ...], measured: bool
) -> None:
    packaged = Manifest.load()
    name, entry = packaged.of_task("detect")
    assert entry.int8 is not None
    int8 = entry.int8.model_copy(update={"auto_on": auto_on})
    manifest = Manifest(packaged.folder, {name: entry.model_copy(update={"int8": int8})})
    assert (Runtime("onnxruntime", "int8") in candidates(manifest)) is measured


def test_a_choice_is_remembered_with_its_reason(tmp_path: Path) -> None:
    kept = Kept(tmp_path, ABOUT)
    assert kept.read() is None
    kept.write(Choice(OTHER, "2.00 times as fast", {OTHER.name: 2.0}))
    again = Kept(tmp_path, ABOUT).read()
    assert again is not None
    assert again.runtime == OTHER
    assert str(kept.path) in again.why
    assert again.ratios == {OTHER.name: 2.0}
    assert [path.name for path in tmp_path.iterdir()] == [kept.path.name]


def test_programs_started_together_agree_on_the_first_ones_choice(tmp_path: Path) -> None:
    first, second = Kept(tmp_path, ABOUT), Kept(tmp_path, ABOUT)
    first.write(Choice(OTHER, "measured", {}))
    assert second.write(Choice(DEFAULT, "measured as well", {})).runtime == OTHER


def test_another_machine_or_weight_is_another_choice(tmp_path: Path) -> None:
    Kept(tmp_path, ABOUT).write(Choice(OTHER, "measured", {}))
    assert Kept(tmp_path, {**ABOUT, "cores": 4}).read() is None


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda told: "{", id="no JSON"),
        pytest.param(lambda told: "[]", id="no object"),
        pytest.param(lambda told: json.dumps({**told, "runtime": "abacus"}), id="an unknown runtime"),
        pytest.param(lambda told: json.dumps({**told, "runtime": THIRD.name}), id="one that is not there"),
        pytest.param(lambda told: json.dumps({**told, "about": {}}), id="about something else"),
        pytest.param(lambda told: json.dumps({**told, "ratios": None}), id="no ratios"),
        pytest.param(lambda told: "\x00", id="rubbish"),
    ],
)
def test_a_broken_memory_is_measured_again_and_mended(tmp_path: Path, change) -> None:
    kept = Kept(tmp_path, ABOUT)
    kept.write(Choice(OTHER, "measured", {}))
    kept.path.write_text(change(json.loads(kept.path.read_text(encoding="utf-8"))), encoding="utf-8")
    assert kept.read() is None
    assert kept.write(Choice(DEFAULT, "measured again", {})).runtime == DEFAULT
    mended = kept.read()
    assert mended is not None
    assert mended.runtime == DEFAULT


def test_what_cannot_be_kept_is_not_chosen(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    kept = Kept(tmp_path / "file" / "cache", ABOUT)
    assert not kept.writable()
    assert kept.write(Choice(OTHER, "measured", {})).runtime == DEFAULT


@pytest.mark.parametrize(
    ("xdg", "expected"),
    [
        pytest.param("/var/cache/me", "/var/cache/me/conduct-monitor", id="as XDG says"),
        pytest.param("relative", "/home/me/.cache/conduct-monitor", id="a relative one is ignored"),
        pytest.param("", "/home/me/.cache/conduct-monitor", id="none"),
    ],
)
def test_the_cache_is_the_users(monkeypatch: pytest.MonkeyPatch, xdg: str, expected: str) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("XDG_CACHE_HOME", xdg)
    assert str(cache_folder()) == expected


def _with_int8(folder: Path, change: Callable[[bytes], bytes] | None) -> Manifest:
    """The packaged models with an INT8 file for the detector, changed or, for None, taken away."""
    (folder / "weights").mkdir()
    packaged = Manifest.load()
    _, detector = packaged.of_task("detect")
    text = re.sub(r"(?m)^int8 = .*\n", "", (PACKAGED / "manifest.toml").read_text(encoding="utf-8"))
    file = f'file = "weights/int8.onnx", sha256 = "{detector.sha256}", auto_on = ["onnxruntime"]'
    entry = f'task = "detect"\nint8 = {{ {file} }}'
    (folder / "manifest.toml").write_text(text.replace('task = "detect"', entry), encoding="utf-8")
    for model in packaged.models.values():
        (folder / model.file).symlink_to(PACKAGED / model.file)
    if change is not None:
        (folder / "weights/int8.onnx").write_bytes(change((PACKAGED / detector.file).read_bytes()))
    return Manifest.load(folder)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(None, id="missing"),
        pytest.param(lambda content: content[:1000], id="cut short"),
        pytest.param(lambda content: content[:-1] + b"x", id="one byte changed"),
    ],
)
def test_a_broken_int8_file_is_no_candidate_and_an_error_when_asked_for(tmp_path: Path, change) -> None:
    manifest = _with_int8(tmp_path, change)
    assert DEFAULT in candidates(manifest)
    assert not any(runtime.precision == "int8" for runtime in candidates(manifest))
    with pytest.raises(ModelError, match="int8") as caught:
        Detector(manifest, runtime=Runtime("onnxruntime", "int8"))
    assert "\n" not in str(caught.value)


def test_a_whole_int8_file_is_a_candidate(tmp_path: Path) -> None:
    manifest = _with_int8(tmp_path, lambda content: content)
    assert Runtime("onnxruntime", "int8") in candidates(manifest)
    assert key(manifest) != key(Manifest.load())


def test_a_pinned_runtime_is_taken_without_measuring(tmp_path: Path) -> None:
    chosen = choose(Manifest.load(), "openvino-int8", folder=tmp_path)
    assert chosen.runtime == OTHER
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_name_is_one_line_that_tells_the_known_ones() -> None:
    with pytest.raises(ModelError, match="expected one of onnxruntime, onnxruntime-int8, openvino") as caught:
        choose(Manifest.load(), "abacus")
    assert "\n" not in str(caught.value)


def test_auto_takes_what_is_remembered(tmp_path: Path) -> None:
    manifest = Manifest.load()
    found = list(candidates(manifest))
    Kept(tmp_path, key(manifest)).write(Choice(found[-1], "measured", {}))
    chosen = choose(manifest, folder=tmp_path, clock=lambda: pytest.fail("it measured"))
    assert chosen.runtime == found[-1]


def test_a_machine_of_the_same_name_with_other_instructions_chooses_anew(monkeypatch) -> None:
    manifest = Manifest.load()
    here = key(manifest)
    monkeypatch.setattr("models.choice.cpu_instructions", lambda: ["avx", "avx2"])
    monkeypatch.setattr("models.choice.cpu_name", lambda: here["cpu"])
    assert Kept(Path("cache"), key(manifest)).path != Kept(Path("cache"), here).path


def test_the_benchmark_measures_also_what_is_not_trusted(monkeypatch) -> None:
    manifest = Manifest.load()
    monkeypatch.setattr(
        "models.choice.providers.installed", lambda: iter([("onnxruntime", None), ("openvino", None)])
    )
    names = {runtime.name for runtime in runnable(manifest)}
    assert {"onnxruntime-int8", "openvino-int8", "openvino-bf16", "openvino"} <= names
    assert {"onnxruntime-int8", "openvino-int8"}.isdisjoint(one.name for one in candidates(manifest))
