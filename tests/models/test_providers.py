"""Every provider that is installed runs the packaged detector, and they agree.

Slow where the real models run.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

from models import providers
from models.choice import candidates
from models.detector import Crop, Detector
from models.manifest import Manifest, ModelError
from models.providers import RefusedError
from models.session import DEFAULT, Runtime
from tests.conftest import Pixels, read_frames
from vision.detections import Detections
from vision.geometry import iou

REGIONS = [(0, 0, 640, 360), (340, 90, 530, 290), (20, 60, 220, 330), (200, 100, 420, 320)]
SURE = 0.5
INSTALLED = [name for name, _ in providers.installed()]


@pytest.fixture(scope="module")
def crops(example: Path) -> list[Crop]:
    frames: list[Pixels] = read_frames(example)
    return [Crop(frames[i], region) for i in (0, 20, 60) for region in REGIONS]


@pytest.fixture(scope="module")
def detectors() -> dict[Runtime, Detector]:
    manifest = Manifest.load()
    return {runtime: Detector(manifest, runtime=runtime) for runtime in candidates(manifest)}


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
@pytest.mark.parametrize("name", INSTALLED)
def test_int8_sees_what_float_is_sure_of_and_nothing_more(
    detectors: dict[Runtime, Detector], crops: list[Crop], name: str
) -> None:
    if Runtime(name, int8=True) not in detectors:
        pytest.skip("the manifest has no INT8 file")
    wanted, found = (detectors[runtime].detect(crops) for runtime in (DEFAULT, Runtime(name, int8=True)))
    sure = sum(int((one.scores >= SURE).sum()) for one in wanted)
    assert sure >= 20
    lost = [
        text for one, other in zip(wanted, found, strict=True) for text in _unmatched(one, other, 0.8, 0.2)
    ]
    more = [
        text for one, other in zip(wanted, found, strict=True) for text in _unmatched(other, one, 0.8, 0.2)
    ]
    assert lost == []
    assert more == []


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
        assert detector.raw(np.zeros((3, 3, 224, 320), np.float32)).shape[0] == 3
        expected = entry.int8 if runtime.int8 and entry.int8 else entry
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
