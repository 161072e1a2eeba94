import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tools import require_root
from wheelyard.model.errors import InvalidInput, Unreachable
from wheelyard.model.names import parse_project_name
from wheelyard.yard.errors import NotAYard, YardMissing, YardUnwritable
from wheelyard.yard.files import add_file
from wheelyard.yard.lock import YardLocked
from wheelyard.yard.pages import publish_projects
from wheelyard.yard.yard import Yard, YardWriter, open_yard
from yard.arrivals import wheel_arrival

HOLD_THE_LOCK = """
import sys
from pathlib import Path
from wheelyard.yard.yard import open_yard
with open_yard(Path(sys.argv[1]), create=True) as yard, yard.exclusive():
    print("held", flush=True)
    sys.stdin.read()
"""

# Ends itself as `kill -9` does at an event of Python's (`sys.addaudithook`) that is about a thing.
BE_KILLED = """
import os, signal, sys
from pathlib import Path
from wheelyard.yard.yard import open_yard
def watch(event, arguments):
    if event == sys.argv[2] and sys.argv[3] in str(arguments):
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
open_yard(Path(sys.argv[1]), create=True)
"""


def test_a_missing_yard_is_made_only_when_asked_for(root: Path) -> None:
    with pytest.raises(YardMissing) as caught:
        open_yard(root, create=False)
    assert isinstance(caught.value, Unreachable)
    assert "wheelyard mirror" in (caught.value.hint or "")
    assert not root.exists()
    open_yard(root, create=True).close()
    open_yard(root, create=False).close()


def test_a_new_yard_is_a_static_site_and_a_state(root: Path) -> None:
    open_yard(root, create=True).close()
    assert sorted(path.name for path in root.iterdir()) == ["state", "web"]
    assert sorted(path.name for path in (root / "web").iterdir()) == ["packages", "simple"]


@pytest.mark.parametrize(
    ("event", "about"),
    [("sqlite3.connect/handle", "Connection"), ("os.rename", "catalog.sqlite")],
)
def test_a_yard_whose_making_was_killed_is_made(root: Path, event: str, about: str) -> None:
    done = subprocess.run([sys.executable, "-c", BE_KILLED, root, event, about], check=False)
    assert done.returncode == -signal.SIGKILL
    with pytest.raises(YardMissing):
        open_yard(root, create=False)
    with open_yard(root, create=True) as yard, yard.exclusive() as writer:
        assert list(writer.inventory()) == []


@pytest.mark.parametrize("create", [True, False])
def test_a_folder_with_other_things_in_it_is_left_alone(root: Path, create: bool) -> None:
    root.mkdir()
    (root / "thesis.txt").write_text("precious")
    with pytest.raises(NotAYard, match="thesis") as caught:
        open_yard(root, create=create)
    assert isinstance(caught.value, InvalidInput)
    assert [path.name for path in root.iterdir()] == ["thesis.txt"]


def test_a_file_is_no_yard(root: Path) -> None:
    root.write_text("")
    with pytest.raises(NotAYard, match="no folder"):
        open_yard(root, create=True)


def test_another_tools_mirror_is_not_written_into(root: Path) -> None:
    page = root / "web" / "simple" / "tinylib" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<!DOCTYPE html>")
    with pytest.raises(NotAYard) as caught:
        open_yard(root, create=True)
    assert "an empty folder" in (caught.value.hint or "")


def test_the_root_folder_of_a_new_disk_can_become_a_yard(root: Path) -> None:
    (root / "lost+found").mkdir(parents=True)
    open_yard(root, create=True).close()


def test_folders_that_a_killed_run_left_can_become_a_yard(root: Path) -> None:
    (root / "web" / "simple").mkdir(parents=True)
    (root / "state").mkdir()
    open_yard(root, create=True).close()


def test_a_place_that_cannot_be_written_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(YardUnwritable) as caught:
        open_yard(Path("/proc/wheelyard"), create=True)
    assert str(caught.value).startswith("`/proc/")
    assert "no such file or directory" in str(caught.value)


