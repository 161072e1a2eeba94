"""`Pipfile.lock`, of pipfile-spec 6: JSON, a section for each category of packages.

It names digests without the files that they belong to.
"""

from collections.abc import Iterator

import msgspec

from wheelyard.model.locks import LockedFile, LockedRelease, MarkedLock
from wheelyard.model.outside import OutsideRequirement
from wheelyard.wire.lock_files import LockDocument, PackageReader, any_of, broken, check_version
from wheelyard.wire.places import outside

_DEFAULT = "default"


class _Source(msgspec.Struct, frozen=True):
    name: str
    url: str


class _Meta(msgspec.Struct, frozen=True, rename="kebab"):
    pipfile_spec: int
    sources: tuple[_Source, ...] = ()


class _Package(msgspec.Struct, frozen=True):
    version: str | None = None  # `==1.0`
    hashes: tuple[str, ...] = ()
    markers: str | None = None
    index: str | None = None  # the name of a source
    git: str | None = None
    ref: str | None = None
    file: str | None = None
    path: str | None = None

    @property
    def place(self) -> str | None:
        """Where it lies, or None if an index has it."""
        if self.git is not None:
            return f"git+{self.git}{f'@{self.ref}' if self.ref else ''}"
        return self.file or self.path


_Category = dict[str, _Package]


def parse_pipfile_lock(document: bytes, filename: str) -> LockDocument:
    """Read a `Pipfile.lock` with all its categories; raises InvalidLockFile.

    A category may have another release of a project than `default` has, so with several `default`
    alone is usual.
    """
    try:
        sections = msgspec.json.decode(document, type=dict[str, msgspec.Raw])
        meta = msgspec.json.decode(sections.pop("_meta", b"{}"), type=_Meta)
        check_version(filename, str(meta.pipfile_spec), ["6"], key="pipfile-spec")
        categories = {
            name: msgspec.json.decode(section, type=_Category) for name, section in sections.items()
        }
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise broken(filename, str(error)) from error
    reader = _Reader(filename, {source.name: source.url for source in meta.sources})
    usual = {_DEFAULT: categories.get(_DEFAULT, {})}
    return LockDocument(
        lock=MarkedLock(tuple(reader.releases(categories))),
        usual=MarkedLock(tuple(reader.releases(usual))) if categories.keys() > {_DEFAULT} else None,
        outside=tuple(reader.outside(categories)),
    )


class _Reader(PackageReader):
    """Reads the packages of one lock."""

    def __init__(self, filename: str, sources: dict[str, str]) -> None:
        super().__init__(filename)
        self._sources = sources

    def releases(self, categories: dict[str, _Category]) -> Iterator[LockedRelease]:
        """The packages of these categories that an index has, each release once."""
        entries: dict[tuple[str, str], list[_Package]] = {}
        for category in categories.values():
            for name, package in category.items():
                if package.place is None:
                    entries.setdefault((name, package.version or ""), []).append(package)
        for (name, version), packages in entries.items():
            digests = dict.fromkeys(digest for package in packages for digest in package.hashes)
            index = next((package.index for package in packages if package.index), None)
            yield LockedRelease(
                project=self.project(name),
                version=self.version(version.removeprefix("=="), name),
                marker=any_of(self.marker(package.markers) for package in packages),
                files=tuple(LockedFile(None, frozenset([self.digest(item)])) for item in digests),
                index=self._sources.get(index or ""),
            )

    def outside(self, categories: dict[str, _Category]) -> Iterator[OutsideRequirement]:
        """The packages that no index has, each once."""
        places = {
            name: package.place
            for category in categories.values()
            for name, package in category.items()
        }
        for name, place in places.items():
            if place is not None:
                yield outside(place, self.filename, text=f"{name} @ {place}", name=name)
