"""A truth's absences are what can be seen: from the last moment in the zone to the first one back."""

from typing import Any

import pytest

from datasets.synthetic_hall.staffed import fit_absences

ZONE = (100.0, 100.0, 200.0, 200.0)
AT_POST = [120, 110, 180, 190]
HALF_OUT = [170, 110, 240, 190]
AWAY = [300, 110, 360, 190]


def truth(boxes: list[list[float] | None], start: float, end: float) -> dict[str, Any]:
    """Ten frames a second; one box or nobody in each; one absence by the timetable."""
    frames = [
        {
            "t": i / 10,
            "people": [{"role": "staff", "visible": 0.5, "box": box}] if box is not None else [],
        }
        for i, box in enumerate(boxes)
    ]
    interval = {"post": "w01", "rule": "absent", "start": start, "end": end}
    return {"fps": 10, "frames": frames, "intervals": [interval], "covered": [interval]}


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        pytest.param([AT_POST] * 10 + [None] * 40 + [AT_POST] * 10, [(1.0, 5.0)], id="gone at once"),
        pytest.param([AT_POST] * 20 + [AWAY] * 30 + [AT_POST] * 10, [(2.0, 5.0)], id="walks off slowly"),
        pytest.param([AT_POST] * 10 + [HALF_OUT] * 5 + [None] * 45, [(1.0, 6.0)], id="mostly out is away"),
        pytest.param([AT_POST] * 60, [], id="only rose from the chair"),
        pytest.param([AT_POST] * 45 + [None] * 5 + [AT_POST] * 10, [], id="shorter than allowed"),
    ],
)
def test_an_absence_is_fitted_to_what_is_seen(boxes: list[Any], expected: list[tuple[float, float]]) -> None:
    fitted = fit_absences(truth(boxes, 1.0, 6.0), {"w01": ZONE}, 1.0)
    assert [(i["start"], i["end"]) for i in fitted["intervals"]] == expected
    assert fitted["covered"] == fitted["intervals"]


def test_a_visitor_does_not_staff_a_post_and_other_rules_stay() -> None:
    given = truth([AT_POST] * 60, 1.0, 6.0)
    for frame in given["frames"]:
        frame["people"][0]["role"] = "visitor"
    given["intervals"].append({"post": "w01", "rule": "smoking", "start": 0.5, "end": 0.9})
    fitted = fit_absences(given, {"w01": ZONE}, 1.0)
    assert [(i["rule"], i["start"], i["end"]) for i in fitted["intervals"]] == [
        ("smoking", 0.5, 0.9),
        ("absent", 1.0, 6.0),
    ]