def test_a_second_process_is_told_who_holds_the_lock(root: Path) -> None:
    with _holding_process(root) as holder, open_yard(root, create=True) as yard:
        with pytest.raises(YardLocked) as caught, yard.exclusive():
            pass
        known = caught.value.holder
        assert known is not None
        assert (known.pid, known.host) == (holder.pid, os.uname().nodename)
        assert f"process {holder.pid}" in str(caught.value)
        assert isinstance(caught.value, Unreachable)
        holder.communicate("")
        with yard.exclusive():
            pass


def test_the_lock_of_a_killed_process_is_free(root: Path) -> None:
    with _holding_process(root) as holder, open_yard(root, create=True) as yard:
        holder.kill()
        holder.wait()
        with yard.exclusive():
            assert (root / "state" / "lock").exists()


def test_the_lock_is_free_after_an_error(root: Path) -> None:
    with open_yard(root, create=True) as yard:
        with pytest.raises(RuntimeError), yard.exclusive():
            raise RuntimeError
        with yard.exclusive():
            pass


def test_staged_files_of_a_killed_run_are_gone_and_its_downloads_stay(root: Path) -> None:
    with open_yard(root, create=True) as yard:
        staged, partial = yard.layout.staging / "page", yard.layout.partials / "download"
        staged.write_text("half")
        partial.write_text("half")
        with yard.exclusive():
            assert not staged.exists()
            assert partial.exists()


def test_readers_see_each_step_while_a_run_writes(yard: YardWriter, root: Path) -> None:
    with open_yard(root, create=False) as reader:
        for count in range(1, 4):
            add_file(yard, wheel_arrival(yard.layout, "tinylib", f"{count}.0"))
            assert len(reader.inventory()) == count


def test_a_yard_on_a_read_only_disk_can_be_read(root: Path, tmp_path: Path) -> None:
    require_root()
    other = tmp_path / "read-only"
    other.mkdir()
    with open_yard(root, create=True) as yard, yard.exclusive() as writer:
        add_file(writer, wheel_arrival(writer.layout, "tinylib", "1.0"))
    for left in (root / "state").glob("catalog.sqlite-*"):
        left.unlink()
    subprocess.run(["mount", "--bind", root, other], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", other], check=True)
        with open_yard(other, create=False) as reader:
            assert len(reader.inventory()) == 1
            _add_from_elsewhere(root)
            assert len(reader.inventory()) == 2
            with pytest.raises(YardUnwritable, match="read-only"), reader.exclusive():
                pass
    finally:
        subprocess.run(["umount", other], check=True)


def test_a_yard_can_be_moved(root: Path, tmp_path: Path) -> None:
    with open_yard(root, create=True) as yard, yard.exclusive() as writer:
        held = add_file(writer, wheel_arrival(writer.layout, "tinylib", "1.0"))
        publish_projects(writer, [parse_project_name("tinylib")])
    names = [path.read_bytes() for path in root.rglob("*") if path.is_file()]
    assert not any(str(root).encode() in content for content in names)
    moved = root.rename(tmp_path / "elsewhere")
    with open_yard(moved, create=False) as yard, yard.exclusive() as writer:
        assert list(writer.inventory()) == [held]
        assert publish_projects(writer, [parse_project_name("tinylib")]) == ()


def _add_from_elsewhere(root: Path) -> None:
    with open_yard(root, create=False) as yard, yard.exclusive() as writer:
        add_file(writer, wheel_arrival(writer.layout, "tinylib", "2.0"))


def _holding_process(root: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_LOCK, root],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_an_open_yard_is_for_reading(root: Path) -> None:
    with open_yard(root, create=True) as yard:
        assert isinstance(yard, Yard)
        assert not isinstance(yard, YardWriter)
        with pytest.raises(YardUnwritable, match="readonly"), yard.catalog.transaction() as change:
            change.execute("DELETE FROM files")
