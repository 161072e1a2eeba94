"""Real wheels and sdists, a few hundred bytes long and the same bytes for the same arguments."""

import base64
import gzip
import hashlib
import io
import json
import random
import re
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from typing import Literal

Backend = Literal["in-tree", "setuptools", "legacy"]
Contents = Mapping[str, str | bytes]

_NO_EXTRAS: Mapping[str, Sequence[str]] = {}

# A complete PEP 517 backend: the wheel it writes holds the sdist's modules and, as its METADATA,
# the PKG-INFO followed by the requirements that only a build tells.
_IN_TREE_BACKEND = """\
import base64, hashlib, pathlib, zipfile

DIST_INFO = {dist_info!r}
TAG = {tag!r}
METADATA = pathlib.Path("PKG-INFO").read_text() + {built_requires!r}
WHEEL = "Wheel-Version: 1.0\\nGenerator: small-world\\nRoot-Is-Purelib: true\\nTag: " + TAG + "\\n"


def get_requires_for_build_wheel(config_settings=None):
    return {hook_requires!r}


def get_requires_for_build_sdist(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    directory = pathlib.Path(metadata_directory, DIST_INFO)
    directory.mkdir()
    (directory / "METADATA").write_text(METADATA)
    (directory / "WHEEL").write_text(WHEEL)
    return DIST_INFO


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    files = {{name: pathlib.Path(name).read_bytes() for name in {modules!r}}}
    files[DIST_INFO + "/METADATA"] = METADATA.encode()
    files[DIST_INFO + "/WHEEL"] = WHEEL.encode()
    record = ""
    filename = {stem!r} + "-" + TAG + ".whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory, filename), "w") as wheel:
        for name, data in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
            record += f"{{name}},sha256={{digest}},{{len(data)}}\\n"
            wheel.writestr(name, data)
        wheel.writestr(DIST_INFO + "/RECORD", record + DIST_INFO + "/RECORD,,\\n")
    return filename


def build_sdist(sdist_directory, config_settings=None):
    raise NotImplementedError
"""

_SETUP_PY = """\
from setuptools import setup

setup(
    name={name!r},
    version={version!r},
    py_modules={py_modules!r},
    install_requires={requires!r},
    extras_require={extras!r},
    python_requires={requires_python!r},
)
"""


def wheel_filename(name: str, version: str, tags: str = "py3-none-any") -> str:
    """The file name of a wheel; `tags` may start with a build tag."""
    return f"{_stem(name, version)}-{tags}.whl"


def sdist_filename(name: str, version: str) -> str:
    """The file name of an sdist (PEP 625)."""
    return f"{_stem(name, version)}.tar.gz"


def make_wheel(
    name: str,
    version: str,
    *,
    requires: Sequence[str] = (),
    requires_python: str | None = None,
    tags: str = "py3-none-any",
    extras: Mapping[str, Sequence[str]] = _NO_EXTRAS,
    modules: Contents | None = None,
    payload: int = 0,
    metadata_first: bool = False,
) -> bytes:
    """An installable wheel with a correct RECORD.

    `modules` maps paths to contents; by default one module that holds `__version__`. `payload` is
    the number of incompressible bytes to add, for wheels that should not fit one range request.
    `metadata_first` puts the dist-info before the modules, where a read of the tail misses it.
    """
    dist_info = f"{_stem(name, version)}.dist-info"
    contents = dict(_default_modules(name, version) if modules is None else modules)
    if payload:
        contents[f"{_module(name)}_payload.bin"] = random.Random(name).randbytes(payload)  # noqa: S311
    metadata = core_metadata(
        name, version, requires=requires, requires_python=requires_python, extras=extras
    )
    information = {f"{dist_info}/METADATA": metadata, f"{dist_info}/WHEEL": _wheel_file(tags)}
    files = {**information, **contents} if metadata_first else {**contents, **information}
    return _zip(files, f"{dist_info}/RECORD")


def make_sdist(
    name: str,
    version: str,
    *,
    requires: Sequence[str] = (),
    requires_python: str | None = None,
    extras: Mapping[str, Sequence[str]] = _NO_EXTRAS,
    build_requires: Sequence[str] | None = None,
    hook_requires: Sequence[str] = (),
    built_requires: Sequence[str] = (),
    backend: Backend = "in-tree",
    pkg_info_version: Literal["1.1", "2.1", "2.2", "2.4"] = "2.2",
    dynamic: Sequence[str] = (),
    project_table: bool = False,
    modules: Contents | None = None,
    payload: int = 0,
) -> bytes:
    """A buildable sdist.

    `in-tree` brings its own backend and builds without a network; `setuptools` has a
    pyproject.toml that asks for setuptools; `legacy` has a setup.py and no pyproject.toml.
    `build_requires` replaces the backend's own `[build-system] requires`, `hook_requires` is what
    the in-tree backend's hook asks for besides, and `built_requires` is what only its wheel tells.
    Before metadata 2.2 the PKG-INFO tells no requirements, as setuptools wrote it.
    """
    root = _stem(name, version)
    contents = dict(_default_modules(name, version) if modules is None else modules)
    if payload:
        contents["payload.bin"] = random.Random(name).randbytes(payload)  # noqa: S311
    declared = (name, version, requires, requires_python, extras)
    pkg_info = _pkg_info(*declared, pkg_info_version, dynamic)
    files: dict[str, str | bytes] = {"PKG-INFO": pkg_info, **contents}
    if backend != "legacy":
        table = _project_table(*declared) if project_table else ""
        files["pyproject.toml"] = _build_system(backend, build_requires) + table
    if backend == "in-tree":
        files["small_world_backend.py"] = _IN_TREE_BACKEND.format(
            dist_info=f"{root}.dist-info",
            stem=root,
            tag="py3-none-any",
            built_requires="".join(f"Requires-Dist: {text}\n" for text in built_requires),
            hook_requires=list(hook_requires),
            modules=sorted(contents),
        )
    else:
        files |= _setuptools_files(*declared, contents)
    return _tar({f"{root}/{path}": body for path, body in files.items()})


