"""Short ways to write the values that the closure room works on."""

import hashlib
from collections.abc import Mapping, Sequence

from packaging.requirements import Requirement
from packaging.version import Version

from wheelyard.closure.groups import Group
from wheelyard.closure.releases import Candidate, Releases, sort_into_releases
from wheelyard.closure.witness import Pin, PythonSpan, Witness
from wheelyard.model.filenames import parse_filename
from wheelyard.model.files import DistributionFile, Yank
from wheelyard.model.metadata import CoreMetadata, MetadataSource, SdistFacts
from wheelyard.model.names import ProjectName, parse_project_name
from wheelyard.model.pages import ProjectPage
from wheelyard.model.targets import Target, parse_target

LINUX = parse_target("cp312-manylinux_2_28_x86_64")
WINDOWS = parse_target("cp312-win_amd64")
MACOS = parse_target("cp312-macosx_14_0_arm64")
SETUPTOOLS = ("setuptools>=40.8.0",)


def requirements(*texts: str) -> tuple[Requirement, ...]:
    return tuple(map(Requirement, texts))


def group(
    *texts: str,
    name: str = "default",
    targets: Sequence[Target] = (LINUX,),
    prereleases: bool = False,
    assumed: Sequence[str] = (),
    builds: tuple[str, ...] = (),
    constraints: Sequence[str] = (),
    overrides: Sequence[str] = (),
) -> Group:
    return Group(
        name=name,
        requirements=requirements(*texts),
        targets=tuple(targets),
        prereleases=prereleases,
        assumed=requirements(*assumed),
        builds=builds,
        constraints=requirements(*constraints),
        overrides=requirements(*overrides),
    )


def listed(
    filename: str, *, requires_python: str | None = None, yanked: bool = False
) -> DistributionFile:
    """A file as an index lists it; its digest and size follow from its name."""
    return DistributionFile(
        filename=filename,
        url=f"https://files.example/{filename}",
        hashes={"sha256": hashlib.sha256(filename.encode()).hexdigest()},
        size=1000 + len(filename),
        requires_python=requires_python,
        yank=Yank() if yanked else None,
    )


def project_of(filename: str) -> ProjectName:
    """The project of a file whose name has no hyphen in the project's part."""
    return parse_project_name(filename.partition("-")[0])


def releases(*files: str | DistributionFile) -> Releases:
    """A page of one project with these files."""
    whole = tuple(listed(file) if isinstance(file, str) else file for file in files)
    return sort_into_releases(ProjectPage(name=project_of(whole[0].filename), files=whole))


def candidate(file: str | DistributionFile) -> Candidate:
    whole = listed(file) if isinstance(file, str) else file
    return Candidate(whole, parse_filename(whole.filename, project_of(whole.filename)))


def pin(file: str | DistributionFile) -> Pin:
    one = candidate(file)
    return Pin(project_of(one.file.filename), one)


def witness(
    *files: str | DistributionFile, target: Target = LINUX, group_name: str = "default"
) -> Witness:
    """A witness of these files, on every patch release of the target."""
    pins = sorted((pin(file) for file in files), key=lambda one: one.project)
    span = PythonSpan(target.python.versions.floor, None)
    return Witness(group=group_name, target=target, pythons=span, pins=tuple(pins))


def metadata(filename: str, *requires: str, requires_python: str | None = None) -> CoreMetadata:
    """The metadata of a file."""
    one = candidate(filename)
    return CoreMetadata(
        name=project_of(filename),
        version=one.name.version,
        requires_dist=requirements(*requires),
        requires_python=requires_python,
    )


def documents(table: Mapping[str, Sequence[str]]) -> dict[str, CoreMetadata]:
    """File name -> what it requires, as the metadata of each."""
    return {filename: metadata(filename, *requires) for filename, requires in table.items()}


def sdist_facts(
    filename: str,
    *requires: str,
    build_requires: Sequence[str] = SETUPTOOLS,
    source: MetadataSource = MetadataSource.PKG_INFO,
    backend: str = "setuptools.build_meta",
    in_tree: bool = False,
) -> SdistFacts:
    """What an sdist tells unbuilt."""
    return SdistFacts(
        metadata=metadata(filename, *requires),
        source=source,
        build_requires=requirements(*build_requires),
        build_backend=backend,
        has_backend_path=in_tree,
    )


def versions(*texts: str) -> list[Version]:
    return list(map(Version, texts))
