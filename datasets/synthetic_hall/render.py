"""Cycles on the processor: engine set-up, and rendering one rectangle of the picture."""

from __future__ import annotations

from pathlib import Path

import bpy

Rect = tuple[int, int, int, int]


def set_up(width: int, height: int, samples: int, threads: int, exposure: float = 0.55) -> None:
    """Few samples, a denoiser, short light paths: enough for what a CCTV encoder will spoil anyway."""
    scene = bpy.context.scene
    render, cycles = scene.render, scene.cycles
    render.engine = "CYCLES"
    render.resolution_x, render.resolution_y, render.resolution_percentage = width, height, 100
    render.threads_mode, render.threads = "FIXED", threads
    render.use_persistent_data = True
    render.image_settings.file_format, render.image_settings.compression = "PNG", 15
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - Medium High Contrast"
    scene.view_settings.exposure = exposure
    cycles.device, cycles.seed = "CPU", 0
    cycles.samples, cycles.use_adaptive_sampling = samples, False
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.denoising_input_passes, cycles.denoising_prefilter = "RGB_ALBEDO_NORMAL", "FAST"
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 2, 1, 1
    cycles.use_fast_gi, cycles.fast_gi_method, cycles.ao_bounces_render = True, "REPLACE", 1
    scene.world.light_settings.distance = 3.0
    cycles.transmission_bounces, cycles.transparent_max_bounces = 1, 8
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect, cycles.use_light_tree = 3.0, False


def whole(path: Path) -> None:
    """Render the whole picture to a PNG file, sampled like its parts, or their edges would show."""
    bpy.context.scene.render.use_border = False
    _write(path)


def part(path: Path, rect: Rect) -> None:
    """Render the rectangle (x1, y1, x2, y2 in pixels, y down) to a PNG file of that size."""
    render = bpy.context.scene.render
    width, height = render.resolution_x, render.resolution_y
    x1, y1, x2, y2 = rect
    render.use_border = render.use_crop_to_border = True
    # Blender cuts to whole pixels: a quarter of a pixel more keeps 223.99 from becoming 223
    render.border_min_x, render.border_max_x = (x1 + 0.25) / width, (x2 + 0.25) / width
    render.border_min_y, render.border_max_y = (height - y2 + 0.25) / height, (height - y1 + 0.25) / height
    _write(path)


def _write(path: Path) -> None:
    unfinished = path.with_suffix(".tmp.png")
    bpy.context.scene.render.filepath = str(unfinished)
    bpy.ops.render.render(write_still=True)
    unfinished.replace(path)
