"""A small world mirrored by the real command: two groups, two targets, builds and additions."""

import json
from dataclasses import dataclass
from pathlib import Path

from cli.shell import Shell, write_config
from wheelyard.model.names import ProjectName
from wheelyard.prove.document import Proof
from wheelyard.prove.store import read_proof
from wheelyard.yard.layout import Layout, PageForm
from world import World

LINUX = "cp312-manylinux_2_28_x86_64"
WINDOWS = "cp312-win_amd64"

CONFIG = f"""\
[targets]
target = ["{LINUX}", "{WINDOWS}"]

[[group]]
name = "web"
requirements = ["app", "lib"]
policy = "keep-2"

[[group]]
name = "data"
requirements = ["built"]
policy = "lock"
"""


@dataclass(frozen=True)
class ProvenYard:
    """A yard that was mirrored and proven."""

    shell: Shell

    @property
    def layout(self) -> Layout:
        """Where everything lies."""
        return Layout(self.shell.yard)

    @property
    def proof(self) -> Proof:
        """The proof as it is in the yard now."""
        proof = read_proof(self.layout)
        assert proof is not None
        return proof

    def packages(self) -> list[Path]:
        """Every file and document that the yard holds, sorted."""
        return sorted(path for path in self.layout.packages.rglob("*") if path.is_file())

    def file(self, name: str) -> Path:
        """The file or document of this name."""
        (path,) = (path for path in self.packages() if path.name == name)
        return path

    def pages(self, project: str) -> list[Path]:
        """A project's page, in all forms."""
        return [self.layout.project_page(ProjectName(project), form) for form in PageForm]

    def unlist(self, project: str, filename: str) -> None:
        """Take a file off its project's page."""
        path = self.layout.project_page(ProjectName(project), PageForm.V1_JSON)
        page = json.loads(path.read_bytes())
        page["files"] = [file for file in page["files"] if file["filename"] != filename]
        path.write_text(json.dumps(page))


def fill(world: World) -> None:
    """`web` takes `app` and an old `lib`; `data` is an sdist whose build builds another one."""
    world.add_wheel("app", "1.0", requires=["lib<2", 'tzdata; sys_platform == "win32"'])
    world.add_wheel("lib", "1.0")
    world.add_wheel("lib", "2.0")
    world.add_wheel("tzdata", "2024.1")
    world.add_sdist("built", "1.0", requires=["lib<2"], build_requires=["backend"])
    world.add_sdist("backend", "1.0", build_requires=["core"])
    world.add_wheel("core", "1.0")


def mirrored(world: World, folder: Path) -> ProvenYard:
    """Fill the world and mirror it."""
    fill(world)
    shell = Shell(world, folder, proves=True)
    write_config(folder, CONFIG)
    done = shell.run("mirror", "--quiet")
    assert done.code == 0, done.errors
    return ProvenYard(shell)
