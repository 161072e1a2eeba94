"""uv and pip asked what they would install, each over the same virtual indexes."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from mirror.small_index import SmallIndex
from prove.asking import INSTALLERS, Ask, answers, files, question
from wheelyard.closure.formats import ANY_FORMAT, Format
from wheelyard.index import FileNotFound, Unavailable
from wheelyard.model.names import ProjectName
from wheelyard.prove.questions import InstallQuestion, NoInstallation, Taken
from wheelyard.prove.virtual import showing_only

pytestmark = [
    pytest.mark.installer,
    pytest.mark.parametrize("ask", INSTALLERS.values(), ids=INSTALLERS.keys()),
]

LINUX = "cp312-manylinux_2_28_x86_64"
RASPBERRY = "cp312-manylinux_2_36_armv7l"
MACOS = "cp312-macosx_14_0_arm64"
WINDOWS = "cp312-win_amd64"
TARGETS = (LINUX, RASPBERRY, MACOS, WINDOWS)


@pytest.fixture
def index() -> SmallIndex:
    return SmallIndex()


def taken(ask: Ask, index: SmallIndex, *questions: InstallQuestion) -> list[set[str]]:
    return [files(answer) for answer in answers(ask, index, *questions)]


@pytest.mark.parametrize(
    ("marker", "on"),
    [
        ("sys_platform == 'win32'", [WINDOWS]),
        ("sys_platform == 'darwin'", [MACOS]),
        ("platform_machine == 'armv7l'", [RASPBERRY]),
        ("platform_machine == 'AMD64' or platform_machine == 'arm64'", [MACOS, WINDOWS]),
        ("os_name == 'posix'", [LINUX, RASPBERRY, MACOS]),
        ("platform_system == 'Linux'", [LINUX, RASPBERRY]),
        ("implementation_name == 'cpython' and platform_version == ''", list(TARGETS)),
        ("python_full_version < '3.12.4'", []),
        ("python_full_version == '3.12.4' and python_version == '3.12'", list(TARGETS)),
        ("implementation_version >= '3.12.4'", list(TARGETS)),
    ],
)
def test_markers_are_those_of_the_target(
    ask: Ask, index: SmallIndex, marker: str, on: Sequence[str]
) -> None:
    index.wheel("app", "1.0", f"more; {marker}")
    index.wheel("more", "1.0")
    found = taken(ask, index, *(question("app", target=target) for target in TARGETS))
    assert [target for target, names in zip(TARGETS, found, strict=True) if len(names) == 2] == on


def test_what_only_windows_needs_and_nobody_has_is_refused_for_windows(
    ask: Ask, index: SmallIndex
) -> None:
    """`pip --platform win_amd64` by itself says that all is well."""
    index.wheel("app", "1.0", "missing; sys_platform == 'win32'")
    linux, windows = answers(ask, index, question("app"), question("app", target=WINDOWS))
    assert files(linux) == {"app-1.0-py3-none-any.whl"}
    assert isinstance(windows, NoInstallation)
    assert "missing" in windows.said


def test_the_patch_release_decides(ask: Ask, index: SmallIndex) -> None:
    index.wheel("app", "2.0", requires_python=">=3.11.4")
    index.wheel("app", "1.0", "older; python_full_version < '3.11.4'")
    index.wheel("older", "1.0")
    target = "cp311-manylinux_2_36_aarch64"
    asked = [question("app", target=target, python=text) for text in ("3.11.2", "3.11.5")]
    assert taken(ask, index, *asked) == [
        {"app-1.0-py3-none-any.whl", "older-1.0-py3-none-any.whl"},
        {"app-2.0-py3-none-any.whl"},
    ]


def test_tags_are_those_of_the_target(ask: Ask, index: SmallIndex) -> None:
    for tag in ("manylinux_2_17_x86_64", "manylinux_2_34_x86_64", "macosx_11_0_arm64", "win_amd64"):
        index.wheel("app", "2.0", tags=f"cp312-cp312-{tag}")
    index.wheel("app", "1.0")
    assert taken(ask, index, *(question("app", target=target) for target in TARGETS)) == [
        {"app-2.0-cp312-cp312-manylinux_2_17_x86_64.whl"},
        {"app-1.0-py3-none-any.whl"},
        {"app-2.0-cp312-cp312-macosx_11_0_arm64.whl"},
        {"app-2.0-cp312-cp312-win_amd64.whl"},
    ]


def test_of_several_wheels_it_is_the_best_that_tells_what_is_needed(
    ask: Ask, index: SmallIndex
) -> None:
    tags = ("py3-none-any", "cp39-abi3-manylinux_2_17_x86_64", "cp312-cp312-manylinux_2_28_x86_64")
    for tag in tags:
        index.wheel("app", "1.0", tag.partition("-")[0], tags=tag)
    for name in ("py3", "cp39", "cp312"):
        index.wheel(name, "1.0")
    (found,) = taken(ask, index, question("app"))
    assert found == {f"app-1.0-{tags[-1]}.whl", "cp312-1.0-py3-none-any.whl"}


def test_free_threaded_builds_take_their_own_wheels(ask: Ask, index: SmallIndex) -> None:
    index.wheel("app", "3.0", tags="cp312-abi3-manylinux_2_17_x86_64")
    index.wheel("app", "2.0", tags="cp313-cp313t-manylinux_2_17_x86_64")
    index.wheel("app", "1.0")
    target = "cp313{}-manylinux_2_28_x86_64"
    asked = [question("app", target=target.format(t), python="3.13.1") for t in ("", "t")]
    assert taken(ask, index, *asked) == [
        {"app-3.0-cp312-abi3-manylinux_2_17_x86_64.whl"},
        {"app-2.0-cp313-cp313t-manylinux_2_17_x86_64.whl"},
    ]


def test_extras_are_followed(ask: Ask, index: SmallIndex) -> None:
    index.wheel("app", "1.0", extras={"all": ["app[one]"], "one": ["lib"]})
    index.wheel("lib", "1.0")
    assert taken(ask, index, question("app[all]"), question("app")) == [
        {"app-1.0-py3-none-any.whl", "lib-1.0-py3-none-any.whl"},
        {"app-1.0-py3-none-any.whl"},
    ]


def test_a_yanked_release_is_taken_only_where_it_is_pinned(ask: Ask, index: SmallIndex) -> None:
    index.wheel("app", "2.0", yanked=True)
    index.wheel("app", "1.0")
    assert taken(ask, index, question("app"), question("app==2.0")) == [
        {"app-1.0-py3-none-any.whl"},
        {"app-2.0-py3-none-any.whl"},
    ]


def test_pre_releases_are_taken_where_they_are_wanted(ask: Ask, index: SmallIndex) -> None:
    index.wheel("app", "2.0rc1")
    index.wheel("app", "1.0")
    asked = [question("app"), question("app", prereleases=True), question("app>=2.0rc1")]
    assert taken(ask, index, *asked) == [
        {"app-1.0-py3-none-any.whl"},
        {"app-2.0rc1-py3-none-any.whl"},
        {"app-2.0rc1-py3-none-any.whl"},
    ]


def test_an_sdist_is_taken_where_no_wheel_fits_and_nothing_is_built(
    ask: Ask, index: SmallIndex
) -> None:
    index.wheel("app-one", "1.0", tags="cp312-cp312-win_amd64")
    index.sdist("app-one", "1.0", "lib>=1", filename="app_one-1.0.zip")
    sdist = index.sdist("app-one", "1.0", "lib>=1")
    index.wheel("lib", "1.0")
    linux, windows = answers(ask, index, question("app.one"), question("app.one", target=WINDOWS))
    assert files(linux) == {sdist.filename, "lib-1.0-py3-none-any.whl"}
    assert isinstance(linux, Taken)
    assert linux.files[ProjectName("app-one")].sha256 == sdist.sha256
    assert files(windows) == {"app_one-1.0-cp312-cp312-win_amd64.whl"}


def test_a_wheel_for_everything_is_taken_before_an_sdist(ask: Ask, index: SmallIndex) -> None:
    index.sdist("app", "1.0", "lib")
    index.wheel("app", "1.0")
    assert taken(ask, index, question("app")) == [{"app-1.0-py3-none-any.whl"}]


def test_formats_are_heeded(ask: Ask, index: SmallIndex) -> None:
    index.sdist("app", "2.0")
    index.sdist("app", "1.0")
    index.wheel("app", "1.0")
    wishes = [
        ANY_FORMAT.wishing(Format.ONLY_BINARY, ":all:"),
        ANY_FORMAT.wishing(Format.NO_BINARY, "app"),
    ]
    asked = [question("app<=2", formats=formats) for formats in wishes]
    assert taken(ask, index, *asked, question("app==1.0", formats=wishes[1])) == [
        {"app-1.0-py3-none-any.whl"},
        {"app-2.0.tar.gz"},
        {"app-1.0.tar.gz"},
    ]


def test_constraints_bound_what_is_required_anyway(ask: Ask, index: SmallIndex) -> None:
    index.wheel("app", "1.0", "lib")
    for version in ("1.0", "2.0"):
        index.wheel("lib", version)
    bounded = question("app", constraints=["lib<2", "nosuch<1"])
    assert taken(ask, index, bounded) == [{"app-1.0-py3-none-any.whl", "lib-1.0-py3-none-any.whl"}]


def test_without_dependencies_nothing_is_followed(ask: Ask, index: SmallIndex) -> None:
    index.wheel("app", "1.0", "missing")
    assert taken(ask, index, question("app", no_deps=True)) == [{"app-1.0-py3-none-any.whl"}]


def test_direct_urls_are_left_out(ask: Ask, index: SmallIndex) -> None:
    index.wheel("app", "1.0", "tool @ https://nowhere.example/tool.zip", "lib")
    index.wheel("lib", "1.0")
    asked = question("app", "other @ https://nowhere.example/other.zip")
    assert taken(ask, index, asked) == [{"app-1.0-py3-none-any.whl", "lib-1.0-py3-none-any.whl"}]


def test_nothing_asked_for_is_nothing_taken(ask: Ask, index: SmallIndex) -> None:
    asked = [question(), question("app; sys_platform == 'win32'")]
    assert taken(ask, index, *asked) == [set(), set()]


def test_a_local_version_and_an_epoch_keep_their_names(ask: Ask, index: SmallIndex) -> None:
    index.wheel("app", "1!2.0+cpu.1")
    index.sdist("lib", "1.0+local.2")
    assert taken(ask, index, question("app", "lib")) == [
        {"app-1!2.0+cpu.1-py3-none-any.whl", "lib-1.0+local.2.tar.gz"}
    ]


def test_only_what_is_shown_is_there(ask: Ask, index: SmallIndex) -> None:
    index.wheel("app", "2.0", "lib")
    index.wheel("app", "1.0", "lib")
    index.wheel("lib", "1.0")
    project = ProjectName("app")
    shown = {
        project: ["app-1.0-py3-none-any.whl"],
        ProjectName("lib"): ["lib-1.0-py3-none-any.whl"],
    }
    (answer,) = answers(ask, index, question("app"), shows=showing_only(shown))
    assert files(answer) == {"app-1.0-py3-none-any.whl", "lib-1.0-py3-none-any.whl"}
    (answer,) = answers(ask, index, question("app"), shows=showing_only({project: shown[project]}))
    assert isinstance(answer, NoInstallation)
    assert "lib" in answer.said


def test_a_conflict_is_told_in_the_installers_words(ask: Ask, index: SmallIndex) -> None:
    index.wheel("app", "1.0", "lib<2")
    index.wheel("lib", "1.0")
    index.wheel("lib", "2.0")
    (answer,) = answers(ask, index, question("app", "lib>=2"))
    assert isinstance(answer, NoInstallation)
    assert "depend" in answer.said
    assert "lib<2" in answer.said
    assert "/" not in answer.said
    assert "\n" not in answer.said


@pytest.mark.parametrize("fails", ["lib", "lib-1.0-py3-none-any.whl"])
def test_what_cannot_be_read_fails_the_question(ask: Ask, index: SmallIndex, fails: str) -> None:
    index.wheel("app", "2.0", "lib")
    index.wheel("app", "1.0")
    index.wheel("lib", "1.0")
    error = index.failures[fails] = Unavailable("https://index.example", "503")
    with pytest.raises(Unavailable) as raised:
        answers(ask, index, question("app"))
    assert raised.value is error


def test_a_release_whose_metadata_is_lost_is_passed_over(ask: Ask, index: SmallIndex) -> None:
    lost = index.wheel("app", "2.0").filename
    index.failures[lost] = FileNotFound(f"https://files.example/{lost}")
    index.wheel("app", "1.0")
    assert taken(ask, index, question("app")) == [{"app-1.0-py3-none-any.whl"}]


def test_a_page_is_made_once_for_many_questions(ask: Ask, index: SmallIndex) -> None:
    index.wheel("app", "1.0")
    asked = [question("app", target=target) for target in TARGETS]
    assert len(taken(ask, index, *asked)) == len(TARGETS)
    assert index.asked["app"] == 1


def test_nothing_of_the_users_leaks_in(
    ask: Ask, index: SmallIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "links"
    elsewhere.mkdir()
    (elsewhere / "app-9.0-py3-none-any.whl").write_bytes(b"")
    (tmp_path / "constraints.txt").write_text("app<1\n")
    settings = {
        "INDEX_URL": "http://127.0.0.1:9/simple",
        "EXTRA_INDEX_URL": "http://127.0.0.1:9/simple",
        "FIND_LINKS": str(elsewhere),
        "CONSTRAINT": str(tmp_path / "constraints.txt"),
        "PRERELEASE": "allow",
        "PRE": "1",
        "INDEX": "http://127.0.0.1:9/simple",
        "NO_INDEX": "1",
        "OFFLINE": "1",
        "NO_BINARY": ":all:",
        "EXCLUDE_NEWER": "2001-01-01",
        "CONFIG_FILE": str(tmp_path / "pip.conf"),
        "PYTHON": "/nowhere",
    }
    for name, value in settings.items():
        for installer in ("PIP", "UV"):
            monkeypatch.setenv(f"{installer}_{name}", value)
    for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name, value in {"PYTHONPATH": str(elsewhere), "PYTHONWARNINGS": "error"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for folder in ("pip", "uv"):
        (tmp_path / folder).mkdir()
    (tmp_path / "pip" / "pip.conf").write_text(
        f"[global]\nfind-links = {elsewhere}\nno-index = 1\n"
    )
    (tmp_path / "pip.conf").write_text(f"[global]\nfind-links = {elsewhere}\nno-index = 1\n")
    (tmp_path / "uv" / "uv.toml").write_text("offline = true\n[pip]\nno-index = true\n")
    netrc = tmp_path / ".netrc"
    netrc.write_text("default login user password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.chdir(tmp_path)
    index.wheel("app", "2.0rc1")
    index.wheel("app", "1.0")
    assert taken(ask, index, question("app")) == [{"app-1.0-py3-none-any.whl"}]
