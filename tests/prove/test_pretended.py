"""The tags and markers by which uv answers when it is told that it is on another machine."""

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.tags import Tag, parse_tag
from packaging.version import Version

from documents import document, table_with
from mirror.small_index import SmallIndex
from prove.asking import answers, files, question
from wheelyard.closure.formats import ANY_FORMAT
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.progress import Silent
from wheelyard.model.targets import accepts_wheel, parse_target, tag_ranks
from wheelyard.prove.pip import ask_pip
from wheelyard.prove.provers import open_provers
from wheelyard.prove.questions import Taken
from wheelyard.prove.uv import ask_uv
from wheelyard.prove.virtual import VirtualIndex

pytestmark = pytest.mark.installer

_ALIASES = [
    name.strip("`")
    for _, name in table_with(document("docs/targets.md"), "raspberrypi-32")
    if name.startswith(("manylinux", "musllinux", "macosx", "`", "win"))
]
_OTHERS = [
    "manylinux_2_5_x86_64", "manylinux_2_17_i686", "manylinux_2_40_aarch64", "linux_armv7l",
    "manylinux_2_28_s390x", "musllinux_1_1_aarch64", "macosx_10_13_x86_64", "macosx_26_0_arm64",
    "win32",
]  # fmt: skip
TARGETS = [
    *(f"cp312-{platform}" for platform in [*_ALIASES, *_OTHERS]),
    "cp313t-manylinux_2_28_x86_64",
    "cp314t-win_amd64",
    "cp39-macosx_14_0_arm64",
]
_PLATFORMS = [
    "linux_x86_64", "linux_armv7l", "linux_aarch64", "manylinux1_x86_64", "manylinux2014_aarch64",
    "manylinux_2_5_i686", "manylinux_2_17_x86_64", "manylinux_2_28_x86_64", "manylinux_2_29_x86_64",
    "manylinux_2_17_aarch64", "manylinux_2_28_aarch64", "manylinux_2_29_aarch64",
    "manylinux_2_36_aarch64", "manylinux_2_37_aarch64", "manylinux_2_17_armv7l",
    "manylinux_2_36_armv7l", "manylinux_2_37_armv7l", "manylinux_2_28_s390x",
    "musllinux_1_0_x86_64", "musllinux_1_1_x86_64", "musllinux_1_2_x86_64", "musllinux_1_3_x86_64",
    "musllinux_1_1_aarch64", "musllinux_1_2_aarch64", "macosx_10_9_x86_64",
    "macosx_10_9_universal2",
    "macosx_10_13_x86_64", "macosx_11_0_arm64", "macosx_11_0_universal2", "macosx_11_0_x86_64",
    "macosx_14_0_arm64", "macosx_14_0_x86_64", "macosx_15_0_arm64", "macosx_26_0_arm64",
    "win_amd64", "win_arm64", "win32", "any",
]  # fmt: skip
_BUILDS = [
    "cp39-cp39", "cp312-cp312", "cp312-none", "cp313-cp313", "cp313-cp313t", "cp314-cp314t",
    "cp38-abi3", "cp312-abi3", "cp313-abi3", "cp314-abi3t", "py3-none", "py312-none", "py313-none",
    "py30-none", "py2-none", "py2.py3-none", "pp311-pypy311_pp73",
]  # fmt: skip


def tags_to_try(target: str) -> set[Tag]:
    """Every platform in a usual build, and every build on the target's own platform."""
    top = target.partition("-")[2]
    abi = target.partition("-")[0]
    versions = abi.removesuffix("t")
    texts = [
        *(f"{versions}-{abi}-{platform}" for platform in _PLATFORMS if platform != "any"),
        *(f"py3-none-{platform}" for platform in _PLATFORMS),
        *(f"{build}-{platform}" for build in _BUILDS for platform in (top, "any")),
    ]
    return {tag for text in texts for tag in parse_tag(text)}


def index_of(tags: Iterable[Tag]) -> SmallIndex:
    """A project for each tag; its newer release is for those who accept the tag."""
    index = SmallIndex()
    for number, tag in enumerate(sorted(tags, key=str)):
        index.wheel(f"probe{number}", "2.0", tags=str(tag))
        index.wheel(f"probe{number}", "1.0")
    return index


