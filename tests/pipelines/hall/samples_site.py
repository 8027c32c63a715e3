"""Site files for the tests of `pipelines.hall.site`."""

from pathlib import Path

DESIGN = """\
hall: 福田区行政服务大厅
timezone: Asia/Shanghai
cameras:
  - {id: east, url: "rtsp://user:${EAST_PASSWORD}@camera-1.hall.example/main"}   # from the environment
posts:
  - id: w01
    name: 1号窗口 社会保障
    camera: east
    staff_zone:   [[0.10, 0.20], [0.45, 0.20], [0.45, 0.60], [0.10, 0.60]]   # fractions of width, height
    visitor_zone: [[0.05, 0.62], [0.50, 0.62], [0.50, 1.00], [0.05, 1.00]]
    staff: 1
schedule:
  shifts: [{days: mon-fri, from: "09:00", to: "12:00"}, {days: mon-fri, from: "14:00", to: "17:30"}]
rules:
  absent: {grace_s: 300}
  phone_use: {hold_s: 20, open_at: 0.9}
  eating: {hold_s: 15}
"""
"""The example of the design document."""
SMALL = """\
hall: Hall
timezone: Europe/Berlin
cameras:
  - {id: east, url: east.mp4}
posts:
  - id: w01
    camera: east
    staff_zone: [[0.1, 0.2], [0.4, 0.2], [0.4, 0.6]]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "hall.yaml"
    path.write_text(text, encoding="utf-8")
    return path
