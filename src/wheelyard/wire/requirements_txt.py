"""pip's requirements files, and its constraints files.

Pure: what a file refers to is told by name, and the caller reads it.

Spec: https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

import codecs
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from packaging.requirements import Requirement

from wheelyard.model.digests import InvalidDigest, parse_digest
from wheelyard.model.errors import InvalidInput
from wheelyard.model.names import InvalidProjectName
from wheelyard.model.outside import OutsideRequirement
from wheelyard.model.requirements import InvalidRequirement, parse_requirement, required_project
from wheelyard.wire.places import outside, read_place

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
_CODING = re.compile(rb"coding[:=]\s*([-\w.]+)")
_COMMENT = re.compile(r"(^|\s+)#.*$")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_OPTIONS_BEGIN = re.compile(r"(?:^|\s)(?=-)")
_STRONG_HASHES = ("sha256", "sha384", "sha512")  # pip takes no others


class InvalidRequirementsFile(InvalidInput):
    """A requirements file has a line that pip would not take either."""

    def __init__(self, filename: str, line: int | None, reason: str, hint: str) -> None:
        self.filename, self.line, self.reason, self.hint = filename, line, reason, hint
        super().__init__(f"{_place(filename, line)}: {reason}")


class Switch(StrEnum):
    """Options for a whole run that are on once they stand anywhere."""

    PRE = "pre"
    REQUIRE_HASHES = "require-hashes"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A requirement, or in a constraints file a constraint."""

    requirement: Requirement
    digests: frozenset[str]  # `sha256:<lowercase hex>`; empty: any file
    where: str  # `requirements.txt, line 3`


@dataclass(frozen=True, slots=True)
class Reference:
    """Another file to be read in this place."""

    path: str  # as written: relative to the file that names it
    is_constraint: bool
    where: str


@dataclass(frozen=True, slots=True)
class FormatWish:
    """`--no-binary` or `--only-binary`; they are obeyed in their order."""

    option: str  # without its hyphens
    names: str


@dataclass(frozen=True, slots=True)
class PassedOver:
    """An option that does not concern a mirror, or that must be given in another way."""

    option: str  # as written
    where: str
    instead: str  # what to do; empty: nothing

    def __str__(self) -> str:
        advice = f"; {self.instead}" if self.instead else ""
        return f"`{self.option}` ({self.where}) is passed over{advice}"


Entry = Wanted | OutsideRequirement | Reference | FormatWish | Switch | PassedOver

_UPSTREAM = (
    "name the index with `--upstream`, and leave the line out where people install: pip obeys it"
)
_NOT_NEEDED = ""
_WITH_VALUE = {
    "--requirement": "-r", "--constraint": "-c", "--editable": "-e", "--hash": "",
    "--no-binary": "", "--only-binary": "",
}  # fmt: skip
_WITHOUT_VALUE = {"--pre": Switch.PRE, "--require-hashes": Switch.REQUIRE_HASHES}
_PASSED_OVER_WITH_VALUE = {
    "--index-url": _UPSTREAM,
    "--extra-index-url": _UPSTREAM,
    "--find-links": _UPSTREAM,
    "--trusted-host": _NOT_NEEDED,
    "--use-feature": _NOT_NEEDED,
    "--config-settings": "it is for whoever builds the sdist",
    "--config-setting": "it is for whoever builds the sdist",
    "--global-option": "it is for whoever builds the sdist",
    "--all-releases": "`--pre` lets pre-releases meet every requirement",
    "--only-final": _NOT_NEEDED,
}
_PASSED_OVER = {
    "--no-index": _UPSTREAM,
    "--prefer-binary": "the newest release is taken, as uv does",
    "--no-require-hashes": _NOT_NEEDED,
}
_SHORT = {
    "-r": "--requirement", "-c": "--constraint", "-e": "--editable", "-i": "--index-url",
    "-f": "--find-links", "-C": "--config-settings", "--pypi-url": "--index-url",
}  # fmt: skip
_TAKE_A_VALUE = _WITH_VALUE.keys() | _PASSED_OVER_WITH_VALUE.keys()
_KNOWN = _TAKE_A_VALUE | _WITHOUT_VALUE.keys() | _PASSED_OVER.keys()


def decode_requirements(document: bytes, filename: str) -> str:
    """The text of a requirements file: by its byte order mark, or its PEP 263 comment, or UTF-8.

    Raises InvalidRequirementsFile where pip would fall back to the encoding of its own machine.
    """
    encoding, start = "utf-8", 0
    for mark, marked in _BOMS:
        if document.startswith(mark):
            encoding, start = marked, len(mark)
            break
    else:
        for line in document.split(b"\n")[:2]:
            if line.startswith(b"#") and (match := _CODING.search(line)):
                encoding = match[1].decode("ascii", "replace")
                break
    try:
        return document[start:].decode(encoding)
    except (LookupError, ValueError) as error:
        hint = "save it as UTF-8, or begin it with a comment such as `# -*- coding: latin-1 -*-`"
        raise InvalidRequirementsFile(filename, None, f"it is no {encoding} text", hint) from error


def parse_requirements(
    text: str, filename: str, variables: Mapping[str, str], *, is_constraints: bool = False
) -> tuple[Entry, ...]:
    """Everything that the file says, in its order; raises InvalidRequirementsFile.

    `variables` are what `${NAME}` stands for. One that is not there, or empty, is left as it is
    written, as pip leaves it.
    """
    entries: list[Entry] = []
    for number, line in _logical_lines(text):
        expanded = _VARIABLE.sub(lambda match: variables.get(match[1]) or match[0], line)
        reader = _Line(filename, number, is_constraints)
        entries += reader.read(expanded)
    return tuple(entries)


