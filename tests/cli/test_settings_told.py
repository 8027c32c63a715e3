"""A wrong setting is told in one line, by the variable's name and what it should be."""

import os
import signal
import subprocess
import sys
import time

import pytest
from test_bad_input import one_error, run


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("ALERT_NETWORKS", '["300.0.0.0/8"]', "CONDUCT_ALERT_NETWORKS: expected"),
        ("ALERT_NETWORKS", "10.0.0.0/8", "CONDUCT_ALERT_NETWORKS: expected JSON: Networks inside which"),
        ("CLEAR_ROLES", "admin", "CONDUCT_CLEAR_ROLES: expected JSON: Who sees bystanders in the clear"),
        ("CLEAR_ROLES", '["boss"]', "CONDUCT_CLEAR_ROLES: expected "),
        ("ALLOWED_HOSTS", "x", "CONDUCT_ALLOWED_HOSTS: expected JSON: Further host names"),
        ("EVIDENCE_URL", "ftp://me:s3cret@x", "CONDUCT_EVIDENCE_URL: expected: Bucket of an S3-compatible"),
        ("BASE_URL", "javascript:x", "CONDUCT_BASE_URL: expected: Address of the page in messages"),
        ("KEEP_REJECTED_DAYS", "1000000", "CONDUCT_KEEP_REJECTED_DAYS: expected "),
        ("MIN_FREE_GB", "inf", "CONDUCT_MIN_FREE_GB: expected "),
    ],
)
def test_a_wrong_setting_is_told_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    value: str,
    told: str,
) -> None:
    monkeypatch.setenv(f"CONDUCT_{variable}", value)
    assert run(monkeypatch, "audit", "verify") == 2
    shown = one_error(capsys)
    assert told in shown
    assert "s3cret" not in shown


@pytest.mark.parametrize("after_s", [0.15, 0.5, 1.0])
def test_an_interrupt_while_it_begins_is_no_fault(after_s: float) -> None:
    words = "import sys; sys.argv = ['conduct', 'watch', '--site', 'none.yaml', '--out', 'x']; "
    begun = [
        sys.executable,
        "-c",
        words + "print('begun', flush=True); from service.start import main; main()",
    ]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(begun, env=os.environ, **pipes) as process:
        assert process.stdout.readline() == "begun\n"
        time.sleep(after_s)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode in (130, 2), told
    assert "Traceback" not in told
