"""How long from a verdict's key to the next playing picture, in a real Chromium. No test: it prints JSON.

    python tests/service/measure_next_clip.py [--clip FILE] [--events N] [--cold]

It serves N events that share one clip (the bundled one by default), logs a reviewer in, answers all by the
key 1 and takes the time until the browser has put the first frame of the next clip on the screen
(requestVideoFrameCallback). With --cold each answer is given before the next clip could be made ready.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from threading import Thread
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import av
from playwright.sync_api import sync_playwright
from samples_service import HALL, NINE, PASSWORD, POSTS, add_account
from test_browser import chromium

from pipelines.rules.events import RuleEvent
from service.bootstrap import build_app
from service.intake import StoreSink
from service.serving import listen, server_for
from service.settings import Settings

MEASURE = """(key) => new Promise((resolve) => {
  const before = location.hash;
  const start = performance.now();
  document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const look = () => {
    if (location.hash === before) return requestAnimationFrame(look);
    document.getElementById("video").requestVideoFrameCallback(() => resolve(performance.now() - start));
  };
  look();
})"""
HERE = "document.getElementById('video').readyState >= 2"
READY = f"{HERE} && document.getElementById('video-next').readyState >= 4"


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clip", type=Path, default=Path("datasets/demo/hall_day.mp4"))
    parser.add_argument("--events", type=int, default=32)
    parser.add_argument("--cold", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        times = measure(Path(folder), given.clip, given.events, given.cold)
    with av.open(str(given.clip)) as clip:
        video = clip.streams.video[0]
        size = f"{video.width}x{video.height} {video.codec_context.name}"
    figures = {
        "machine": platform.processor() or platform.machine(),
        "load": os.getloadavg()[0],
        "clip": f"{size}, {given.clip.stat().st_size / 1e6:.1f} MB",
        "cold": given.cold,
        "n": len(times),
        "median_ms": round(statistics.median(times)),
        "p95_ms": round(sorted(times)[int(0.95 * (len(times) - 1))]),
        "max_ms": round(max(times)),
    }
    print(json.dumps(figures, indent=2))  # noqa: T201 - that is what it is for


def measure(folder: Path, clip: Path, events: int, cold: bool) -> list[float]:
    """Milliseconds for each verdict but the last."""
    settings = Settings(data_dir=folder, port=0, login="required")
    with listen(settings) as listener:
        app = build_app(settings)
        server = server_for(app)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        store = app.state.context.store
        store.set_site(HALL, POSTS)
        add_account(store, "li.na", "reviewer")
        for number in range(events):
            StoreSink(store).event(_event(folder, clip, number))
        try:
            return _judge_all(f"http://127.0.0.1:{listener.getsockname()[1]}/", events, cold)
        finally:
            server.should_exit = True
            thread.join(30)
            store.close()


def _judge_all(address: str, events: int, cold: bool) -> list[float]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        page: Any = browser.new_page(viewport={"width": 1366, "height": 768})
        page.goto(f"{address}login?lang=en")
        page.fill("#name", "li.na")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("#list-open .item")
        times = []
        for _ in range(events - 2):  # for the last but one nothing more can be made ready
            while not page.evaluate(HERE if cold else READY):
                page.wait_for_timeout(20)
            times.append(page.evaluate(MEASURE, "1"))
            page.wait_for_timeout(0 if cold else 300)
        browser.close()
        return times


def _event(folder: Path, clip: Path, number: int) -> RuleEvent:
    event_id = f"{number:016x}"
    (folder / "clips").mkdir(exist_ok=True)
    shutil.copy(clip, folder / "clips" / f"{event_id}.mp4")
    return RuleEvent.model_validate(
        {
            "id": event_id,
            "rule": "phone_use",
            "clause": "B15",
            "post": "w01",
            "camera": "east",
            "start": NINE,
            "end": NINE,
            "state": "closed",
            "confidence": 0.9,
            "why": "",
            "clip": f"clips/{event_id}.mp4",
            "snapshot": None,
            "timeline": None,
            "model": {"name": "detector", "sha256": "ab" * 32},
            "rule_version": "1",
        }
    )


if __name__ == "__main__":
    main()
