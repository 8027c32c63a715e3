"""Every provider that is installed runs the packaged detector, and they agree.

Slow where the real models run.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import providers
from models.choice import candidates, choose
from models.choice import detectors as loaded
from models.detector import Crop, Detector
from models.manifest import Manifest, ModelError
from models.providers import RefusedError
from models.session import DEFAULT, Runtime
from tests.conftest import Pixels, read_frames
from tests.models import samples_onnx
from tests.models.samples_onnx import FREE, Shape, alone
from tests.models.test_outputs import CLASSES, KINDS, SIDE, Kind, pure
from vision.detections import Detections
from vision.geometry import iou

REGIONS = [(0, 0, 640, 360), (340, 90, 530, 290), (20, 60, 220, 330), (200, 100, 420, 320)]
SURE = 0.5
INSTALLED = [name for name, _ in providers.installed()]


@pytest.fixture(scope="module")
def crops(example: Path) -> list[Crop]:
    frames: list[Pixels] = read_frames(example)
    return [Crop(frames[i], region) for i in (0, 12, 20, 36, 48, 60) for region in REGIONS]


@pytest.fixture(scope="module")
def detectors() -> dict[Runtime, Detector]:
    """On each runtime that this machine has: 16 bits not every CPU calculates in."""
    installed = [runtime for runtime in Runtime.all() if runtime.provider in INSTALLED]
    found = dict(loaded(Manifest.load(), installed))
    assert {runtime for runtime in installed if runtime.precision != "bf16"} <= found.keys()
    return found


def _unmatched(wanted: Detections, found: Detections, least_iou: float, score_off: float) -> list[str]:
    """Sure detections of ``wanted`` without a partner of the same label, place and score."""
    lost = []
    for i in (wanted.scores >= SURE).nonzero()[0]:
        same = [j for j, label in enumerate(found.labels) if label == wanted.labels[i]]
        near = iou(wanted.boxes[i : i + 1], found.boxes[same])[0] if same else np.zeros(0)
        partners = [j for j, overlap in zip(same, near, strict=True) if overlap >= least_iou]
        if not any(abs(found.scores[j] - wanted.scores[i]) <= score_off for j in partners):
            lost.append(f"{wanted.labels[i]} {wanted.scores[i]:.2f}")
    return lost


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in INSTALLED if name != DEFAULT.provider])
def test_in_float_all_providers_see_the_same(
    detectors: dict[Runtime, Detector], crops: list[Crop], name: str
) -> None:
    for wanted, found in zip(
        detectors[DEFAULT].detect(crops), detectors[Runtime(name)].detect(crops), strict=True
    ):
        sure, also = wanted.take(wanted.scores >= 0.1), found.take(found.scores >= 0.1)
        assert sure.labels == also.labels
        assert sure.boxes == pytest.approx(also.boxes, abs=0.05)
        assert sure.scores == pytest.approx(also.scores, abs=1e-3)


@pytest.mark.slow
def test_in_sixteen_bits_all_is_seen_that_float_is_sure_of(
    detectors: dict[Runtime, Detector], crops: list[Crop]
) -> None:
    sixteen = [detector for runtime, detector in detectors.items() if runtime.precision == "bf16"]
    if not sixteen:
        pytest.skip("this CPU does not calculate in bfloat16")
    for detector in sixteen:
        for wanted, found in zip(detectors[DEFAULT].detect(crops), detector.detect(crops), strict=True):
            assert _unmatched(wanted, found, 0.9, 0.1) == []
            assert _unmatched(found, wanted, 0.9, 0.1) == []


@pytest.mark.parametrize("name", INSTALLED)
def test_sixteen_bits_are_refused_in_one_line_where_they_cannot_be_had(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    content = KINDS["YOLOv8"].write(tmp_path / "m.onnx").read_bytes()
    provider = providers.find(name)
    assert provider is not None
    if name in providers.SIXTEEN_BITS:
        monkeypatch.setattr("openvino.Core.get_property", lambda *_: ["FP32", "INT8"])
    with pytest.raises(RefusedError, match="bfloat16") as caught:
        provider.load(content, 1, sixteen_bits=True)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize("name", INSTALLED)
def test_int8_sees_nearly_all_that_float_is_sure_of_and_hardly_more(
    detectors: dict[Runtime, Detector], crops: list[Crop], name: str
) -> None:
    wanted, found = (detectors[runtime].detect(crops) for runtime in (DEFAULT, Runtime(name, "int8")))
    sure = sum(int((one.scores >= SURE).sum()) for one in wanted)
    assert sure >= 20
    few = 0.1 * sure
    lost = [
        text for one, other in zip(wanted, found, strict=True) for text in _unmatched(one, other, 0.8, 0.2)
    ]
    more = [
        text for one, other in zip(wanted, found, strict=True) for text in _unmatched(other, one, 0.8, 0.2)
    ]
    assert len(lost) <= few, lost
    assert len(more) <= few, more


@pytest.mark.slow
def test_what_a_runtime_finds_does_not_depend_on_the_company_in_the_batch(
    detectors: dict[Runtime, Detector], crops: list[Crop]
) -> None:
    for runtime, detector in detectors.items():
        for crop, found in zip(crops[:5], detector.detect(crops[:5]), strict=True):
            alone = detector.detect([crop])[0]
            assert (alone.boxes == found.boxes).all(), runtime
            assert (alone.scores == found.scores).all(), runtime


@pytest.mark.slow
def test_other_sizes_run_too_and_the_weight_that_runs_is_told(detectors: dict[Runtime, Detector]) -> None:
    _, entry = Manifest.load().of_task("detect")
    for runtime, detector in detectors.items():
        assert detector.raw(np.zeros((3, 3, 224, 320), np.float32))[0].shape[0] == 3
        expected = entry.int8 if runtime.precision == "int8" and entry.int8 else entry
        assert detector.sha256 == expected.sha256


@pytest.mark.parametrize("name", INSTALLED)
def test_what_is_no_model_is_refused_in_one_line(name: str) -> None:
    provider = providers.find(name)
    assert provider is not None
    with pytest.raises(RefusedError, match="expected an ONNX model") as caught:
        provider.load(b"no model", 1)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_a_batch_of_another_form_is_refused_in_one_line(detectors: dict[Runtime, Detector]) -> None:
    for detector in detectors.values():
        with pytest.raises(ModelError, match=r"cannot take a batch of shape \(1, 5, 64, 64\)") as caught:
            detector.raw(np.zeros((1, 5, 64, 64), np.float32))
        assert "\n" not in str(caught.value)


def test_a_provider_without_its_library_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "models.providers.openvino", None)
    assert "openvino" not in dict(providers.installed())
    assert all(runtime.provider != "openvino" for runtime in candidates(Manifest.load()))
    with pytest.raises(ModelError, match="provider openvino: expected the package openvino") as caught:
        Detector(Manifest.load(), runtime=Runtime("openvino"))
    assert "\n" not in str(caught.value)


OFFICIAL = "official RT-DETR"
"""It has a second input."""
OTHERS = [name for name in INSTALLED if name != DEFAULT.provider]


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("takes", [FREE, (1, 3, SIDE, SIDE)], ids=["free", "fixed"])
@pytest.mark.parametrize("kind", [pytest.param(KINDS[name], id=name) for name in KINDS if name != OFFICIAL])
def test_a_halls_own_model_with_one_input_finds_the_same(
    tmp_path: Path, kind: Kind, takes: Shape, name: str
) -> None:
    manifest = alone(
        kind.write(tmp_path / "m.onnx", takes=takes, metadata={"names": repr(dict(enumerate(CLASSES)))})
    )
    wanted, found = Detector(manifest), Detector(manifest, runtime=Runtime(name))
    assert (found.family, found.classes, found.any_size) == (wanted.family, CLASSES, wanted.any_size)
    crops = [Crop.whole(pure(kind, 128 + 8 * k, 128)) for k in range(3)]
    for one, other in zip(wanted.detect(crops), found.detect(crops), strict=True):
        assert len(one) == 3
        assert one.labels == other.labels
        assert one.boxes == pytest.approx(other.boxes, abs=0.05)
        assert one.scores == pytest.approx(other.scores, abs=1e-3)


@pytest.mark.skipif("openvino" not in INSTALLED, reason="OpenVINO is optional")
@pytest.mark.parametrize(
    ("kind", "form"),
    [
        pytest.param(OFFICIAL, {}, id="a second input"),
        pytest.param("YOLOv8", {"half": True}, id="half floats"),
        pytest.param("YOLOv8", {"takes": (4, 3, SIDE, SIDE)}, id="a fixed batch"),
    ],
)
def test_what_only_onnx_runtime_runs_is_refused_in_one_line_and_auto_goes_without(
    tmp_path: Path, kind: str, form: dict[str, Any]
) -> None:
    manifest = alone(KINDS[kind].write(tmp_path / "m.onnx", **form), CLASSES)
    with pytest.raises(ModelError, match=r"m\.onnx: OpenVINO: expected one input") as caught:
        Detector(manifest, runtime=Runtime("openvino"))
    assert "\n" not in str(caught.value)
    assert Runtime("openvino") in candidates(manifest)
    assert choose(manifest, folder=tmp_path / "cache").runtime == DEFAULT


@pytest.mark.parametrize("name", INSTALLED)
def test_a_model_that_gives_no_numbers_is_refused_at_load(tmp_path: Path, name: str) -> None:
    rows = np.full((1, 10, 6), np.nan, np.float32)
    manifest = alone(samples_onnx.detector(tmp_path / "m.onnx", rows), CLASSES)
    with pytest.raises(ModelError, match=r"m\.onnx: expected finite numbers"):
        Detector(manifest, runtime=Runtime(name))
