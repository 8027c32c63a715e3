"""The site file on the disk: nobody's work is lost, and half a file is never there."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from samples_sitefile import TEXT, file_in, site

from pipelines.hall.site import SiteError, load_site
from service.sitefile.draft import written
from service.sitefile.file import NO_FILE, SiteChangedError, SiteFile, SiteFileError

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
NEW = written(site())


def tell_nobody(_new: str, _backup: str) -> None:
    pass


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_file_before_stays_beside_the_new_one(tmp_path: Path) -> None:
    file = SiteFile(file_in(tmp_path), served=True)
    file.path.chmod(0o640)
    before = file.read()
    told: list[tuple[str, str]] = []
    new = file.save(NEW, before.hash, NOW, lambda *said: told.append(said))
    assert load_site(file.path).hall == "测试大厅"
    assert file.path.read_text(encoding="utf-8") == NEW
    assert names(tmp_path) == ["site.yaml", "site.yaml.20260105T010000Z.bak"]
    kept = tmp_path / "site.yaml.20260105T010000Z.bak"
    assert kept.read_text(encoding="utf-8") == TEXT
    assert [path.stat().st_mode & 0o777 for path in (file.path, kept)] == [0o640, 0o640]
    assert told == [(new, kept.name)]
    assert (file.read().hash, file.needs_restart(new), file.needs_restart(before.hash)) == (new, True, False)


def test_two_saves_in_one_second_keep_two_files(tmp_path: Path) -> None:
    file = SiteFile(file_in(tmp_path), served=True)
    first = file.save(NEW, file.read().hash, NOW, tell_nobody)
    file.save(NEW + "# more\n", first, NOW, tell_nobody)
    assert [(tmp_path / name).read_text(encoding="utf-8") for name in names(tmp_path)] == [
        *(NEW + "# more\n", NEW, TEXT),
    ]


def test_a_file_that_somebody_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    file = SiteFile(file_in(tmp_path), served=True)
    expected = file.read().hash
    file_in(tmp_path, TEXT + "# mine\n")
    with pytest.raises(SiteChangedError):
        file.save(NEW, expected, NOW, tell_nobody)
    assert file.path.read_text(encoding="utf-8") == TEXT + "# mine\n"
    assert names(tmp_path) == ["site.yaml"]


def test_a_file_changed_at_the_last_moment_is_left_alone(tmp_path: Path) -> None:
    file = SiteFile(file_in(tmp_path), served=True)

    def meanwhile(*_: str) -> None:
        file_in(tmp_path, TEXT + "# mine\n")

    with pytest.raises(SiteChangedError):
        file.save(NEW, file.read().hash, NOW, meanwhile)
    assert file.path.read_text(encoding="utf-8") == TEXT + "# mine\n"
    assert ".site.yaml.new" not in names(tmp_path)


def test_where_nobody_can_be_told_nothing_is_saved(tmp_path: Path) -> None:
    file = SiteFile(file_in(tmp_path), served=True)

    def away(*_: str) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        file.save(NEW, file.read().hash, NOW, away)
    assert file.path.read_text(encoding="utf-8") == TEXT


def test_the_first_file_is_made_with_its_folder_for_its_owner_alone(tmp_path: Path) -> None:
    file = SiteFile(tmp_path / "data" / "site.yaml", served=False)
    assert (file.read().site, file.read().hash) == ({}, NO_FILE)
    new = file.save(NEW, NO_FILE, NOW, tell_nobody)
    assert names(tmp_path / "data") == ["site.yaml"]
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert file.needs_restart(new)
    with pytest.raises(SiteChangedError):
        file.save(NEW, NO_FILE, NOW, tell_nobody)


def test_a_text_that_does_not_load_is_never_the_site_file(tmp_path: Path) -> None:
    file = SiteFile(file_in(tmp_path), served=True)
    with pytest.raises(SiteError):
        file.save("hall: x\n", file.read().hash, NOW, tell_nobody)
    assert file.path.read_text(encoding="utf-8") == TEXT
    assert ".site.yaml.new" not in names(tmp_path)


def test_what_a_killed_save_left_does_not_stop_the_next(tmp_path: Path) -> None:
    file = SiteFile(file_in(tmp_path), served=True)
    (tmp_path / ".site.yaml.new").write_text("half")
    file.save(NEW, file.read().hash, NOW, tell_nobody)
    assert file.path.read_text(encoding="utf-8") == NEW


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    file = SiteFile(file_in(tmp_path), served=True)
    expected = file.read().hash
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(SiteFileError, match=r"site.yaml: it cannot be written"):
            file.save(NEW, expected, NOW, tell_nobody)
    finally:
        tmp_path.chmod(0o700)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real = file_in(tmp_path / "real")
    link = tmp_path / "site.yaml"
    link.symlink_to(real)
    file = SiteFile(link, served=True)
    file.save(NEW, file.read().hash, NOW, tell_nobody)
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == NEW
