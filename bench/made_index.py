"""A made-up index as a static tree for nginx, so that the upstream is never the bottleneck.

500 projects of one release each, with 2,661 wheels of about 45 kB: a wheel for each target, or
with the last target left to a wheel that fits everywhere. So mirroring all projects for all
targets takes exactly all files, and a tool that takes whole projects fetches the same ones.
"""

import hashlib
import io
import json
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECTS, FILES = 500, 2661
PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = ("linux", "windows")

_TAGS = [
    f"cp3{minor}-cp3{minor}-{platform}"
    for minor in (11, 12, 13)
    for platform in ("manylinux_2_17_x86_64", "win_amd64")
]
_LEAST, _MOST = 20_000, 67_000  # bytes of payload, evenly spread: 118 MB in all
_SERIAL = 1000
_UPLOADED = "2026-01-02T03:04:05.678901Z"

# The trees have no file types: everything in one location is of one kind. bandersnatch asks for
# `/simple` and takes a project's JSON only with its serial.
SERVER = """\
    root {tree};
    location = /simple {{
      default_type application/vnd.pypi.simple.v1+json;
      try_files /simple/index.json =404;
    }}
    location /simple/ {{
      types {{ }}
      default_type application/vnd.pypi.simple.v1+json;
      index index.json;
    }}
    location /pypi/ {{
      default_type application/json;
      add_header X-PyPI-Last-Serial 1000;
    }}
"""


@dataclass(frozen=True, slots=True)
class _Wheel:
    filename: str
    body: bytes
    metadata: bytes

    @property
    def path(self) -> str:
        digest = hashlib.blake2b(self.body, digest_size=32).hexdigest()
        return f"packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{self.filename}"


def make_index(tree: Path) -> list[str]:
    """Write the index below `tree`; gives the paths of its wheels, below `tree` too."""
    chance = random.Random(2661)
    names = [f"project-{number:03}" for number in range(PROJECTS)]
    with_six = FILES - 5 * PROJECTS
    paths: list[str] = []
    for number, name in enumerate(names):
        tags = _TAGS if number < with_six else [*_TAGS[:4], "py3-none-any"]
        wheels = [_make_wheel(name, tag, names, chance) for tag in tags]
        for wheel in wheels:
            _write(tree / wheel.path, wheel.body)
            _write(tree / f"{wheel.path}.metadata", wheel.metadata)
            paths.append(wheel.path)
        _write(tree / "simple" / name / "index.json", _simple_page(name, wheels))
        _write(tree / "pypi" / name / "json", _project_json(name, wheels))
    _write(tree / "simple" / "index.json", _simple_list(names))
    return paths


def project_names(tree: Path) -> list[str]:
    """The projects of the index."""
    return sorted(path.name for path in (tree / "pypi").iterdir())


def _make_wheel(name: str, tag: str, names: list[str], chance: random.Random) -> _Wheel:
    module = name.replace("-", "_")
    dist_info = f"{module}-1.0.dist-info"
    required = "".join(f"Requires-Dist: {other}>=1\n" for other in _some(names, name))
    metadata = (
        f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Python: >=3.9\n"
        f"{required}\nA project that was made up.\n"
    ).encode()
    members = {
        f"{module}/__init__.py": chance.randbytes(chance.randint(_LEAST, _MOST)),
        f"{dist_info}/METADATA": metadata,
        f"{dist_info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n".encode(),
        f"{dist_info}/RECORD": b"",
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as wheel:
        for path, content in members.items():
            wheel.writestr(zipfile.ZipInfo(path), content)
    return _Wheel(f"{module}-1.0-{tag}.whl", archive.getvalue(), metadata)


def _some(names: list[str], name: str) -> Iterator[str]:
    """Three projects that come later in the list, if there are so many: no cycles."""
    number = names.index(name)
    yield from (names[later] for step in (1, 7, 31) if (later := number + step) < len(names))


def _simple_page(name: str, wheels: list[_Wheel]) -> bytes:
    files = [
        {
            "filename": wheel.filename,
            "url": f"/{wheel.path}",
            "hashes": {"sha256": _sha256(wheel.body)},
            "requires-python": ">=3.9",
            "size": len(wheel.body),
            "upload-time": _UPLOADED,
            "yanked": False,
            "core-metadata": {"sha256": _sha256(wheel.metadata)},
        }
        for wheel in wheels
    ]
    meta = {"api-version": "1.4", "_last-serial": _SERIAL}
    return json.dumps({"meta": meta, "name": name, "versions": ["1.0"], "files": files}).encode()


def _simple_list(names: list[str]) -> bytes:
    projects = [{"name": name, "_last-serial": _SERIAL} for name in names]
    meta = {"api-version": "1.4", "_last-serial": _SERIAL}
    return json.dumps({"meta": meta, "projects": projects}).encode()


def _project_json(name: str, wheels: list[_Wheel]) -> bytes:
    files = [
        {
            "filename": wheel.filename,
            "url": f"/{wheel.path}",
            "digests": {"sha256": _sha256(wheel.body)},
            "md5_digest": "",
            "packagetype": "bdist_wheel",
            "python_version": wheel.filename.split("-")[2],
            "requires_python": ">=3.9",
            "size": len(wheel.body),
            "upload_time_iso_8601": _UPLOADED,
            "yanked": False,
            "yanked_reason": None,
            "core-metadata": {"sha256": _sha256(wheel.metadata)},
        }
        for wheel in wheels
    ]
    info = {"name": name, "version": "1.0", "requires_python": ">=3.9"}
    return json.dumps(
        {"info": info, "last_serial": _SERIAL, "releases": {"1.0": files}, "urls": files}
    ).encode()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
