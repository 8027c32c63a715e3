"""What clothes look like in general, from the file that `models.training.clothing` writes."""

import io
import zipfile
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.manifest import Manifest, ModelError
from vision.clothing import CommonClothes, Features

ARRAYS = ("mean", "spread", "whitening", "looks", "same", "reach")


@dataclass(frozen=True, slots=True)
class Scale:
    """Mean and spread of each clothing feature over people in general, both (D,)."""

    mean: NDArray[np.float32]
    spread: NDArray[np.float32]

    def standardised(self, raw: NDArray[np.float32]) -> Features:
        """Features (N, D) with mean 0 and variance 1 over people in general."""
        return ((raw - self.mean) / self.spread).astype(np.float32)


def load_common_clothes(manifest: Manifest) -> tuple[Scale, CommonClothes]:
    """The manifest's first file of task ``common-clothes``; ModelError when it does not fit."""
    _, entry = manifest.of_task("common-clothes")
    content = manifest.verified_bytes(entry)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: np.asarray(file[name], np.float64) for name in ARRAYS}
        return Scale(arrays["mean"].astype(np.float32), arrays["spread"].astype(np.float32)), CommonClothes(
            arrays["whitening"],
            arrays["looks"].astype(np.float32),
            float(arrays["same"]),
            float(arrays["reach"]),
        )
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{manifest.folder / entry.file}: expected NumPy arrays {', '.join(ARRAYS)}: {error}"
        ) from error
