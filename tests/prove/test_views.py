"""Views as values: which files one has, and on which Pythons."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from prove.proofs import LINUX, proof, proven_group, sdist, wheel, witness
from wheelyard.model.filenames import parse_filename
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectPage
from wheelyard.model.pythons import accepts_python
from wheelyard.prove.document import Proof, ProvenGroup, ProvenWitness
from wheelyard.prove.provision import span_of
from wheelyard.prove.views import View, ViewFile, view_names, view_of

WINDOWS = "cp312-win_amd64"
SETUPTOOLS = ProjectName("setuptools")


def files_of(found: View | None) -> set[tuple[str, str | None]]:
    """Every file of a view with what it narrows."""
    assert found is not None
    return {(file.filename, file.requires_python) for each in found.files.values() for file in each}


def names_of(found: View | None) -> set[str]:
    return {filename for filename, _ in files_of(found)}


def test_a_view_has_the_witness_of_its_group_and_target_alone() -> None:
    said = proof(
        proven_group(witness(wheel("foo-1.0")), witness(wheel("foo-1.1"), target=WINDOWS)),
        proven_group(witness(wheel("foo-2.0")), name="other"),
    )
    assert view_of(said, "default", LINUX) == View(
        "default", LINUX, {ProjectName("foo"): (ViewFile(wheel("foo-1.0")),)}
    )
    assert names_of(view_of(said, "default", WINDOWS)) == {wheel("foo-1.1")}
    assert names_of(view_of(said, "other", LINUX)) == {wheel("foo-2.0")}
    assert list(view_names(said)) == [("default", LINUX), ("default", WINDOWS), ("other", LINUX)]


@pytest.mark.parametrize(
    ("group", "target"),
    [
        ("nobody", LINUX),
        ("default", WINDOWS),
        ("default", "cp311-win_amd64"),
        ("build of foo-1.0.tar.gz", LINUX),
        ("", ""),
    ],
)
def test_what_is_not_proven_has_no_view(group: str, target: str) -> None:
    said = proof(
        proven_group(witness(sdist("foo-1.0")), targets=(LINUX, "cp311-win_amd64")),
        proven_group(witness(wheel("flit-1.0")), builds=(sdist("foo-1.0"),)),
    )
    assert view_of(said, group, target) is None
    assert (group, target) not in list(view_names(said))


def test_spans_of_patch_releases_each_see_their_own_version() -> None:
    said = proof(
        proven_group(
            witness(wheel("foo-1.0"), wheel("bar-1.0"), last="3.11.4"),
            witness(wheel("foo-2.0"), wheel("bar-1.0"), wheel("baz-1.0"), first="3.11.5"),
        )
    )
    assert files_of(view_of(said, "default", LINUX)) == {
        (wheel("foo-1.0"), ">=3.11.0,<3.11.5"),
        (wheel("foo-2.0"), ">=3.11.5"),
        (wheel("bar-1.0"), None),
        (wheel("baz-1.0"), ">=3.11.5"),
    }


def test_a_version_that_comes_back_leaves_out_the_patch_releases_between() -> None:
    said = proof(
        proven_group(
            witness(wheel("foo-1.0"), last="3.11.1"),
            witness(wheel("foo-2.0"), first="3.11.2", last="3.11.3"),
            witness(wheel("foo-1.0"), first="3.11.4"),
        )
    )
    assert files_of(view_of(said, "default", LINUX)) == {
        (wheel("foo-1.0"), ">=3.11.0,!=3.11.2,!=3.11.3"),
        (wheel("foo-2.0"), ">=3.11.2,<3.11.4"),
    }


def test_what_sdists_need_to_be_built_is_in_the_view_down_to_the_last_one() -> None:
    said = proof(
        proven_group(witness(sdist("foo-1.0"), wheel("bar-1.0"))),
        proven_group(
            witness(sdist("hatchling-1.0")),
            requirements=["hatchling"],
            builds=(sdist("baz-1.0"), sdist("foo-1.0")),
        ),
        proven_group(
            witness(wheel("flit_core-3.0")),
            requirements=["flit-core"],
            builds=(sdist("hatchling-1.0"),),
        ),
        proven_group(
            witness(wheel("poetry-3.0")), requirements=["poetry"], builds=(sdist("qux-1.0"),)
        ),
    )
    assert names_of(view_of(said, "default", LINUX)) == {
        sdist("foo-1.0"),
        wheel("bar-1.0"),
        sdist("hatchling-1.0"),
        wheel("flit_core-3.0"),
    }


@pytest.mark.parametrize(
    ("requirements", "versions"),
    [
        (["setuptools"], {"65.0"}),
        (["setuptools>=40", "wheel"], {"65.0"}),
        (["setuptools>=40", "numpy; python_full_version < '3.11'"], {"65.0"}),
        (["setuptools>=70"], {"65.0", "80.0"}),
        (["setuptools>=40", "cython"], {"65.0", "80.0"}),
        (["setuptools[core]"], {"65.0", "80.0"}),
        (["setuptools @ https://example.invalid/setuptools.zip"], {"65.0", "80.0"}),
        (["not a requirement"], {"65.0", "80.0"}),
    ],
)
def test_a_build_is_given_the_releases_of_the_witness_where_they_surely_do(
    requirements: list[str], versions: set[str]
) -> None:
    said = proof(
        proven_group(witness(sdist("foo-1.0"), wheel("setuptools-65.0"), wheel("wheel-0.40"))),
        proven_group(
            witness(wheel("setuptools-80.0"), wheel("wheel-0.40"), wheel("Cython-3.0")),
            requirements=requirements,
            builds=(sdist("foo-1.0"),),
        ),
    )
    found = view_of(said, "default", LINUX)
    assert found is not None
    assert {file.filename for file in found.files[SETUPTOOLS]} == {
        wheel(f"setuptools-{version}") for version in versions
    }


@pytest.mark.parametrize("unsure", [{"overrides": ["bar==1"]}, {"locked": True}])
def test_a_witness_that_came_about_by_other_rules_is_no_build_environment(
    unsure: dict[str, list[str] | bool],
) -> None:
    said = proof(
        proven_group(witness(sdist("foo-1.0"), wheel("setuptools-65.0")), **unsure),  # type: ignore[arg-type]
        proven_group(
            witness(wheel("setuptools-80.0")),
            requirements=["setuptools"],
            builds=(sdist("foo-1.0"),),
        ),
    )
    assert names_of(view_of(said, "default", LINUX)) == {
        sdist("foo-1.0"),
        wheel("setuptools-65.0"),
        wheel("setuptools-80.0"),
    }


def test_a_release_of_the_witness_keeps_the_witness_s_file() -> None:
    said = proof(
        proven_group(witness(sdist("foo-1.0"), sdist("bar-1.0"))),
        proven_group(
            witness(wheel("bar-1"), wheel("flit-1.0")),
            requirements=["bar", "flit"],
            builds=(sdist("foo-1.0"),),
        ),
    )
    assert names_of(view_of(said, "default", LINUX)) == {
        sdist("foo-1.0"),
        sdist("bar-1.0"),
        wheel("flit-1.0"),
    }


def test_spans_of_builds_cut_those_of_the_witness() -> None:
    said = proof(
        proven_group(witness(sdist("foo-1.0"))),
        proven_group(
            witness(wheel("flit-1.0"), last="3.11.6"),
            witness(wheel("flit-2.0"), first="3.11.7"),
            requirements=["flit"],
            builds=(sdist("foo-1.0"),),
        ),
    )
    assert files_of(view_of(said, "default", LINUX)) == {
        (sdist("foo-1.0"), None),
        (wheel("flit-1.0"), ">=3.11.0,<3.11.7"),
        (wheel("flit-2.0"), ">=3.11.7"),
    }


def listed(filename: str, requires_python: str | None = None) -> DistributionFile:
    return DistributionFile(
        filename=filename, url=f"../../{filename}", hashes={}, requires_python=requires_python
    )


def test_a_page_is_narrowed_to_the_view_and_keeps_what_files_ask_for_themselves() -> None:
    said = proof(
        proven_group(
            witness(wheel("foo-1.0"), last="3.11.4"),
            witness(wheel("foo-2.0"), first="3.11.5"),
        )
    )
    page = ProjectPage(
        name=ProjectName("foo"),
        files=(
            listed(wheel("foo-1.0"), ">=3.8"),
            listed(sdist("foo-1.0"), ">=3.8"),
            listed(wheel("foo-2.0")),
            listed(wheel("foo-3.0")),
        ),
        versions=("0.1", "1.0", "2.0", "3.0"),
        serial=17,
    )
    found = view_of(said, "default", LINUX)
    assert found is not None
    assert found.narrow(page) == ProjectPage(
        name=page.name,
        files=(
            listed(wheel("foo-1.0"), ">=3.8,>=3.11.0,<3.11.5"),
            listed(wheel("foo-2.0"), ">=3.11.5"),
        ),
        serial=17,
    )
    assert found.narrow(ProjectPage(name=ProjectName("bar"), files=page.files)).files == ()


def test_a_wheel_that_was_built_from_an_sdist_stands_beside_it() -> None:
    said = proof(
        proven_group(
            witness(sdist("foo-1.0"), last="3.11.4"),
            witness(wheel("foo-2.0"), first="3.11.5"),
        )
    )
    built = "foo-1.0-1wheelyard-cp311-cp311-linux_x86_64.whl"
    others = [
        "foo-2.0-1wheelyard-cp311-cp311-linux_x86_64.whl",
        "foo-1.0-1-cp311-cp311-linux_x86_64.whl",
        wheel("foo-1.0"),
        "foo-1.0-wheelyard.whl",
    ]
    page = ProjectPage(
        name=ProjectName("foo"), files=tuple(map(listed, [sdist("foo-1.0"), built, *others]))
    )
    found = view_of(said, "default", LINUX)
    assert found is not None
    assert [(file.filename, file.requires_python) for file in found.narrow(page).files] == [
        (sdist("foo-1.0"), ">=3.11.0,<3.11.5"),
        (built, ">=3.11.0,<3.11.5"),
    ]


PROJECTS = ("bar", "foo", "qux", "setuptools")
releases = st.dictionaries(st.sampled_from(PROJECTS), st.integers(1, 3), max_size=4)


@st.composite
def spans_of_witnesses(draw: st.DrawFn, names: st.SearchStrategy[str]) -> list[ProvenWitness]:
    """Witnesses that follow one another, with one release per project."""
    starts = sorted({0, *draw(st.sets(st.integers(1, 9), max_size=3))})
    lasts = [*(f"3.11.{start - 1}" for start in starts[1:]), None]
    found = []
    for start, last in zip(starts, lasts, strict=True):
        chosen = [
            f"{project}-{version}{draw(names)}" for project, version in draw(releases).items()
        ]
        found.append(witness(*chosen, first=f"3.11.{start}", last=last))
    return found


wheels = st.just("-py3-none-any.whl")
wheels_and_sdists = st.sampled_from(["-py3-none-any.whl", ".tar.gz"])
sdists = st.builds("{}-{}.tar.gz".format, st.sampled_from(PROJECTS), st.integers(1, 3))


@st.composite
def build_groups(draw: st.DrawFn) -> ProvenGroup:
    needs = draw(st.lists(st.sampled_from(["foo", "bar>1", "setuptools<3"]), max_size=2))
    builds = draw(st.lists(sdists, min_size=1, max_size=3, unique=True))
    witnesses = draw(spans_of_witnesses(wheels_and_sdists))
    return proven_group(*witnesses, requirements=needs, builds=builds)


def versions_on(found: View, python: Version) -> dict[str, set[Version]]:
    """By project, the versions that an installer sees on one Python."""
    versions: defaultdict[str, set[Version]] = defaultdict(set)
    for project, files in found.files.items():
        for file in files:
            if accepts_python(file.requires_python, python):
                versions[project].add(parse_filename(file.filename, project).version)
    return dict(versions)


def witness_on(group: ProvenGroup, python: Version) -> dict[str, set[Version]]:
    (proven,) = (each for each in group.witnesses if python in span_of(each))
    return {file.project: {Version(file.version)} for file in proven.files}


PYTHONS = [Version(f"3.11.{patch}") for patch in range(12)]


@given(spans_of_witnesses(wheels_and_sdists))
def test_every_patch_release_sees_the_one_version_of_its_witness(
    witnesses: list[ProvenWitness],
) -> None:
    group = proven_group(*witnesses)
    found = view_of(proof(group), group.name, LINUX)
    assert found is not None
    for python in PYTHONS:
        assert versions_on(found, python) == witness_on(group, python)


@st.composite
def whole_proofs(draw: st.DrawFn) -> Proof:
    group = proven_group(*draw(spans_of_witnesses(wheels_and_sdists)))
    return proof(group, *draw(st.lists(build_groups(), max_size=3)))


@given(whole_proofs())
def test_a_second_version_is_only_ever_that_of_a_build(said: Proof) -> None:
    group, *builds = said.groups
    found = view_of(said, group.name, LINUX)
    assert found is not None
    for python in PYTHONS:
        seen = versions_on(found, python)
        of_witness = witness_on(group, python)
        of_builds = [witness_on(build, python) for build in builds]
        for project, versions in seen.items():
            needed = of_witness.get(project, set()).union(
                *(build.get(project, set()) for build in of_builds)
            )
            assert of_witness.get(project, set()) <= versions <= needed
        assert of_witness.keys() <= seen.keys()
