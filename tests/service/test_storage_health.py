"""/api/health and /readyz while the bucket is in trouble or the disk is too full."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from samples_s3 import KEY_ID, SECRET
from samples_service import Client
from sqlalchemy.exc import OperationalError

from service.api.context import Context
from service.bootstrap import build_app
from service.evidence.mover import BucketState
from service.evidence.sweeper import DiskState
from service.settings import Settings


@pytest.fixture
def bucketed(tmp_path: Path) -> Iterator[Client]:
    """A service with a bucket that nothing asks."""
    named = {"evidence_url": "s3://hall", "evidence_key_id": KEY_ID, "evidence_secret": SECRET}
    made = Client(build_app(Settings.model_validate({"data_dir": tmp_path / "data", **named})))
    yield made
    made.store.close()


WELL, ROOM, FULL = BucketState(0, 0, None), DiskState(500, 100, 0), DiskState(40, 100, 60)


@pytest.mark.parametrize("store_away", [False, True])
@pytest.mark.parametrize(
    ("bucket", "disk", "status"),
    [
        pytest.param(WELL, ROOM, "ok", id="all is well"),
        pytest.param(BucketState(7, 0, None), ROOM, "ok", id="files are on their way"),
        pytest.param(BucketState(7, 2, "away"), ROOM, "degraded", id="the bucket is away"),
        pytest.param(BucketState(7, 0, "refused"), ROOM, "degraded", id="the bucket refuses the keys"),
        pytest.param(WELL, FULL, "degraded", id="the disk is too full"),
        pytest.param(WELL, DiskState(40, 100, 0), "degraded", id="the disk is too full, clips may go"),
        pytest.param(WELL, None, "ok", id="the disk has not been looked at yet"),
    ],
)
def test_what_the_health_says(
    bucketed: Client,
    bucket: BucketState,
    disk: DiskState | None,
    status: str,
    store_away: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context: Context = bucketed.app.state.context
    assert context.mover is not None
    context.mover.state, context.sweeper.disk = bucket, disk
    if store_away:
        monkeypatch.setattr(bucketed.store, "ping", away)
    answer = bucketed.get("/api/health")
    found = answer.json()
    assert answer.status_code == (503 if store_away else 200)
    assert found["status"] == ("degraded" if store_away else status)
    assert found["bucket"] == {"trouble": bucket.trouble, "waiting_files": bucket.waiting}
    assert found["disk"] == (
        None
        if disk is None
        else {"free_bytes": disk.free, "floor_bytes": disk.floor, "short_bytes": disk.short}
    )
    # Nobody would be helped by a service that is started again, or gets no requests, for want of a bucket.
    assert bucketed.get("/readyz").status_code == (503 if store_away else 200)


def away() -> None:
    raise OperationalError("SELECT 1", {}, Exception())


def test_without_a_bucket_there_is_nothing_to_say_of_it(client: Client) -> None:
    assert client.get("/api/health").json()["bucket"] is None
