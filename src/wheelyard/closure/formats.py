"""Formats: of which projects only wheels, or only sdists, may be taken.

As pip has it: `--no-binary` and `--only-binary` take names, `:all:` or `:none:`, each given after
the other, and what is said of a project beats what is said of all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from wheelyard.model.errors import InvalidInput
from wheelyard.model.names import InvalidProjectName, ProjectName, parse_project_name


class Format(StrEnum):
    """What a wish takes away."""

    NO_BINARY = "no-binary"  # no wheels
    ONLY_BINARY = "only-binary"  # no sdists


class InvalidFormatWish(InvalidInput):
    """`--no-binary` or `--only-binary` has something that is neither a name nor `:all:`."""

    hint = "write project names, separated by commas, or `:all:` or `:none:`"

    def __init__(self, wish: Format, text: str) -> None:
        self.wish, self.text = wish, text
        super().__init__(f"`--{wish} {text}` names no project")


class InvalidFormatOptions(InvalidInput):
    """The texts are not options as `Formats.options` gives them."""

    hint = "write pairs such as `--no-binary numpy`"

    def __init__(self, options: Sequence[str]) -> None:
        self.options = tuple(options)
        super().__init__(f"`{' '.join(options)}` says nothing of formats")


@dataclass(frozen=True, slots=True)
class Formats:
    """The formats that a group takes. Nothing said: wheels, and sdists where no wheel fits."""

    every: Format | None = None
    no_binary: frozenset[ProjectName] = frozenset()
    only_binary: frozenset[ProjectName] = frozenset()

    def accepts(self, project: ProjectName, *, is_wheel: bool) -> bool:
        """Whether a wheel, or else an sdist, of the project may be taken."""
        if project in self.no_binary:
            return not is_wheel
        if project in self.only_binary:
            return is_wheel
        return self.every is None or (self.every is Format.ONLY_BINARY) == is_wheel

    def wishing(self, wish: Format, text: str) -> "Formats":
        """These formats with one more option, such as `no-binary` and `numpy,pandas`.

        Raises InvalidFormatWish.
        """
        formats = self
        for item in text.split(","):
            formats = formats._with(wish, item.strip())
        return formats

    def _with(self, wish: Format, item: str) -> "Formats":
        match item:
            case ":all:":
                return Formats(every=wish)
            case ":none:":
                every = None if self.every is wish else self.every
                return replace(self, every=every, **{_field(wish): frozenset()})
        try:
            project = parse_project_name(item)
        except InvalidProjectName as error:
            raise InvalidFormatWish(wish, item) from error
        named = {_field(wish): getattr(self, _field(wish)) | {project}}
        other = _field(_OTHER[wish])
        return replace(self, **named, **{other: getattr(self, other) - {project}})

    def options(self) -> Iterable[str]:
        """The options of pip and uv that say the same."""
        if self.every is not None:
            yield from (f"--{self.every}", ":all:")
        for project in sorted(self.no_binary):
            yield from ("--no-binary", project)
        for project in sorted(self.only_binary):
            yield from ("--only-binary", project)


ANY_FORMAT = Formats()


def parse_options(options: Sequence[str]) -> Formats:
    """The formats whose options these are; raises InvalidFormatOptions and InvalidFormatWish."""
    if len(options) % 2 or not _WISHES.keys() >= set(options[::2]):
        raise InvalidFormatOptions(options)
    formats = ANY_FORMAT
    for option, text in zip(options[::2], options[1::2], strict=True):
        formats = formats.wishing(_WISHES[option], text)
    return formats


_WISHES = {f"--{wish}": wish for wish in Format}
_OTHER = {Format.NO_BINARY: Format.ONLY_BINARY, Format.ONLY_BINARY: Format.NO_BINARY}


def _field(wish: Format) -> str:
    return wish.value.replace("-", "_")
