"""pip's requirements files: each part of the grammar, and what pip refuses too."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wheelyard.model.outside import OutsideRequirement, Place
from wheelyard.wire.requirements_txt import (
    FormatWish,
    InvalidRequirementsFile,
    PassedOver,
    Reference,
    Switch,
    Wanted,
    decode_requirements,
    parse_requirements,
)

SAMPLES = Path(__file__).parent / "samples"
A, B = "a" * 64, "B" * 64


def said(text: str, **variables: str) -> list[str]:
    """What a file says, each entry in a few words."""
    return [_told(entry) for entry in parse_requirements(text, "r.txt", variables)]


def _told(entry: object) -> str:
    match entry:
        case Wanted(requirement, digests, where):
            hashes = "".join(f" {digest[:9]}" for digest in sorted(digests))
            return f"{requirement}{hashes} @{where.removeprefix('r.txt, line ')}"
        case Reference(path, is_constraint, _):
            return f"{'-c' if is_constraint else '-r'} {path}"
        case FormatWish(option, names):
            return f"{option} {names}"
        case Switch():
            return entry.value
        case PassedOver():
            return f"passed over {entry.option}"
        case OutsideRequirement():
            return f"{entry.place.name} {entry.project}"
    raise AssertionError(entry)


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("django>=5", ["django>=5 @1"]),
        ("\n# c\n  django  # why\n", ["django @3"]),
        ("uvicorn[standard] ~= 0.30 ; os_name == 'nt'",
         ['uvicorn[standard]~=0.30; os_name == "nt" @1']),
        ("a#b", None),  # a comment needs a space before it
        # continuation lines, which a comment ends
        ("django \\\n  >=5 \\\n  ,<6\nb", ["django<6,>=5 @1", "b @4"]),
        ("django \\\n# c \\\nb", ["django @1", "b @3"]),
        ("django\\", ["django @1"]),
        (f"a==1 --hash=sha256:{A} \\\n --hash sha256:{B}", ["a==1 sha256:aa sha256:bb @1"]),
        (f"a==1 --hash='sha512:{'c' * 128}'", ["a==1 sha512:cc @1"]),
        # variables: only in braces and capitals, and only if they are set
        ("a==${VERSION}", ["a==1.5 @1"]),
        ("-r ${NOT_SET}.txt", ["-r ${NOT_SET}.txt"]),
        ("-r $VERSION.txt", ["-r $VERSION.txt"]),
        # options
        ("-r base.txt", ["-r base.txt"]),
        ("-rbase.txt", ["-r base.txt"]),
        ("--requirement=base.txt", ["-r base.txt"]),
        ("-r 'with space.txt'", ["-r with space.txt"]),
        ("--constraint c.txt", ["-c c.txt"]),
        ("-c https://example.org/c.txt", ["-c https://example.org/c.txt"]),
        ("--no-binary=:all:\n--only-binary numpy,pandas",
         ["no-binary :all:", "only-binary numpy,pandas"]),
        ("--pre\n--require-hashes", ["pre", "require-hashes"]),
        ("-i https://pypi.org/simple\n--extra-index-url https://u:secret@x.example/",
         ["passed over --index-url https://pypi.org/simple",
          "passed over --extra-index-url https://x.example/"]),
        ("--find-links ./wheels --no-index", ["passed over --find-links ./wheels",
                                              "passed over --no-index"]),
        ("--trusted-host x.example\n--prefer-binary\n--use-feature fast-deps",
         ["passed over --trusted-host x.example", "passed over --prefer-binary",
          "passed over --use-feature fast-deps"]),
        ("a --global-option='-x' --config-settings=k=v",
         ["passed over --global-option -x", "passed over --config-settings k=v", "a @1"]),
        # what lies outside an index
        ("-e .", ["LOCAL unnamed"]),
        ("-e ./lib", ["LOCAL lib"]),
        ("--editable git+https://example.org/a/B_c.git@v1", ["REPOSITORY b-c"]),
        ("git+ssh://git@example.org/x.git#egg=Name", ["REPOSITORY name"]),
        ("lib @ https://example.org/lib.zip ; os_name == 'nt'", ["URL lib"]),
        ("https://example.org/d/a_b-1.0-py3-none-any.whl", ["URL a-b"]),
        ("file:///srv/a-1.0.tar.gz", ["LOCAL a"]),
        ("./lib[x]", ["LOCAL lib"]),
        ("lib-1.0-py3-none-any.whl", ["LOCAL lib"]),
        (r"C:\work\lib", ["LOCAL lib"]),
    ],
)  # fmt: skip
def test_a_line_is_read_as_pip_reads_it(text: str, entries: list[str] | None) -> None:
    if entries is None:
        with pytest.raises(InvalidRequirementsFile):
            said(text)
    else:
        assert said(text, VERSION="1.5", EMPTY="") == entries


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("a\n\n--hash-me x", "r.txt, line 3: `--hash-me` is no option", "pip.pypa.io"),
        ("--pre=yes", "line 1: `--pre` takes no value", "alone"),
        ("-r", "line 1: `--requirement` needs a value", "VALUE"),
        ("not one!", "line 1: `not one!` is not a requirement", "as pip takes it"),
        ("django>=5/2", "line 1: `django>=5/2` is not a requirement", "as pip takes it"),
        ("a --hash=md5:00", "`--hash=md5:00` names no digest that pip takes", "sha256"),
        ("a --hash=sha256:00", "`00` is not a sha256 digest", "sha256"),
        ("a --hash 'sha256:00", "closing quotation", "close the quotes"),
    ],
)
def test_what_pip_refuses_is_told_with_file_and_line(text: str, message: str, hint: str) -> None:
    with pytest.raises(InvalidRequirementsFile) as caught:
        said(text)
    assert message in str(caught.value)
    assert hint in (caught.value.hint or "")


def test_constraints_have_hashes_but_neither_extras_nor_editables() -> None:
    (wanted,) = parse_requirements(f"a==1 --hash=sha256:{A}", "c.txt", {}, is_constraints=True)
    assert isinstance(wanted, Wanted)
    assert wanted.digests == {f"sha256:{A}"}
    for text in ("a[x]==1", "-e ."):
        with pytest.raises(InvalidRequirementsFile, match=r"c\.txt, line 1: .*constraint"):
            parse_requirements(text, "c.txt", {}, is_constraints=True)


def test_what_lies_outside_is_told_without_its_password_and_with_advice() -> None:
    (entry,) = parse_requirements("git+https://u:secret@example.org/x.git", "r.txt", {})
    assert isinstance(entry, OutsideRequirement)
    assert entry.place is Place.REPOSITORY
    assert entry.message == (
        "`git+https://example.org/x.git` (r.txt, line 1) is a version control repository, outside "
        "any index; build a wheel of it, and carry that along"
    )


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("größe".encode(), "größe"),
        (b"\xef\xbb\xbfa", "a"),
        ("a".encode("utf-16"), "a"),
        ("a".encode("utf-32"), "a"),
        ("# -*- coding: latin-1 -*-\n# ö".encode("latin-1"), "# -*- coding: latin-1 -*-\n# ö"),
        (b"a\n# vim: set fileencoding=latin-1 :\n# \xf6", None),  # in the second line, but `=`
    ],
)
def test_the_encoding_is_by_mark_comment_or_utf8(document: bytes, text: str | None) -> None:
    assert decode_requirements(document, "r.txt") == (
        text if text is not None else document.decode("latin-1")
    )


@pytest.mark.parametrize("document", [b"\xff", b"# coding: no-such\n", b"# coding: base64\n"])
def test_other_bytes_are_told(document: bytes) -> None:
    with pytest.raises(InvalidRequirementsFile, match=r"r\.txt: it is no"):
        decode_requirements(document, "r.txt")


@pytest.mark.parametrize("name", ["exported.txt", "compiled.txt"])
def test_what_uv_writes_is_pinned_and_hashed(name: str) -> None:
    entries = parse_requirements((SAMPLES / name).read_text(), name, {})
    assert len(entries) >= 4
    for entry in entries:
        assert isinstance(entry, Wanted)
        assert len(entry.digests) >= 2
        assert str(entry.requirement.specifier).startswith("==")


_PIECES = st.sampled_from(
    ["django", "==1.0", ">=", "; os_name == 'nt'", "--hash=sha256:" + A, "--hash", "-r", "-e", "\\",
     "\n", " ", "#", "${X}", "--pre", "-", "'", "git+https://x/y", "@", "[", "]", ".whl", "/"]
)  # fmt: skip


@given(st.lists(_PIECES | st.text(max_size=4)).map("".join), st.booleans())
def test_nothing_is_raised_but_our_error(text: str, is_constraints: bool) -> None:
    try:
        parse_requirements(text, "r.txt", {"X": "x"}, is_constraints=is_constraints)
    except InvalidRequirementsFile as error:
        assert error.line is not None


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_our_error(document: bytes) -> None:
    try:
        decode_requirements(document, "r.txt")
    except InvalidRequirementsFile as error:
        assert error.line is None
