"""Lock files of every tool: real ones, and those that say what the real ones here do not."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wheelyard.model.outside import Place
from wheelyard.model.targets import Target, parse_target
from wheelyard.wire.lock_files import InvalidLockFile, LockDocument
from wheelyard.wire.pdm_lock import parse_pdm_lock
from wheelyard.wire.pipfile_lock import parse_pipfile_lock
from wheelyard.wire.poetry_lock import parse_poetry_lock
from wheelyard.wire.pylock import parse_pylock
from wheelyard.wire.uv_lock import parse_uv_lock

SAMPLES = Path(__file__).parent / "samples"
LINUX = parse_target("cp311-manylinux_2_28_x86_64")
WINDOWS = parse_target("cp312-win_amd64")
A, C = "a" * 64, "c" * 32
OWN = '[manifest]\nrequirements = [{ name = "a" }]\n'
POETRY = '[metadata]\nlock-version = "2.1"\n'
BAD = 'files = [{ file = "a-1.zip", hash = "sha256:00" }]'
Parse = Callable[[bytes, str], LockDocument]
READERS: dict[str, Parse] = {
    "pylock.toml": parse_pylock,
    "uv.lock": parse_uv_lock,
    "poetry.lock": parse_poetry_lock,
    "pdm.lock": parse_pdm_lock,
    "Pipfile.lock": parse_pipfile_lock,
}


def pins(document: LockDocument, target: Target = LINUX) -> dict[str, str]:
    lock = document.lock
    taken = lock.pins(target, target.python.versions.floor)
    return {str(project): str(release.version) for project, release in sorted(taken.items())}


EVERYTHING = {"click": "8.5.1", "iniconfig": "2.3.1", "pysocks": "1.7.1", "urllib3": "2.8.0"}


@pytest.mark.parametrize(
    ("name", "parse", "more", "forks"),
    [
        ("uv.lock", parse_uv_lock, {"pathspec": "1.1.1"}, True),
        ("pylock.toml", parse_pylock, {"pathspec": "1.1.1"}, True),
        ("poetry.lock", parse_poetry_lock, {}, True),
        ("Pipfile.lock", parse_pipfile_lock, {}, False),
    ],
)
def test_a_real_lock_gives_each_target_its_releases(
    name: str, parse: Parse, more: dict[str, str], forks: bool
) -> None:
    document = parse((SAMPLES / name).read_bytes(), name)
    for target, idna in ((LINUX, "3.7"), (WINDOWS, "3.20")):
        expected = EVERYTHING | more | ({"idna": idna} if forks else {})
        assert pins(document, target) == expected
        assert document.covers(target)
    assert document.outside == ()
    for release in document.lock.releases:
        assert release.files
        assert release.index in ("https://pypi.org/simple", None)
        for file in release.files:
            (digest,) = file.digests
            assert re.fullmatch("sha256:[0-9a-f]{64}", digest)


def test_what_pip_locks_is_for_everything() -> None:
    document = parse_pylock((SAMPLES / "pylock.pip.toml").read_bytes(), "pylock.pip.toml")
    assert pins(document, WINDOWS) == {"click": "8.5.1", "pysocks": "1.7.1", "urllib3": "2.8.0"}


def test_files_are_named_as_the_index_names_them() -> None:
    for name, parse in (("uv.lock", parse_uv_lock), ("pylock.toml", parse_pylock)):
        lock = parse((SAMPLES / name).read_bytes(), name).lock
        (pysocks,) = (release for release in lock.releases if release.project == "pysocks")
        assert [file.filename for file in pysocks.files] == [
            "PySocks-1.7.1.tar.gz",
            "PySocks-1.7.1-py3-none-any.whl",
        ]


def test_the_samples_name_no_index_but_pypi() -> None:
    hosts = {
        host
        for path in SAMPLES.iterdir()
        for host in re.findall(r"https?://([^/\"'\s]+)", path.read_text())
    }
    assert hosts == {"pypi.org", "files.pythonhosted.org"}


def pylock(*packages: str, head: str = "") -> bytes:
    lines = "".join(f"\n[[packages]]\n{package}\n" for package in packages)
    return f'lock-version = "1.0"\ncreated-by = "hand"\n{head}{lines}'.encode()


def wheel(name: str, version: str = "1.0") -> str:
    file = f"{name}-{version}-py3-none-any.whl"
    return (
        f'name = "{name}"\nversion = "{version}"\n'
        f'wheels = [{{ name = "{file}", url = "https://x.example/{file}", '
        f'hashes = {{ sha256 = "{A}" }} }}]'
    )


def test_extras_and_groups_of_a_pylock_are_all_taken_and_the_usual_ones_known() -> None:
    document = parse_pylock(
        pylock(
            wheel("base"),
            wheel("fast") + "\nmarker = \"'speed' in extras\"",
            wheel("docs") + "\nmarker = \"'docs' in dependency_groups\"",
            wheel("dev") + "\nmarker = \"'dev' in dependency_groups\"",
            head='extras = ["speed"]\ndependency-groups = ["docs", "dev"]\n'
            'default-groups = ["dev"]\nrequires-python = ">=3.11"\n'
            "environments = [\"sys_platform == 'linux'\"]\n",
        ),
        "pylock.toml",
    )
    assert set(pins(document)) == {"base", "fast", "docs", "dev"}
    assert document.usual is not None
    assert set(document.usual.pins(LINUX, LINUX.python.versions.floor)) == {"base", "dev"}
    assert document.covers(LINUX)
    assert not document.covers(WINDOWS)
    assert not document.covers(parse_target("cp310-manylinux_2_28_x86_64"))


def test_what_a_pylock_has_from_no_index_lies_outside() -> None:
    commit = "1" * 40
    document = parse_pylock(
        pylock(
            'name = "a"\nvcs = { type = "git", url = "https://x.example/a.git", '
            f'commit-id = "{commit}" }}',
            'name = "b"\ndirectory = { path = "./b" }',
            f'name = "c"\narchive = {{ url = "https://x.example/c.zip", '
            f'hashes = {{ sha256 = "{A}" }} }}',
        ),
        "pylock.toml",
    )
    assert document.lock.releases == ()
    assert [(item.project, item.place) for item in document.outside] == [
        ("a", Place.REPOSITORY),
        ("b", Place.LOCAL),
        ("c", Place.URL),
    ]


def uv_package(name: str, version: str, *, more: str = "", digest: str | None = A) -> str:
    hashed = f', hash = "sha256:{digest}"' if digest else ""
    return (
        f'[[package]]\nname = "{name}"\nversion = "{version}"\n'
        'source = { registry = "https://pypi.org/simple" }\n'
        f'wheels = [{{ url = "https://x.example/{name}-{version}-py3-none-any.whl"{hashed} }}]\n'
        f"{more}\n"
    )


def test_extras_of_uv_that_conflict_are_not_among_the_usual() -> None:
    document = parse_uv_lock(
        b"""
        version = 1
        requires-python = ">=3.11"
        conflicts = [[{ package = "app", extra = "cpu" }, { package = "app", extra = "gpu" }]]
        """
        + uv_package("torch", "1.0").encode()
        + uv_package("torch", "2.0").encode()
        + b"""
        [[package]]
        name = "app"
        version = "1"
        source = { virtual = "." }
        [package.optional-dependencies]
        cpu = [{ name = "torch", version = "1.0", marker = "extra == 'extra-3-app-cpu'" }]
        gpu = [{ name = "torch", version = "2.0" }]
        """,
        "uv.lock",
    )
    assert len(list(document.lock.taken(LINUX, LINUX.python.versions.floor))) == 2
    assert document.usual is not None
    assert document.usual.releases == ()


def test_a_workspace_of_uv_is_walked_from_each_member_and_from_its_manifest() -> None:
    document = parse_uv_lock(
        b"""
        version = 1
        revision = 99
        supported-markers = ["sys_platform == 'win32'"]
        [manifest]
        members = ["one", "two"]
        requirements = [{ name = "named" }]
        [manifest.dependency-groups]
        lint = [{ name = "linter", extras = ["x"] }]
        [[package]]
        name = "one"
        source = { editable = "." }
        dependencies = [{ name = "two" }, { name = "tool" }]
        [[package]]
        name = "two"
        source = { virtual = "two" }
        dependencies = [{ name = "win", marker = "sys_platform == 'win32'" }]
        [[package]]
        name = "tool"
        source = { git = "https://x.example/tool.git?rev=1#2" }
        dependencies = [{ name = "ofgit" }]
        """
        + "".join(uv_package(name, "1") for name in ("named", "win", "ofgit", "extra")).encode()
        + uv_package("unreached", "1").encode()
        + uv_package(
            "linter", "1", more='[package.optional-dependencies]\nx = [{ name = "extra" }]'
        ).encode(),
        "uv.lock",
    )
    expected = {"named", "linter", "extra", "ofgit"}
    assert set(pins(document)) == expected
    assert set(pins(document, WINDOWS)) == expected | {"win"}
    assert {release.project for release in document.lock.releases} == expected | {"win"}
    assert [(item.project, item.place) for item in document.outside] == [
        ("one", Place.OWN_PROJECT),
        ("tool", Place.REPOSITORY),
    ]
    assert document.covers(WINDOWS)
    assert not document.covers(LINUX)


def test_a_file_without_a_digest_lets_any_file_of_the_release_be_taken() -> None:
    more = '[manifest]\nrequirements = [{ name = "a" }]\n'
    text = f"version = 1\n{more}{uv_package('a', '1', digest=None)}"
    (release,) = parse_uv_lock(text.encode(), "uv.lock").lock.releases
    assert release.files == ()


def test_poetry_before_markers_were_locked_cannot_tell_forks_apart() -> None:
    document = parse_poetry_lock(
        f"""
        [[package]]
        name = "A.b"
        version = "1.0"
        category = "main"
        optional = false
        python-versions = "*"
        [[package]]
        name = "fork"
        version = "1.0"
        [[package]]
        name = "fork"
        version = "2.0"
        [[package]]
        name = "repo"
        version = "1.0"
        [package.source]
        type = "git"
        url = "https://x.example/repo.git"
        resolved_reference = "abc"
        [metadata]
        lock-version = "1.1"
        python-versions = "^3.8"
        [metadata.files]
        "A.b" = [{{ file = "A.b-1.0.tar.gz", hash = "sha256:{A.upper()}" }}]
        """.encode(),
        "poetry.lock",
    )
    assert document.several == ("fork",)
    (first, *_) = document.lock.releases
    assert first.project == "a-b"
    assert [file.digests for file in first.files] == [{f"sha256:{A}"}]
    assert [item.text for item in document.outside] == ["repo @ git+https://x.example/repo.git@abc"]
    assert document.covers(LINUX)  # what poetry alone can read rules nothing out


def test_markers_of_poetry_by_group_hold_where_one_of_them_does() -> None:
    document = parse_poetry_lock(
        b"""
        [[package]]
        name = "both"
        version = "1.0"
        groups = ["main", "dev"]
        markers = { main = "sys_platform == 'win32'", dev = "extra == 'x'" }
        [[package]]
        name = "always"
        version = "1.0"
        groups = ["main", "dev"]
        markers = { main = "sys_platform == 'win32'" }
        [[package]]
        name = "never"
        version = "1.0"
        markers = "extra == 'gone'"
        [metadata]
        lock-version = "2.1"
        """,
        "poetry.lock",
    )
    assert set(pins(document)) == {"always"}
    assert set(pins(document, WINDOWS)) == {"always", "both"}
    assert document.several == ()


def pdm(version: str, packages: str, metadata: str = "") -> bytes:
    return f'[metadata]\nlock_version = "{version}"\n{metadata}\n{packages}'.encode()


def test_pdm_has_an_entry_for_each_set_of_extras() -> None:
    files = f'files = [{{ file = "u-2-py3-none-any.whl", hash = "sha256:{A}" }}]'
    document = parse_pdm_lock(
        pdm(
            "4.5.0",
            f'[[package]]\nname = "u"\nversion = "2"\nmarker = "os_name == \'nt\'"\n{files}\n'
            f'[[package]]\nname = "u"\nversion = "2"\nextras = ["socks"]\n{files}\n'
            '[[package]]\nname = "f"\nversion = "1"\nmarker = "python_version < \'3.12\'"\n'
            '[[package]]\nname = "f"\nversion = "2"\nmarker = "python_version >= \'3.12\'"\n'
            '[[package]]\nname = "g"\nversion = "1"\ngit = "https://x.example/g"\nrevision = "9"\n',
            '[[metadata.targets]]\nrequires_python = ">=3.11"\n',
        ),
        "pdm.lock",
    )
    assert pins(document) == {"f": "1", "u": "2"}
    assert pins(document, WINDOWS) == {"f": "2", "u": "2"}
    assert [item.text for item in document.outside] == ["g @ git+https://x.example/g@9"]
    assert document.several == ()
    assert not document.covers(parse_target("cp310-win_amd64"))


def test_an_older_pdm_lists_files_apart() -> None:
    files = f'[metadata.files]\n"u 2" = [{{ url = "https://x.example/u-2.zip", hash = "md5:{C}" }}]'
    document = parse_pdm_lock(pdm("4.2", '[[package]]\nname = "u"\nversion = "2"\n', files), "x")
    (release,) = document.lock.releases
    assert [(file.filename, set(file.digests)) for file in release.files] == [
        ("u-2.zip", {f"md5:{C}"})
    ]


def test_categories_of_a_pipfile_may_differ_and_places_lie_outside() -> None:
    lock = {
        "_meta": {"pipfile-spec": 6, "sources": [{"name": "x", "url": "https://x.example/simple"}]},
        "default": {
            "a": {"version": "==1", "hashes": [f"sha256:{A}"], "index": "x"},
            "local": {"path": ".", "editable": True},
        },
        "develop": {"a": {"version": "==2", "markers": "os_name == 'nt'"}},
        "docs": {"b": {"version": "==1"}, "g": {"git": "https://x.example/g", "ref": "9"}},
    }
    document = parse_pipfile_lock(json.dumps(lock).encode(), "Pipfile.lock")
    assert pins(document) == {"a": "1", "b": "1"}
    assert document.lock.releases[0].index == "https://x.example/simple"
    (file,) = document.lock.releases[0].files
    assert file.filename is None
    assert file.digests == {f"sha256:{A}"}
    assert document.usual is not None
    assert [str(item.version) for item in document.usual.releases] == ["1"]
    assert [item.project for item in document.outside] == ["local", "g"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("uv.lock", "version = 2", "uv.lock: its version is `2`"),
        ("poetry.lock", '[metadata]\nlock-version = "3.0"', "its lock-version is `3.0`"),
        ("pdm.lock", '[metadata]\nlock_version = "5.0"', "its lock_version is `5.0`"),
        ("Pipfile.lock", '{"_meta": {"pipfile-spec": 7}}', "its pipfile-spec is `7`"),
        ("pylock.toml", 'lock-version = "2.0"\ncreated-by = "x"\npackages = []', "2.0"),
    ],
)
def test_an_unknown_version_is_an_error_that_names_what_is_known(
    name: str, text: str, message: str
) -> None:
    with pytest.raises(InvalidLockFile) as caught:
        READERS[name](text.encode(), name)
    assert message in str(caught.value)
    assert "wheelyard knows" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *((name, "[[[") for name in READERS),
        *((name, "\0") for name in READERS),
        ("uv.lock", 'version = 1\n[manifest]\nrequirements = [{ name = "gone" }]'),
        ("uv.lock", f"version = 1\n{OWN}{uv_package('a', 'x!')}"),
        ("poetry.lock", f'{POETRY}[[package]]\nname = "-"\nversion = "1"'),
        ("poetry.lock", f'{POETRY}[[package]]\nname = "a"\nversion = "1"\nmarkers = "?"'),
        ("Pipfile.lock", '{"_meta": {"pipfile-spec": 6}, "x": {"a": {"version": "?"}}}'),
        ("pdm.lock", pdm("4.5", f'[[package]]\nname = "a"\nversion = "1"\n{BAD}').decode()),
        ("pylock.toml", 'lock-version = "1.0"'),
    ],
)  # fmt: skip
def test_a_broken_lock_is_told(name: str, text: str) -> None:
    with pytest.raises(InvalidLockFile, match=re.escape(f"{name}: ")):
        READERS[name](text.encode(), name)


@given(st.sampled_from(sorted(READERS)), st.data())
def test_a_damaged_lock_raises_nothing_but_our_error(name: str, data: st.DataObject) -> None:
    sample = SAMPLES / name
    whole = sample.read_bytes() if sample.exists() else pdm("4.5.0", "")
    cut = data.draw(st.integers(0, len(whole)))
    damaged = whole[:cut] + data.draw(st.binary(max_size=3)) + whole[cut + 1 :]
    try:
        READERS[name](damaged, name)
    except InvalidLockFile as error:
        assert error.filename == name