def _place(filename: str, line: int | None) -> str:
    return f"{filename}, line {line}" if line else filename


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments, joined where one ends in a backslash, with the number of the first.

    A comment ends a continuation, and a backslash at its end continues nothing.
    """
    parts: list[str] = []
    first = 0
    for number, line in enumerate(text.splitlines(), start=1):
        is_comment = line.lstrip().startswith("#")
        first = first if parts else number
        if line.endswith("\\") and not is_comment:
            parts.append(line.rstrip("\\"))
            continue
        # What stands before a comment line stays a word of its own.
        parts.append(f" {line}" if is_comment else line)
        if joined := _COMMENT.sub("", "".join(parts)).strip():
            yield first, joined
        parts = []
    if joined := _COMMENT.sub("", "".join(parts)).strip():
        yield first, joined


@dataclass(frozen=True, slots=True)
class _Line:
    """One logical line, being read."""

    filename: str
    number: int
    is_constraint: bool

    @property
    def where(self) -> str:
        return _place(self.filename, self.number)

    def read(self, line: str) -> Iterator[Entry]:
        begin = _OPTIONS_BEGIN.search(line)
        wanted = line[: begin.start()].strip() if begin else line
        options = list(self._options(line[begin.end() :])) if begin else []
        editables = [value for option, value in options if option == "--editable"]
        for option, value in options:
            if option in _PASSED_OVER or option in _PASSED_OVER_WITH_VALUE:
                yield self._passed_over(option, value)
        # "Other options may be present, but are ignored" by pip beside a requirement.
        if wanted:
            yield self._wanted(wanted, self._digests(options))
        elif editables:
            yield self._editable(editables[0])
        else:
            yield from self._alone(options)

    def _options(self, text: str) -> Iterator[tuple[str, str]]:
        try:
            words = shlex.split(text)
        except ValueError as error:
            raise self._error(f"`{text}`: {error}".lower(), "close the quotes") from error
        rest = iter(words)
        for word in rest:
            name, value = _split_option(word)
            if name not in _KNOWN:
                hint = "see https://pip.pypa.io/en/stable/reference/requirements-file-format/"
                raise self._error(f"`{word}` is no option of requirements files", hint)
            if name not in _TAKE_A_VALUE:
                if value is not None:
                    raise self._error(f"`{name}` takes no value", f"write `{name}` alone")
                yield name, ""
                continue
            if value is None:
                value = next(rest, None)
            if not value:
                raise self._error(f"`{name}` needs a value", f"write `{name} VALUE`")
            yield name, value

    def _alone(self, options: list[tuple[str, str]]) -> Iterator[Entry]:
        for option, value in options:
            match option:
                case "--requirement" | "--constraint":
                    # What a constraints file names by `-r` are requirements again, for pip.
                    yield Reference(value, option == "--constraint", self.where)
                case "--no-binary" | "--only-binary":
                    yield FormatWish(option.removeprefix("--"), value)
                case "--pre" | "--require-hashes":
                    yield _WITHOUT_VALUE[option]
                case "--hash":
                    yield PassedOver(f"--hash {value}", self.where, "it belongs to no requirement")

    def _wanted(self, text: str, digests: frozenset[str]) -> Entry:
        if place := read_place(text, self.where):
            return place
        try:
            requirement = parse_requirement(text)
            required_project(requirement)
        except (InvalidRequirement, InvalidProjectName) as error:
            raise self._error(str(error), error.hint or "") from error
        if self.is_constraint and requirement.extras:
            # As pip has it: "Constraints cannot have extras".
            hint = f"write `{requirement.name}` without them"
            raise self._error(f"`{text}` is a constraint, which cannot have extras", hint)
        return Wanted(requirement, digests, self.where)

    def _editable(self, place: str) -> OutsideRequirement:
        if self.is_constraint:
            hint = "move it to a requirements file"
            raise self._error("a constraint cannot be editable", hint)
        read = read_place(place, self.where)
        text = f"-e {place}"
        return outside(place, self.where, text=text, name=read.project if read else None)

    def _digests(self, options: list[tuple[str, str]]) -> frozenset[str]:
        return frozenset(self._digest(value) for option, value in options if option == "--hash")

    def _digest(self, value: str) -> str:
        algorithm, colon, digest = value.partition(":")
        hint = f"write `--hash=sha256:` and the hexadecimal digest; pip takes {_listed_hashes()}"
        if not colon or algorithm not in _STRONG_HASHES:
            raise self._error(f"`--hash={value}` names no digest that pip takes", hint)
        try:
            return f"{algorithm}:{parse_digest(algorithm, digest)}"
        except InvalidDigest as error:
            raise self._error(str(error), hint) from error

    def _passed_over(self, option: str, value: str) -> PassedOver:
        instead = _PASSED_OVER.get(option) or _PASSED_OVER_WITH_VALUE.get(option, "")
        # The value of an index's option may hold a password.
        shown = outside(value, "").text if value else ""
        return PassedOver(f"{option} {shown}".strip(), self.where, instead)

    def _error(self, reason: str, hint: str) -> InvalidRequirementsFile:
        return InvalidRequirementsFile(self.filename, self.number, reason, hint)


def _split_option(word: str) -> tuple[str, str | None]:
    """`--hash=x`, `--hash`, `-rfile` and `-r` as the long name and the value in the same word."""
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        return _SHORT.get(name, name), value if equals else None
    return _SHORT.get(word[:2], word), word[2:] or None


def _listed_hashes() -> str:
    return ", ".join(_STRONG_HASHES)
