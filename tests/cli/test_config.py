"""The configuration file: what it says, and what is said of one that is wrong."""

import json
from pathlib import Path

import pytest

from documents import ROOT, document
from wheelyard.cli.config import (
    ConfigTable,
    GroupTable,
    InvalidConfig,
    ServeTable,
    TargetsTable,
    UpstreamTable,
    config_schema,
    read_config,
)

SCHEMA = ROOT / "docs" / "wheelyard.schema.json"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "wheelyard.toml"


def test_an_empty_file_is_all_defaults(path: Path) -> None:
    path.write_text("")
    config = read_config(path)
    assert (config.table, config.path) == (ConfigTable(), path)


def test_every_key_is_read(path: Path) -> None:
    path.write_text(
        """
        yard = "/srv/wheelyard"
        [targets]
        python = ["3.11", "3.12"]
        platform = ["linux"]
        target = ["cp313t-win_amd64"]
        [[upstream]]
        name = "torch"
        url = "https://index.example/simple/"
        projects = ["torch", "nvidia-*"]
        explicit = true
        username = "me"
        password-env = "TORCH_PASSWORD"
        ignore-error-codes = [403]
        [[upstream]]
        [[group]]
        name = "data"
        requirements = ["pandas[excel]", "größe; sys_platform == 'win32'"]
        pre = true
        [serve]
        host = "0.0.0.0"
        port = 0
        workers = 2
        tls-cert = "chain.pem"
        tls-key = "key.pem"
        """,
        encoding="utf-8",
    )
    assert read_config(path).table == ConfigTable(
        yard="/srv/wheelyard",
        targets=TargetsTable(("3.11", "3.12"), ("linux",), ("cp313t-win_amd64",)),
        upstream=(
            UpstreamTable(
                name="torch",
                url="https://index.example/simple/",
                projects=("torch", "nvidia-*"),
                explicit=True,
                username="me",
                password_env="TORCH_PASSWORD",
                ignore_error_codes=(403,),
            ),
            UpstreamTable(),
        ),
        group=(GroupTable("data", ("pandas[excel]", "größe; sys_platform == 'win32'"), pre=True),),
        serve=ServeTable("0.0.0.0", 0, 2, "chain.pem", "key.pem"),
    )


FILE_KEYS = "the keys here are `yard`, `targets`, `upstream`, `group`, `serve`"
TARGETS_KEYS = "the keys here are `python`, `platform`, `target`"
UPSTREAM_KEYS = "the keys here are `name`, `url`, `projects`, `explicit`, `username`, "
GROUP_KEYS = "the keys here are `name`, `requirements`, `files`, `constraints`, "
SERVE_KEYS = "the keys here are `host`, `port`, `workers`, `tls-cert`, `tls-key`"
GROUP = '[[group]]\nname = "a"\nrequirements = ["x"]\n'


