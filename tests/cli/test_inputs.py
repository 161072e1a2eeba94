"""From the files that people have to groups: how they are told apart, joined, and refused."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.shell import Shell
from wheelyard.cli import _parse
from wheelyard.cli.environments import UnreadableEnvironment
from wheelyard.cli.groups import (
    NoProject,
    NothingFromIndex,
    SameNames,
    UncoveredTargets,
    UnhashedRequirements,
)
from wheelyard.cli.inputs import UnreadableInput
from wheelyard.cli.settings import Selection, Settings
from wheelyard.closure.formats import Format, Formats
from wheelyard.closure.groups import Group
from wheelyard.model.errors import InvalidInput
from wheelyard.model.requirements import InvalidRequirement
from wheelyard.wire.requirements_txt import InvalidRequirementsFile

SAMPLES = Path(__file__).parent.parent / "wire" / "samples"
A, B = "a" * 64, "b" * 64
Write = Callable[..., None]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Write:
    """Write files; their names are told as keywords with `__` for a folder and `_` for a dot."""

    def write_files(**files: str) -> None:
        for name, text in files.items():
            path = folder / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)

    return write_files


def selected(*arguments: str, **variables: str) -> Selection:
    return Settings(_parse(["plan", *arguments]), variables, lambda: Path("/nowhere")).selection()


def one(*arguments: str, **variables: str) -> Group:
    (group,) = selected(*arguments, **variables).groups
    return group


def texts(group: Group) -> list[str]:
    return [str(item) for item in group.requirements]


def test_files_are_read_relative_to_each_other(write: Write) -> None:
    write(
        r_txt="a\n-r sub/base.txt\n-c c.txt\n--pre\n--no-binary x",
        sub__base_txt="b==${V}\n-r more.in\n",
        sub__more_in="a\n# the same again\n--only-binary x",
        c_txt="b<9\n",
        o_txt="c==1\n",
    )
    group = one("-r", "r.txt", "d", "--override", "o.txt", "--no-binary", ":all:", V="2")
    assert group.name == "default"
    assert texts(group) == ["d", "a", "b==2"]
    assert [str(item) for item in group.constraints] == ["b<9"]
    assert [str(item) for item in group.overrides] == ["c==1"]
    assert group.prereleases
    assert group.formats == Formats().wishing(Format.NO_BINARY, ":all:")
    assert str(group.policy) == "lock+edges"


def test_index_options_are_told_and_not_obeyed(write: Write) -> None:
    write(r_txt="a\n--index-url https://u:secret@x.example/simple\n")
    (note,) = selected("-r", "r.txt").notes
    assert note == (
        "`--index-url https://x.example/simple` (r.txt, line 2) is passed over; "
        "name the index with `--upstream`, "
        "and leave the line out where people install: pip obeys it"
    )


def test_hashes_are_those_of_each_project_and_ask_for_no_more_than_the_lock(write: Write) -> None:
    write(
        r_txt=f"a==1; os_name=='nt' --hash=sha256:{A}\na==2 --hash=sha256:{B}\nb\n-c c.txt",
        c_txt=f"b==3 --hash=sha256:{B}",
    )
    group = one("-r", "r.txt")
    assert group.digests == {"a": {f"sha256:{A}", f"sha256:{B}"}, "b": {f"sha256:{B}"}}
    assert str(group.policy) == "lock"
    assert str(one("-r", "r.txt", "--policy", "keep-2").policy) == "keep-2"


def test_a_hash_wants_every_requirement_pinned_and_hashed(write: Write) -> None:
    write(r_txt=f"a==1 --hash=sha256:{A}\nb>=1 --hash=sha256:{A}\nc==1\nd==1.*\n")
    with pytest.raises(UnhashedRequirements) as caught:
        selected("-r", "r.txt")
    assert [fault.partition(" is ")[0].partition(" has ")[0] for fault in caught.value.faults] == [
        "`b>=1` (r.txt, line 2)",
        "`c==1` (r.txt, line 3)",
        "`d==1.*` (r.txt, line 4)",
    ]


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock", "Pipfile.lock", "pylock.toml"])
def test_a_lock_alone_is_mirrored_exactly_for_everything(folder: Path, name: str) -> None:
    shutil.copy(SAMPLES / name, folder)
    group = one("-r", name)
    assert (group.name, group.requirements, str(group.policy)) == ("default", (), "lock")
    assert group.lock is not None
    assert group.every_target
    assert len(group.targets) == 1
    assert not one("-r", name, "--target", "cp312-win_amd64").every_target


def test_a_lock_beside_others_is_a_group_of_its_own(folder: Path, write: Write) -> None:
    (folder / "sub").mkdir()
    for place in (folder, folder / "sub"):
        shutil.copy(SAMPLES / "uv.lock", place)

    def names(*arguments: str) -> list[str]:
        return [group.name for group in selected(*arguments).groups]

    assert names("a", "-r", "uv.lock") == ["default", "default-uv.lock"]
    assert names("-r", "uv.lock", "-r", "sub/uv.lock") == [
        "default-uv.lock",
        "default-sub-uv.lock",
    ]
    write(wheelyard_toml='[[group]]\nname = "x"\nfiles = ["sub/uv.lock"]\n')
    assert names() == ["x"]
    with pytest.raises(SameNames):
        names("-r", "uv.lock", "-r", "./uv.lock")


def test_targets_that_a_lock_does_not_cover_are_told_and_left_out(folder: Path) -> None:
    shutil.copy(SAMPLES / "uv.lock", folder)
    found = selected(
        *["-r", "uv.lock", "--python", "3.10", "--python", "3.12", "--platform", "linux"]
    )
    assert [str(target) for target in found.groups[0].targets] == ["cp312-manylinux_2_28_x86_64"]
    assert found.notes == ("uv.lock does not cover cp310-manylinux_2_28_x86_64",)
    with pytest.raises(UncoveredTargets):
        selected("-r", "uv.lock", "--target", "cp310-win_amd64")


def test_a_lock_with_clashing_groups_gives_those_installed_by_default(write: Write) -> None:
    write(
        Pipfile_lock='{"_meta": {"pipfile-spec": 6}, "default": {"a": {"version": "==1"}},'
        ' "develop": {"a": {"version": "==2"}}}'
    )
    found = selected("-r", "Pipfile.lock")
    assert found.groups[0].lock is not None
    assert [str(item.version) for item in found.groups[0].lock.releases] == ["1"]
    assert "need different releases of `a`" in found.notes[0]


def test_a_project_is_asked_for_what_is_chosen(folder: Path) -> None:
    shutil.copy(SAMPLES / "pyproject.toml", folder)
    group = one(*["-r", "pyproject.toml", "--extra", "web", "--dependency-group", "lint"])
    assert texts(group)[-2:] == ["urllib3[socks]", "pathspec"]


def test_what_lies_outside_is_told_beside_the_rest(write: Write) -> None:
    write(r_txt="-e .\nlib @ https://x.example/lib.zip")
    group = one("a", "git+https://x.example/g.git", "-r", "r.txt")
    assert texts(group) == ["a"]
    assert [(item.project, item.where) for item in group.outside] == [
        ("g", "the command line"),
        ("unnamed", "r.txt, line 1"),
        ("lib", "r.txt, line 2"),
    ]


def test_a_group_of_the_file_has_all_that_options_say(folder: Path, write: Write) -> None:
    sub = folder / "etc"
    write(etc__c_txt="b<2", etc__o_txt="c==1", own_txt="b>1", etc__r_txt="b")
    shutil.copy(SAMPLES / "pyproject.toml", sub)
    (sub / "wheelyard.toml").write_text(
        '[targets]\npython = ["3.13"]\nplatform = ["linux"]\n'
        '[[group]]\nname = "x"\nrequirements = ["a"]\nfiles = ["r.txt", "pyproject.toml"]\n'
        'constraints = ["a<3"]\nconstraint-files = ["c.txt"]\n'
        'overrides = ["d==1"]\noverride-files = ["o.txt"]\nall-extras = true\n'
        'dependency-groups = ["dev"]\npolicy = "keep-2"\nsdists = "always"\nwheels = "all"\n'
        'no-binary = ["a"]\nonly-binary = ["b"]\npython = ["3.12"]\nplatform = ["windows"]\n'
    )
    config = ["--config", str(sub / "wheelyard.toml")]
    group = one(*config)
    assert texts(group)[:3] == ["a", "b", "click>=8"]
    assert {"urllib3[socks]", "iniconfig"} < set(texts(group))
    assert [str(item) for item in group.constraints] == ["b<2", "a<3"]
    assert [str(item) for item in group.overrides] == ["d==1", "c==1"]
    assert (str(group.policy), group.every_sdist, group.every_wheel) == ("keep-2", True, True)
    assert list(group.formats.options()) == ["--no-binary", "a", "--only-binary", "b"]
    assert [str(target) for target in group.targets] == ["cp312-win_amd64"]
    by_options = "--policy lock --sdists needed --wheels best -c own.txt --target cp311-win32"
    group = one(*config, *by_options.split())
    assert (str(group.policy), group.every_sdist, group.every_wheel) == ("lock", False, False)
    assert [str(item) for item in group.constraints] == ["b<2", "b>1", "a<3"]
    assert [str(target) for target in group.targets] == ["cp311-win32"]


def test_an_environment_is_pinned_without_its_bootstrap() -> None:
    group = one("--from-environment", sys.executable)
    pinned = {str(item).partition("==")[0] for item in group.requirements}
    assert {"pytest", "packaging", "hypothesis"} <= pinned
    assert "setuptools" not in pinned
    assert all(str(item.specifier).startswith("==") for item in group.requirements)
    assert "wheelyard" in {item.project for item in group.outside}
    python = group.targets[0].python.versions
    assert (python.major, python.minor) == sys.version_info[:2]
    prefix = one("--from-environment", sys.prefix)
    assert texts(prefix) == texts(group)


def test_what_an_environment_begins_with_stays_if_something_needs_it() -> None:
    """wheelyard needs pip, as a project that asks pip what it would install."""
    assert "pip" in {item.name for item in one("--from-environment", sys.executable).requirements}


@pytest.mark.parametrize(
    ("arguments", "error", "message", "hint"),
    [
        (["-r", "no.txt"], UnreadableInput, "no.txt: it cannot be read: No such file", "paths"),
        (["-r", "https://x/r.txt"], UnreadableInput, "are not read from a URL", "download it"),
        (["-r", "url.txt"], UnreadableInput, "url.txt, line 1: `http://x/c.txt`", "download it"),
        (["-r", "loop.txt"], UnreadableInput, "back.txt, line 2: it reads `loop.txt`", "take out"),
        (["-r", "bad.txt"], InvalidRequirementsFile, "bad.txt, line 2: `--bad` is no", "pip"),
        (["-c", "uv.lock", "a"], UnreadableInput, "it is no constraints file", "`-r`"),
        (["-r", "empty.txt"], NothingFromIndex, "of group `default` name no requirement", "name"),
        (["-r", "own.txt"], NothingFromIndex, "lies outside any index: `-e .`", "name projects"),
        (["lib @ https://x/lib.zip"], InvalidRequirement, "it names a direct URL", "`lib`"),
        (["own.txt"], InvalidRequirement, "it is a file", "`-r own.txt`"),
        (["a", "--extra", "x"], NoProject, "names no pyproject.toml", "-r pyproject.toml"),
        (["--from-environment", "nowhere"], UnreadableEnvironment, "No such file", "a Python"),
        (["--from-environment", "."], UnreadableEnvironment, "there is no Python", "a Python"),
        (["--from-environment", "/bin/echo"], UnreadableEnvironment, "no Python", "a Python"),
    ],
)
def test_what_cannot_be_read_is_told_with_a_hint(
    write: Write, arguments: list[str], error: type[InvalidInput], message: str, hint: str
) -> None:
    write(
        url_txt="-c http://x/c.txt",
        loop_txt="-r back.txt",
        back_txt="a\n-r loop.txt",
        bad_txt="a\n--bad",
        empty_txt="# nothing\n",
        own_txt="-e .",
    )
    with pytest.raises(error) as caught:
        selected(*arguments)
    assert message in str(caught.value)
    assert hint in (caught.value.hint or "")


def test_notes_are_told_unless_quiet(shell: Shell) -> None:
    (shell.folder / "r.txt").write_text("lib\n--index-url https://x.example/simple\n-e .\n")
    for command in ("plan", "mirror"):
        done = shell.run(command, "-r", "r.txt")
        assert done.code == 0
        assert "note: `--index-url https://x.example/simple` (r.txt, line 2)" in done.errors
        assert "`-e .` (r.txt, line 3) is a file or folder of one machine" in done.errors
        assert "--index-url" not in shell.run(command, "-r", "r.txt", "-q").errors
