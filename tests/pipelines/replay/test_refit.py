"""A calibration learns from verdicts, little from few, and refuses what makes no sense."""

import numpy as np
import pytest

from pipelines.replay.refit import FOLDS, ContraryError, Judged, fit, fitted, held_out


def judged(events: int, truth: tuple[float, float], seed: int = 1, looks: int = 4) -> Judged:
    """Events whose looks say p where it is so with ``sigmoid(slope * logit(p) + intercept)``."""
    dice = np.random.default_rng(seed)
    said = np.clip(dice.uniform(0.05, 0.95, events).repeat(looks), 0.05, 0.95)
    right = 1 / (1 + np.exp(-(truth[0] * np.log(said / (1 - said)) + truth[1])))
    happened = (dice.uniform(size=events).repeat(looks)) < right
    folds = np.arange(events).repeat(looks) % FOLDS
    return Judged(said, happened, np.full(len(said), 1 / looks), folds)


def test_many_verdicts_are_believed() -> None:
    found = fit(judged(20_000, (0.7, -0.8)))
    assert found.slope == pytest.approx(0.7, abs=0.05)
    assert found.intercept == pytest.approx(-0.8, abs=0.08)


def test_right_probabilities_stay_as_they_are() -> None:
    found = fit(judged(20_000, (1.0, 0.0)))
    assert found.slope == pytest.approx(1, abs=0.06)
    assert found.intercept == pytest.approx(0, abs=0.06)


def test_few_verdicts_change_little() -> None:
    few, many = fit(judged(6, (0.5, -2.0))), fit(judged(600, (0.5, -2.0)))
    assert abs(few.intercept) < abs(many.intercept)
    assert fit(judged(0, (1, 0))).intercept == 0


def test_an_event_counts_once_however_many_looks_it_has() -> None:
    short, long = judged(300, (0.7, -0.8), looks=1), judged(300, (0.7, -0.8), looks=9)
    assert fit(short) == fit(long)


def test_what_was_not_seen_is_better_told_after() -> None:
    before, after = held_out(judged(2000, (0.6, -1.5)))
    assert after.log_loss < before.log_loss - 0.1
    assert after.ece < before.ece / 2


def test_what_was_right_is_made_no_better() -> None:
    before, after = held_out(judged(400, (1.0, 0.0)))
    assert after.log_loss > before.log_loss - 0.005


def test_verdicts_against_all_scores_are_refused() -> None:
    with pytest.raises(ContraryError):
        fit(judged(5000, (-2.0, 0.0)))


def test_fitted_is_monotonous() -> None:
    said = np.linspace(0.01, 0.99, 50)
    assert (np.diff(fitted(said, fit(judged(500, (0.7, -0.8))))) > 0).all()