@pytest.mark.parametrize("target", TARGETS)
def test_uv_accepts_the_tags_of_the_target(target: str) -> None:
    python = parse_target(target).python.versions.at(4)
    tags = tags_to_try(target)
    index = index_of(tags)
    asked = question(*index.files, target=target, python=str(python))
    (answer,) = answers(ask_uv, index, asked)
    accepted = {tag for name in files(answer) if "-2.0-" in name for tag in _tags_of(name)}
    assert accepted & tags == {tag for tag in tags if accepts_wheel(parse_target(target), {tag})}


def test_pip_accepts_the_tags_of_the_target() -> None:
    target = "cp313t-manylinux_2_36_armv7l"
    tags = tags_to_try(target)
    index = index_of(tags)
    (answer,) = answers(ask_pip, index, question(*index.files, target=target, python="3.13.1"))
    accepted = {tag for name in files(answer) if "-2.0-" in name for tag in _tags_of(name)}
    assert accepted & tags == tags & tag_ranks(parse_target(target)).keys()


# The targets for which uv has a platform of its own, and its name for it.
OWN_PLATFORMS = {
    "manylinux_2_17_x86_64": "x86_64-manylinux_2_17",
    "manylinux_2_28_x86_64": "x86_64-unknown-linux-gnu",
    "manylinux_2_28_aarch64": "aarch64-unknown-linux-gnu",
    "manylinux_2_36_aarch64": "aarch64-manylinux_2_36",
    "musllinux_1_2_x86_64": "x86_64-unknown-linux-musl",
    "macosx_14_0_arm64": "aarch64-apple-darwin",
    "macosx_14_0_x86_64": "x86_64-apple-darwin",
    "win_amd64": "x86_64-pc-windows-msvc",
    "win_arm64": "aarch64-pc-windows-msvc",
    "win32": "i686-pc-windows-msvc",
}
_VALUES = [
    "sys_platform", "platform_system", "platform_machine", "os_name", "platform_release",
    "platform_version", "implementation_name", "python_full_version", "implementation_version",
]  # fmt: skip


@pytest.mark.parametrize("platform", OWN_PLATFORMS)
def test_uv_answers_as_for_its_own_platform_of_that_name(platform: str, tmp_path: Path) -> None:
    target = parse_target(f"cp312-{platform}")
    environment = target.environment(Version("3.12.4"))
    index = index_of(tags_to_try(str(target)))
    index.wheel(
        "markers",
        "1.0",
        *(f"{name.replace('_', '-')}; {name} == '{environment[name]}'" for name in _VALUES),
    )
    for name in _VALUES:
        index.wheel(name.replace("_", "-"), "1.0")
    asked = question(*index.files, target=str(target), python="3.12.4")
    (answer,) = answers(ask_uv, index, asked)
    assert isinstance(answer, Taken)
    taken = {f"{project}=={file.version}" for project, file in answer.files.items()}
    assert taken == uv_for_its_own_platform(index, OWN_PLATFORMS[platform], tmp_path)
    assert "sys-platform==1.0" in taken


def uv_for_its_own_platform(index: SmallIndex, platform: str, folder: Path) -> set[str]:
    """What uv itself says with `--python-platform`, for Python 3.12.4 and macOS 14."""

    async def work() -> set[str]:
        virtual = VirtualIndex(Facts(index, Silent()))
        (folder / "all.in").write_text("\n".join(index.files))
        async with open_provers() as provers:
            with provers.server.showing(virtual, ANY_FORMAT) as sight:
                command = [
                    str(provers.uv), "pip", "compile", "all.in", "--default-index", sight.url,
                    "--python", sys.executable, "--python-version", "3.12.4", "--no-config",
                    "--python-platform", platform, "--cache-dir", str(folder / "cache"),
                    "--no-header", "--no-annotate", "--no-build",
                ]  # fmt: skip
                settings = {"MACOSX_DEPLOYMENT_TARGET": "14.0"}
                ended = await provers.processes.run(command, folder, settings)
        assert ended.status == 0, ended.error
        return set(ended.output.split())

    return asyncio.run(work())


def _tags_of(filename: str) -> frozenset[Tag]:
    return parse_tag(filename.removesuffix(".whl").split("-", 2)[2])
