"""`common_clothes.npz`: how features vary among people, and people to stand against a uniform.

Only the pictures of one set are used (LICENSED), of the train split; the outlier's limit is set on the
calibrate split. Looks at one person are made from one picture: other light, colour cast, distance,
compression, an edge of the body hidden. Nothing rendered is used, so that rendered outfits stay unseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.manifest import Manifest
from models.person import Dressed, Postures, TorsoFeatures, cut_torso, torso, torso_of
from models.relit import Light, relit
from vision.clothing import nearest, within_person_distance

from ..data import Image
from ..posture.people import Someone, read_people

FILE = "common_clothes.npz"
LICENSED = "cigarette"
"""The set whose people are used: CC BY 4.0."""
PEOPLE, LOOKS_EACH, COUNTER_EXAMPLES = 800, 6, 200
LEAST_WIDTH = 60
COLOURS, COLOUR_WEIGHT = 120, 2.0
"""How many features the histograms give, and what each weighs. Dividing out the whole scatter within people
instead was better on the demo's clips and clearly worse on rendered outfits (card)."""
OTHER_CAMERAS_LIGHT = (Light(0.65, 0.7, (0.9, 0.9, 0.9), 0.6), Light(1.5, 1.3, (1.1, 1.1, 1.1), 1.2))
WITHIN_REACH = 0.98
"""Share of unseen people whose clothes lie within reach of the counter-examples."""

Rows = NDArray[np.float32]


def make(people: Path, out: Path) -> dict[str, float]:
    """Write the file; returns its `same` and `reach`, and how many people went in."""
    manifest = Manifest.load()
    network, postures = TorsoFeatures(manifest), Postures(manifest)
    random = np.random.default_rng(1)
    someones = [one for one in read_people(people, "train") if _fits(one)]
    chosen = [someones[i] for i in random.permutation(len(someones))[:PEOPLE]]
    torsos, person = [], []
    for i, one in enumerate(chosen):
        for cut in _looks(people, one, postures, random):
            torsos.append(cut)
            person.append(i)
    raw = _features(network, torsos)
    mean, spread = raw.mean(axis=0), raw.std(axis=0) + 1e-3
    whitening = weights(raw.shape[1])
    same = within_person_distance((raw - mean) / spread @ whitening, np.array(person, np.intp))
    bystanders = (
        _features(network, list(_plain(people, chosen[:COUNTER_EXAMPLES], postures))) - mean
    ) / spread
    unseen = [one for one in read_people(people, "calibrate") if _fits(one)]
    others = (_features(network, list(_plain(people, unseen, postures))) - mean) / spread
    reach = float(np.quantile(nearest(others, bystanders), WITHIN_REACH))
    out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        out / FILE,
        mean=mean.astype(np.float32),
        spread=spread.astype(np.float32),
        whitening=whitening.astype(np.float32),
        looks=bystanders.astype(np.float16),
        same=np.float64(same),
        reach=np.float64(reach),
    )
    return {"people": len(chosen), "counter_examples": len(bystanders), "same": same, "reach": reach}


def weights(size: int) -> NDArray[np.float64]:
    """The diagonal (D, D) that weighs the colours, which stand last, against the network's features."""
    weight = np.ones(size)
    weight[-COLOURS:] = COLOUR_WEIGHT
    return np.diag(weight / np.linalg.norm(weight))


def _features(network: TorsoFeatures, torsos: list[Image]) -> Rows:
    return np.concatenate([network.of(torsos[i : i + 16]) for i in range(0, len(torsos), 16)])


def _fits(one: Someone) -> bool:
    return one.source == LICENSED and one.box[2] - one.box[0] >= LEAST_WIDTH


def _picture(people: Path, one: Someone) -> Image:
    return np.asarray(cv2.imread(str(people / one.image)), np.uint8)


def _plain(people: Path, someones: list[Someone], postures: Postures) -> Iterator[Image]:
    for one in someones:
        cut = torso_of(_dressed(people, one, postures))
        if cut is not None:
            yield cut


def _dressed(people: Path, one: Someone, postures: Postures) -> Dressed:
    picture, box = _picture(people, one), np.array(one.box, np.float32)
    return picture, box, postures.look([(picture, box)])[0]


def _looks(people: Path, one: Someone, postures: Postures, random: np.random.Generator) -> list[Image]:
    """Several looks at one person, none when too little of the clothes shows."""
    picture, box, posture = _dressed(people, one, postures)
    x1, y1, x2, y2 = torso(box, posture)
    size = np.array([x2 - x1, y2 - y1] * 2)
    cuts = []
    for corners in np.array([x1, y1, x2, y2]) + size * random.normal(0, 0.05, (LOOKS_EACH, 4)):
        left, top, right, bottom = (round(float(v)) for v in corners)
        cuts.append(cut_torso(picture, (left, top, right, bottom)))
    seen = [seen_by_camera(cut, random) for cut in cuts if cut is not None]
    return seen if len(seen) > 1 else []


def seen_by_camera(cut: Image, random: np.random.Generator) -> Image:
    """The same torso (BGR) as another camera at another hour would show it."""
    turned = np.asarray(cv2.flip(cut, 1), np.uint8) if random.random() < 0.5 else cut
    picture = relit(turned, Light.drawn(random, *OTHER_CAMERAS_LIGHT))
    high = int(random.uniform(40, 110))
    wide = max(int(high * picture.shape[1] / picture.shape[0]), 16)
    small = cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), random.uniform(0.2, 0.9))
    noisy = small + random.normal(0, random.uniform(1, 8), small.shape)
    hidden = _partly_hidden(np.clip(noisy, 0, 255).astype(np.uint8), random)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.uniform(35, 90))]
    packed = cv2.imencode(".jpg", hidden, quality)[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


def _partly_hidden(picture: Image, random: np.random.Generator) -> Image:
    """Half of the time something of one colour hides a third at most: below, left or right."""
    if random.random() < 0.5:
        return picture
    high, wide = picture.shape[:2]
    colour, share = random.integers(0, 256, 3), random.uniform(0, 0.33)
    side = random.integers(3)
    if side == 0:
        picture[int(high * (1 - share)) :] = colour
    elif side == 1:
        picture[:, : int(wide * share)] = colour
    else:
        picture[:, int(wide * (1 - share)) :] = colour
    return picture
