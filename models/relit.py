"""A picture of clothes as another hour of the day would show it: other light, another colour cast."""

from dataclasses import dataclass

import cv2
import numpy as np

from vision.frame import Image

MOST_CUT = 0.12
"""Most that is cut off at each side, as a share of the torso's width or height."""


@dataclass(frozen=True, slots=True)
class Light:
    """``gamma`` and ``gain`` of the brightness, ``cast`` of blue, green and red, ``saturation``: 1 leaves all
    as it is."""

    gamma: float
    gain: float
    cast: tuple[float, float, float]
    saturation: float

    @classmethod
    def drawn(cls, random: np.random.Generator, least: "Light", most: "Light") -> "Light":
        """One between two others, each of its numbers by itself."""
        gamma, gain = random.uniform(least.gamma, most.gamma), random.uniform(least.gain, most.gain)
        blue, green, red = random.uniform(least.cast, most.cast)
        return cls(gamma, gain, (blue, green, red), random.uniform(least.saturation, most.saturation))


OTHER_HOURS_LIGHT = (Light(0.75, 0.85, (0.94, 0.94, 0.94), 0.8), Light(1.33, 1.15, (1.06, 1.06, 1.06), 1.15))
"""Between which lights one camera's day lies."""


def relit(picture: Image, light: Light) -> Image:
    """A BGR picture of any size in other light."""
    factors = light.gain * np.array(light.cast, np.float32)
    bright = (picture.astype(np.float32) / 255) ** light.gamma * factors
    grey = bright.mean(axis=2, keepdims=True)
    coloured = grey + (bright - grey) * light.saturation
    return np.asarray(np.clip(coloured, 0, 1) * 255, np.uint8)


def at_another_hour(torso: Image, random: np.random.Generator) -> Image:
    """A torso, BGR, as another look at the same person may show it: other light, mirrored, a part cut off."""
    light = Light.drawn(random, *OTHER_HOURS_LIGHT)
    height, width = torso.shape[:2]
    top, bottom, left, right = random.uniform(0, MOST_CUT, 4) * (height, height, width, width)
    part = torso[int(top) : height - int(bottom), int(left) : width - int(right)]
    seen = relit(part, light)
    return np.asarray(cv2.flip(seen, 1), np.uint8) if random.random() < 0.5 else seen