def core_metadata(
    name: str,
    version: str,
    *,
    requires: Sequence[str] = (),
    requires_python: str | None = None,
    extras: Mapping[str, Sequence[str]] = _NO_EXTRAS,
    metadata_version: str = "2.2",
    dynamic: Sequence[str] = (),
) -> str:
    """A METADATA or PKG-INFO document."""
    lines = [f"Metadata-Version: {metadata_version}", f"Name: {name}", f"Version: {version}"]
    lines += [f"Dynamic: {field}" for field in dynamic]
    if requires_python is not None:
        lines.append(f"Requires-Python: {requires_python}")
    lines += [f"Requires-Dist: {text}" for text in requires]
    for extra, wanted in extras.items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f"Requires-Dist: {_with_extra(text, extra)}" for text in wanted]
    return "\n".join(lines) + "\n"


def _pkg_info(
    name: str,
    version: str,
    requires: Sequence[str],
    requires_python: str | None,
    extras: Mapping[str, Sequence[str]],
    metadata_version: str,
    dynamic: Sequence[str],
) -> str:
    tells_all = metadata_version >= "2.2"
    return core_metadata(
        name,
        version,
        requires=requires if tells_all else (),
        requires_python=requires_python if metadata_version > "1.1" else None,
        extras=extras if tells_all else _NO_EXTRAS,
        metadata_version=metadata_version,
        dynamic=dynamic,
    )


def _with_extra(requirement: str, extra: str) -> str:
    text, _, marker = requirement.partition(";")
    condition = f'extra == "{extra}"'
    return f"{text.strip()} ; " + (f"({marker.strip()}) and {condition}" if marker else condition)


def _module(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()


def _stem(name: str, version: str) -> str:
    return f"{_module(name)}-{version.replace('-', '_')}"


def _default_modules(name: str, version: str) -> Contents:
    return {f"{_module(name)}.py": f"__version__ = {version!r}\n"}


def _wheel_file(tags: str) -> str:
    python, abi, platform = tags.split("-")[-3:]
    lines = ["Wheel-Version: 1.0", "Generator: small-world", "Root-Is-Purelib: true"]
    lines += [
        f"Tag: {one}-{two}-{three}"
        for one in python.split(".")
        for two in abi.split(".")
        for three in platform.split(".")
    ]
    return "\n".join(lines) + "\n"


def _zip(files: Contents, record_path: str) -> bytes:
    record = ""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, body in files.items():
            data = body.encode() if isinstance(body, str) else body
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
            record += f"{path},sha256={digest},{len(data)}\n"
            _write_member(archive, path, data)
        _write_member(archive, record_path, f"{record}{record_path},,\n".encode())
    return buffer.getvalue()


def _write_member(archive: zipfile.ZipFile, path: str, data: bytes) -> None:
    member = zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0))
    member.external_attr = 0o644 << 16
    member.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(member, data)


def _tar(files: Contents) -> bytes:
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as archive,
    ):
        for path, body in files.items():
            data = body.encode() if isinstance(body, str) else body
            member = tarfile.TarInfo(path)
            member.size = len(data)
            member.mtime = 1_577_836_800
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def _build_system(backend: Backend, build_requires: Sequence[str] | None) -> str:
    if backend == "in-tree":
        requires = list(build_requires or ())
        lines = 'build-backend = "small_world_backend"\nbackend-path = ["."]\n'
    else:
        requires = ["setuptools>=40.8.0"] if build_requires is None else list(build_requires)
        lines = 'build-backend = "setuptools.build_meta"\n'
    return f"[build-system]\nrequires = {json.dumps(requires)}\n{lines}"


def _project_table(
    name: str,
    version: str,
    requires: Sequence[str],
    requires_python: str | None,
    extras: Mapping[str, Sequence[str]],
) -> str:
    lines = ["", "[project]", f'name = "{name}"', f'version = "{version}"']
    lines.append(f"dependencies = {json.dumps(list(requires))}")
    if requires_python is not None:
        lines.append(f'requires-python = "{requires_python}"')
    if extras:
        lines.append("[project.optional-dependencies]")
        lines += [f"{extra} = {json.dumps(list(wanted))}" for extra, wanted in extras.items()]
    return "\n".join(lines) + "\n"


def _setuptools_files(
    name: str,
    version: str,
    requires: Sequence[str],
    requires_python: str | None,
    extras: Mapping[str, Sequence[str]],
    modules: Contents,
) -> dict[str, str]:
    """The setup.py, and the requires.txt that `setup.py sdist` leaves in the archive."""
    sections = [f"\n[{extra}]\n" + "\n".join(wanted) for extra, wanted in extras.items()]
    return {
        "setup.py": _SETUP_PY.format(
            name=name,
            version=version,
            py_modules=[path.removesuffix(".py") for path in modules if path.endswith(".py")],
            requires=list(requires),
            extras={extra: list(wanted) for extra, wanted in extras.items()},
            requires_python=requires_python,
        ),
        f"{_module(name)}.egg-info/requires.txt": "\n".join([*requires, *sections]) + "\n",
    }
