"""A hall's calibration file: what it changes, and when it is refused."""

from pathlib import Path

import pytest

from pipelines.hall.calibration import FittedBehaviour, HallCalibration, fits_of, with_fits
from pipelines.hall.document import DocumentError
from pipelines.hall.site import Site, SiteError
from pipelines.rules.events import ModelRef
from pipelines.run import make_plan
from tests.conftest import moving, write_video
from tests.stub_eyes import StubEyes
from vision.calibration import Calibration, HallFit

PHONE = FittedBehaviour(slope=0.8, intercept=-0.5, confirmed=20, rejected=30)


def site_of(folder: Path, calibration: str | None) -> Site:
    write_video(folder / "east.mp4", moving(3))
    return Site.model_validate(
        {
            "hall": "Test",
            "timezone": "Asia/Shanghai",
            "cameras": [{"id": "east", "url": "east.mp4"}],
            "posts": [{"id": "w01", "camera": "east", "staff_zone": [[0, 0], [1, 0], [1, 1]]}],
            "placards": {"read": False},
            "calibration": calibration,
        }
    )


def test_what_a_run_of_the_site_knows(tmp_path: Path) -> None:
    eyes = StubEyes()
    made = HallCalibration(
        model=eyes.model.name, sha256=("f" * 64, eyes.model.sha256), behaviours={"phone": PHONE}
    )
    (tmp_path / "mine.yaml").write_text(made.document(), encoding="utf-8")
    assert make_plan(site_of(tmp_path, "mine.yaml"), eyes, folder=tmp_path).fits == {
        "phone": HallFit(0.8, -0.5)
    }
    assert make_plan(site_of(tmp_path, None), eyes, folder=tmp_path).fits == {}


def test_a_fit_changes_what_a_probability_says_and_nothing_else() -> None:
    shipped = Calibration(1.0, 0.0, 0.2)
    learnt = with_fits({"phone": shipped, "eating": shipped}, {"phone": HallFit(0.5, -1.0)})
    assert learnt["eating"] == shipped
    assert learnt["phone"].probability(0.7) == shipped.probability(0.7)
    assert learnt["phone"].log_likelihood_ratio(0.5) == shipped.log_likelihood_ratio(0.5) - 1.0
    assert learnt["phone"].log_likelihood_ratio(0.9) < shipped.log_likelihood_ratio(0.9) - 1.0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("model: x\nsha256: [00]\nbehaviours: {}\n", "mine.yaml:2: sha256.0"),
        (f"model: x\nsha256: ['{'0' * 64}']\nbehaviours: {{}}\nmore: 1\n", "mine.yaml:4"),
        (
            f"model: x\nsha256: ['{'0' * 64}']\nbehaviours:\n"
            "  phone: {slope: -1, intercept: 0, confirmed: 1, rejected: 1}\n",
            "mine.yaml:4: behaviours.phone.slope",
        ),
        (
            f"model: x\nsha256: ['{'0' * 64}']\nbehaviours:\n"
            "  waving: {slope: 1, intercept: 0, confirmed: 1, rejected: 1}\n",
            "got 'waving'",
        ),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError, match=told):
        fits_of(site_of(tmp_path, "mine.yaml"), tmp_path, ModelRef(name="x", sha256="0" * 64))


def test_a_file_of_another_model_is_refused(tmp_path: Path) -> None:
    made = HallCalibration(model="other", sha256=("1" * 64,), behaviours={})
    (tmp_path / "mine.yaml").write_text(made.document(), encoding="utf-8")
    with pytest.raises(SiteError, match="run `conduct calibrate` again"):
        fits_of(site_of(tmp_path, "mine.yaml"), tmp_path, ModelRef(name="x", sha256="0" * 64))
