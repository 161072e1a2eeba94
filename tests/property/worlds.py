"""Random worlds: small indexes with everything that makes resolution differ between targets.

A world follows from its seed alone. Its projects carry the seed in their names, so that many
worlds can be hosted by one index.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from world import HostedFile, World

PYTHONS = (11, 12, 13)  # minor versions of Python 3
PLATFORMS = (
    "manylinux_2_28_x86_64",
    "manylinux_2_36_x86_64",
    "manylinux_2_36_aarch64",
    "musllinux_1_2_x86_64",
    "win_amd64",
    "macosx_14_0_arm64",
)

# Some fit all machines of a kind, some only newer ones than those above.
_WHEEL_PLATFORMS = (
    "manylinux_2_17_x86_64.manylinux2014_x86_64",
    "manylinux_2_28_x86_64",
    "manylinux_2_34_x86_64",
    "manylinux_2_39_x86_64",
    "manylinux_2_17_aarch64",
    "manylinux_2_36_aarch64",
    "musllinux_1_1_x86_64",
    "musllinux_1_2_x86_64",
    "win_amd64",
    "macosx_11_0_arm64",
    "macosx_15_0_arm64",
    "macosx_10_9_universal2",
)
_VERSIONS = ("1.0", "1.1", "2.0", "2.1", "3.0")
_ODD_VERSIONS = ("2.0a1", "3.1rc1", "2.0+cpu", "1.0.post1")


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomFile:
    """One wheel or sdist of a world."""

    project: str
    version: str
    tags: str | None = None  # None: an sdist
    requires: tuple[str, ...] = ()
    extras: Mapping[str, Sequence[str]] = field(default_factory=dict)
    requires_python: str | None = None
    yanked: bool = False
    build_requires: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomWorld:
    """An index and what is asked of it."""

    seed: int
    files: tuple[RandomFile, ...]
    roots: tuple[str, ...]
    constraints: tuple[str, ...]
    targets: tuple[str, ...]  # at least three
    patches: Mapping[int, int]  # minor version -> the patch release that the world speaks of

    @property
    def name(self) -> str:
        """What its group is called."""
        return f"seed-{self.seed}"

    def pythons(self, target: str) -> list[str]:
        """The Pythons of a target to ask about: the oldest, and both sides of each line drawn."""
        minor = int(target.partition("-")[0].removeprefix("cp3"))
        patch = self.patches[minor]
        return [f"3.{minor}.{number}" for number in (0, patch - 1, patch, patch + 1)]

    def host(self, world: World) -> None:
        """Host all files."""
        for file in self.files:
            hosted = _host(file, world)
            hosted.yanked = file.yanked


def _host(file: RandomFile, world: World) -> HostedFile:
    requires, extras = list(file.requires), dict(file.extras)
    if file.tags is None:
        return world.add_sdist(
            file.project,
            file.version,
            requires=requires,
            extras=extras,
            requires_python=file.requires_python,
            build_requires=file.build_requires,
        )
    return world.add_wheel(
        file.project,
        file.version,
        requires=requires,
        extras=extras,
        requires_python=file.requires_python,
        tags=file.tags,
    )


def random_world(seed: int) -> RandomWorld:
    """The world of a seed."""
    return _Maker(seed).world()


class _Maker:
    """The dice, and what was decided so far."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.dice = Random(seed)  # noqa: S311
        self.patches = {minor: self.dice.randint(2, 9) for minor in PYTHONS}
        count = self.dice.randint(5, 9)
        self.names = [f"s{seed}-{letter}" for letter in "abcdefghi"[:count]]
        self.versions = {name: self.some_versions() for name in self.names}
        self.extras = {name: self.chance(0.35) for name in self.names}

    def world(self) -> RandomWorld:
        files = [file for name in self.names for file in self.project(name)]
        builder = f"s{self.seed}-builder"
        files += [RandomFile(project=builder, version=one, tags="py3-none-any") for one in "123"]
        return RandomWorld(
            seed=self.seed,
            files=tuple(files),
            roots=tuple(self.roots(files)),
            constraints=tuple(self.constraints()),
            targets=tuple(self.targets()),
            patches=self.patches,
        )

    def chance(self, probability: float) -> bool:
        return self.dice.random() < probability

    def some_versions(self) -> list[str]:
        found = self.dice.sample(_VERSIONS, self.dice.randint(1, 4))
        if self.chance(0.2):
            found.append(self.dice.choice(_ODD_VERSIONS))
        return sorted(found)

    def targets(self) -> list[str]:
        everything = [f"cp3{minor}-{platform}" for minor in PYTHONS for platform in PLATFORMS]
        return sorted(self.dice.sample(everything, self.dice.randint(3, 4)))

    def project(self, name: str) -> list[RandomFile]:
        only_sdists = self.chance(0.12)
        return [
            file
            for version in self.versions[name]
            for file in self.release(name, version, only_sdists=only_sdists)
        ]

    def release(self, name: str, version: str, *, only_sdists: bool) -> list[RandomFile]:
        requires, extras = self.edges(name), self.extra_edges(name)
        bound = self.python_bound()
        yanked = self.chance(0.08)
        tags: list[str | None] = [None] if only_sdists else self.tags()
        # Wheels of one release mostly have the same metadata, but nothing makes sure of it. Where
        # there is an sdist too, uv may read a wheel that does not fit in its place.
        alike = self.chance(0.9) or None in tags
        return [
            RandomFile(
                project=name,
                version=version,
                tags=one,
                requires=requires if alike else self.edges(name),
                extras=extras,
                requires_python=bound,
                yanked=yanked,
                build_requires=() if one else self.build_requires(),
            )
            for one in tags
        ]

    def tags(self) -> list[str | None]:
        if self.chance(0.6):
            return ["py3-none-any"]
        platforms = self.dice.sample(_WHEEL_PLATFORMS, self.dice.randint(3, len(_WHEEL_PLATFORMS)))
        found: list[str | None] = []
        for platform in platforms:
            match self.dice.choice(("python", "abi3", "any")):
                case "python":
                    minors = self.dice.sample(PYTHONS, self.dice.randint(1, 3))
                    found += [f"cp3{one}-cp3{one}-{platform}" for one in sorted(minors)]
                case "abi3":
                    found.append(f"cp3{self.dice.choice((9, 11, 12))}-abi3-{platform}")
                case _:
                    found.append(f"py3-none-{platform}")
        if self.chance(0.25):
            found.append("py3-none-any")
        if self.chance(0.25):
            found.append(None)
        return found

    def build_requires(self) -> tuple[str, ...]:
        choices = ((), (f"s{self.seed}-builder",), (f"s{self.seed}-builder<3",))
        return self.dice.choice(choices)

    def edges(self, name: str) -> tuple[str, ...]:
        others = self.names[self.names.index(name) + 1 :]
        wanted = self.dice.sample(others, min(len(others), self.dice.choice((0, 1, 1, 2, 2, 3))))
        if self.chance(0.05):
            wanted.append(self.dice.choice(self.names))  # a cycle
        if self.chance(0.02):
            wanted.append(f"s{self.seed}-missing")
        return tuple(self.requirement(one) for one in wanted if one != name)

    def extra_edges(self, name: str) -> dict[str, list[str]]:
        if not self.extras[name]:
            return {}
        others = [one for one in self.names if one != name]
        extras = {"x": [self.requirement(self.dice.choice(others))]}
        return {**extras, "all": [f"{name}[x]"]} if self.chance(0.5) else extras

    def requirement(self, name: str, marked: float = 0.3) -> str:
        extra = ""
        if self.extras.get(name) and self.chance(0.4):
            extra = self.dice.choice(("[x]", "[all]"))
        marker = f" ; {self.marker()}" if self.chance(marked) else ""
        return f"{name}{extra}{self.specifier(name)}{marker}"

    def specifier(self, name: str) -> str:
        version = self.dice.choice(self.versions.get(name, ["1.0"]))
        public = version.partition("+")[0]
        release = public[:3]
        if self.chance(0.015):
            return "==9.9"
        series = f">={release},<{int(release[0]) + 1}"
        bounds = (
            f">={public}", f"<={public}", f"!={public}", f"=={version}", f"=={release[0]}.*",
            f"~={release}", series, f">={public}", f">={release}",
        )  # fmt: skip
        return self.dice.choice(("", "", "", "", "", "", *bounds))

    def marker(self) -> str:
        minor = self.dice.choice(PYTHONS)
        patch = f"3.{minor}.{self.patches[minor]}"
        simple = (
            "sys_platform == 'linux'", "sys_platform != 'win32'", "sys_platform == 'darwin'",
            "platform_machine == 'x86_64'", "platform_machine != 'aarch64'",
            "platform_system == 'Windows'", "os_name == 'posix'",
            f"python_version < '3.{minor}'", f"python_version >= '3.{minor}'",
            f"python_full_version < '{patch}'", f"python_full_version >= '{patch}'",
            f"python_full_version <= '{patch}'", "platform_python_implementation != 'CPython'",
        )  # fmt: skip
        if self.chance(0.2):
            joined = self.dice.choice((" and ", " or "))
            return joined.join(self.dice.sample(simple, 2))
        return self.dice.choice(simple)

    def python_bound(self) -> str | None:
        if self.chance(0.8):
            return None
        minor = self.dice.choice(PYTHONS)
        patch = f"3.{minor}.{self.patches[minor]}"
        # uv reads no upper bound of a `Requires-Python`, so as an oracle it knows none.
        bounds = (">=3.11", ">=3.12", f">={patch}", f">={patch}", ">=3.13")
        return self.dice.choice(bounds)

    def roots(self, files: Sequence[RandomFile]) -> list[str]:
        first = self.names[: self.dice.randint(1, 4)]
        roots = [self.requirement(name, marked=0.15) for name in first]
        yanked = [file for file in files if file.yanked]
        if yanked and self.chance(0.5):
            pinned = self.dice.choice(yanked)
            roots.append(f"{pinned.project}=={pinned.version}")
        return roots

    def constraints(self) -> list[str]:
        if not self.chance(0.25):
            return []
        chosen = self.dice.sample(self.names, self.dice.randint(1, 2))
        return [f"{name}{specifier}" for name in chosen if (specifier := self.specifier(name))]
