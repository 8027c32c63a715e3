"""A pinhole camera: from metres in the room to pixels, without Blender. Right-handed room, z up."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from datasets.synthetic_hall.scenario import Camera

SENSOR_MM = 36.0
Floats = NDArray[np.float64]


def placement(camera: Camera) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Location (metres) and XYZ Euler angles (radians) as Blender wants them; no roll."""
    yaw = -math.atan2(camera.aim_x_m - camera.x_m, camera.distance_m)
    return (camera.x_m, -camera.distance_m, camera.height_m), (
        math.pi / 2 - math.radians(camera.tilt_deg),
        0.0,
        yaw,
    )


def rotation(camera: Camera) -> Floats:
    """3x3 matrix from room to camera axes (x right, y down, z ahead)."""
    _, (pitch, _, yaw) = placement(camera)
    turn_x = np.array(
        [[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]]
    )
    turn_z = np.array([[math.cos(yaw), -math.sin(yaw), 0], [math.sin(yaw), math.cos(yaw), 0], [0, 0, 1]])
    flip = np.diag([1.0, -1.0, -1.0])
    return np.asarray(flip @ (turn_z @ turn_x).T, dtype=np.float64)


def project(camera: Camera, width: int, height: int, points: Floats) -> tuple[Floats, Floats]:
    """Pixels (N, 2) of room points (N, 3) and their depth in metres (N,), negative behind the camera."""
    location, _ = placement(camera)
    seen = (np.asarray(points, dtype=np.float64) - np.array(location)) @ rotation(camera).T
    depth = seen[:, 2]
    safe = np.where(np.abs(depth) < 1e-6, 1e-6, depth)
    focal = camera.lens_mm / SENSOR_MM * width
    pixels = np.stack([seen[:, 0] / safe * focal + width / 2, seen[:, 1] / safe * focal + height / 2], axis=1)
    return pixels, depth
