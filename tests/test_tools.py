import os
from pathlib import Path

import pytest

from tools import clean_environment, debian_packages, require_root, require_tool


def test_a_tool_that_is_there_is_given_by_its_path() -> None:
    assert require_tool("sh").is_file()


def test_a_missing_tool_is_a_skip_that_names_its_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setitem(debian_packages(), "no-such-command", "its-package")
    with pytest.raises(pytest.skip.Exception, match=r"no-such-command.*apt install its-package"):
        require_tool("no-such-command")


def test_a_missing_tool_is_a_failure_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-command"):
        require_tool("no-such-command")


def test_a_test_that_needs_root_runs_only_as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(pytest.skip.Exception, match="root"):
        require_root()


def test_the_list_of_debian_packages_has_a_command_and_a_package_on_each_line() -> None:
    assert debian_packages()["nginx"] == "nginx-light"
    assert all(command != "#" and package for command, package in debian_packages().items())


def test_a_clean_environment_keeps_no_setting_of_pip_or_uv(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", "/somewhere")
    monkeypatch.setenv("UV_INDEX", "/somewhere")
    environment = clean_environment(tmp_path, WHEELYARD_YARD="/yard")
    assert "/somewhere" not in environment.values()
    assert environment["PIP_CONFIG_FILE"] == os.devnull
    assert environment["WHEELYARD_YARD"] == "/yard"