@pytest.mark.parametrize(
    ("text", "line", "reason", "hint"),
    [
        # unknown keys, with the nearest right word
        ('yrd = "x"', 1, "`yrd` is not a key", "did you mean `yard`?"),
        ('\n[target]\npython = ["3.12"]', 2, "`target` is not a key", "did you mean `targets`?"),
        ('[targets]\npythons = ["3"]', 2, "`pythons` is not a key", "did you mean `python`?"),
        ('[serve]\ntls_cert = "x"', 2, "`tls_cert` is not a key", "did you mean `tls-cert`?"),
        ("serve = { prot = 80 }", 1, "`prot` is not a key", "did you mean `port`?"),
        (f"{GROUP}{GROUP}pree = true", 7, "`pree` is not a key", "did you mean `pre`?"),
        (
            f"[serve]\nport = 80\n{GROUP}port = 80",
            6,
            "`port` is not a key",
            GROUP_KEYS,
        ),
        # wrong types and values
        ("yard = 3", 1, "`yard`: expected text, got a number", FILE_KEYS),
        ('yard = ""', 1, "`yard`: expected text that is not empty", FILE_KEYS),
        ('[serve]\nport = "80"', 2, "`port`: expected a number, got text", SERVE_KEYS),
        ("[serve]\nport = 65536", 2, "`port`: expected a number <= 65535", SERVE_KEYS),
        ("[serve]\nworkers = 0", 2, "`workers`: expected a number >= 1", SERVE_KEYS),
        ('[targets]\npython = "3.12"', 2, "`python`: expected a list, got text", TARGETS_KEYS),
        (
            "[targets]\npython = [3.12]",
            2,
            "`python`: expected text, got a number with a point",
            TARGETS_KEYS,
        ),
        (f"{GROUP}pre = 1", 4, "`pre`: expected true or false, got a number", GROUP_KEYS),
        ('[[group]]\nname = "a b"', 2, "`name`: expected letters, digits,", GROUP_KEYS),
        (
            f'{GROUP}[[group]]\nname = "b"',
            4,
            "`group`: it lacks `requirements` or `files`",
            GROUP_KEYS,
        ),
        ('[[group]]\nrequirements = ["x"]', 1, "`group`: it lacks `name`", GROUP_KEYS),
        (
            '[[group]]\nname = "a"\nrequirements = []',
            3,
            "`requirements`: expected at least one entry",
            GROUP_KEYS,
        ),
        (
            f'{GROUP}policy = "lock+edge"',
            4,
            "`lock+edge` is not a policy",
            "did you mean `lock+edges`?",
        ),
        (f'{GROUP}policy = "newest"', 4, "`newest` is not a policy", "write `lock`"),
        (f'{GROUP}sdists = "never"', 4, "expected `needed` or `always`", GROUP_KEYS),
        (f'{GROUP}wheels = "some"', 4, "expected `best` or `all`", GROUP_KEYS),
        (f"{GROUP}no_binary = ['x']", 4, "`no_binary` is not a key", "did you mean `no-binary`?"),
        ('[group]\nname = "a"', 1, "`group`: expected a list, got a table", "`[[group]]`"),
        (f"{GROUP}{GROUP}", 5, "two groups are called `a`", "rename one of them"),
        (
            '[[upstream]]\nname = "a"\n[[upstream]]\n\nname = "a"',
            5,
            "two upstreams are called `a`",
            "rename one of them",
        ),
        (
            '[[upstream]]\n[[upstream]]\nprojects = ["torch", "a b"]',
            3,
            "`a b` is neither a project's name nor a pattern",
            "`nvidia-*`",
        ),
        (
            '[[upstream]]\nprojects = ["Torch"]\n[[upstream]]\nprojects = ["torch"]',
            4,
            "`torch` is assigned to another upstream already",
            "a project comes from one of them",
        ),
        (
            '[[upstream]]\npassword = "secret"',
            2,
            "`password` is not a key",
            "`password-env`",
        ),
        (
            "[[upstream]]\nignore-error-codes = [500]",
            2,
            "`ignore-error-codes`: expected 401, 403, 451, got 500",
            UPSTREAM_KEYS,
        ),
        # no TOML
        ("yard = ", None, "it is not TOML: Invalid value", "https://toml.io"),
        (
            '\nyard = "a"\nyard = "b"\n',
            None,
            "it is not TOML: Cannot overwrite a value",
            "https://toml.io",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_the_nearest_right_word(
    path: Path, text: str, line: int | None, reason: str, hint: str
) -> None:
    path.write_text(text)
    with pytest.raises(InvalidConfig) as caught:
        read_config(path)
    assert caught.value.line == line
    assert reason in str(caught.value)
    assert str(caught.value).startswith(f"{path}, line {line}: " if line else f"{path}: ")
    assert hint in (caught.value.hint or "")


def test_a_file_that_cannot_be_read_is_named(path: Path, tmp_path: Path) -> None:
    for unreadable in (path, tmp_path):
        with pytest.raises(InvalidConfig, match="it cannot be read") as caught:
            read_config(unreadable)
        assert caught.value.hint == "name a file with `--config`"


def test_a_file_of_other_bytes_is_told(path: Path) -> None:
    path.write_bytes(b'yard = "\xff"')
    with pytest.raises(InvalidConfig, match="it is not UTF-8 text"):
        read_config(path)


def test_the_published_schema_is_that_of_the_reader() -> None:
    """To write it anew: `.venv/bin/python -c "import json, wheelyard.cli.config as c;
    print(json.dumps(c.config_schema(), indent=2))" > docs/wheelyard.schema.json`
    """
    assert SCHEMA.read_text() == json.dumps(config_schema(), indent=2) + "\n"


def test_the_schema_is_in_the_documentation() -> None:
    assert f"({SCHEMA.name})" in document("docs/configuration.md")
