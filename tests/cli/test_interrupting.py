"""Ctrl-C at the real process: exit code 130, a good yard, and a next run that goes on."""

import signal
import time
from collections.abc import Callable

import pytest

from cli.shell import Shell
from mirror.mirrors import Mirror
from wheelyard.yard.ledger import Outcome, last_runs


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.01)


@pytest.mark.parametrize("phase", ["/simple/lib/", "*/lib-1.0-py3-none-any.whl"])
def test_an_interrupted_run_leaves_a_good_yard_and_the_next_goes_on(
    shell: Shell, phase: str
) -> None:
    """While it reads the index, and while it fetches."""
    shell.world.stall(phase)
    with shell.running("mirror", "app") as process:
        wait_until(lambda: bool(shell.world.requests_to(phase)))
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert (output, errors.splitlines()[-1]) == ("", "interrupted; what was finished is kept")
    assert "Traceback" not in errors
    mirror = Mirror(shell.world, shell.yard)
    with mirror.yard() as yard:
        assert [run.outcome for run in last_runs(yard.catalog, 9)] == [Outcome.INTERRUPTED]
    assert shell.run("status").code == 1
    shell.world.heal()
    assert shell.run("mirror", "app").code == 0
    assert mirror.published() == {
        "app": ["app-1.0-py3-none-any.whl"],
        "lib": ["lib-1.0-py3-none-any.whl"],
    }


def test_what_was_finished_before_the_interruption_is_served_and_wanted(shell: Shell) -> None:
    lib = "*/lib-1.0-py3-none-any.whl"
    shell.world.stall(lib)
    app = Mirror(shell.world, shell.yard).layout.simple / "app" / "index.html"
    with shell.running("mirror", "app") as process:
        wait_until(app.exists)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 130
    status = shell.run("status")
    assert "holds:    1 project, 1 file" in status.output
    assert "missing lib-1.0-py3-none-any.whl" in status.output
    shell.world.heal()
    shell.world.forget_requests()
    assert shell.run("mirror", "app").code == 0
    assert not shell.world.requests_to("*/app-1.0-py3-none-any.whl")


def test_an_interrupted_plan_ends_as_quietly(shell: Shell) -> None:
    shell.world.stall("/simple/*")
    with shell.running("plan", "app") as process:
        wait_until(lambda: bool(shell.world.requests))
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert (output, errors) == ("", "interrupted; what was finished is kept\n")
