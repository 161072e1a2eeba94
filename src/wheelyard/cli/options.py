"""The options that commands share."""

import argparse
from functools import partial


def add_yard_options(parser: argparse.ArgumentParser) -> None:
    """`--config`, `--yard`, `--quiet` and `--verbose`: every command has them."""
    group = parser.add_argument_group("where")
    group.add_argument(
        "--config",
        metavar="FILE",
        help="configuration file (default: ./wheelyard.toml, then wheelyard/wheelyard.toml in the "
        "user's configuration folder, then /etc/wheelyard/wheelyard.toml)",
    )
    group.add_argument("--yard", metavar="DIR", help="the yard (default: ./wheelyard-yard)")
    noise = parser.add_mutually_exclusive_group()
    noise.add_argument(
        "-q", "--quiet", action="store_true", help="no progress and no notes, only problems"
    )
    noise.add_argument("-v", "--verbose", action="store_true", help="say more of what happens")


def add_selection_options(parser: argparse.ArgumentParser) -> None:
    """What is to be mirrored: requirements, upstream and targets."""
    parser.add_argument(
        "requirements",
        metavar="REQ",
        nargs="*",
        help="a requirement as pip takes it, such as `django` or `'uvicorn[standard]>=0.30'`; all "
        "together they form the group `default` (default: the groups of the configuration)",
    )
    _add_input_options(parser.add_argument_group("what else"))
    _add_extent_options(parser.add_argument_group("how much"))
    group = parser.add_argument_group("what for")
    group.add_argument(
        "--upstream",
        metavar="URL",
        action="append",
        default=[],
        help="simple index or folder to mirror from; repeatable, a project comes from the first "
        "that has it; `NAME=URL` gives it a name (default: those of the configuration, then PyPI)",
    )
    group.add_argument(
        "--upstream-for",
        metavar="PROJECT=NAME",
        action="append",
        default=[],
        help="take a project, or those that a pattern such as 'nvidia-*' fits, from the upstream "
        "of this name alone; repeatable",
    )
    group.add_argument(
        "--python",
        metavar="VERSION",
        action="append",
        default=[],
        help="a Python to install on: 3.12, 3.11.2 (that patch and later) or 3.13t; repeatable, "
        "combined with every --platform (default: the Python that runs wheelyard)",
    )
    group.add_argument(
        "--platform",
        metavar="NAME",
        action="append",
        default=[],
        help="a machine to install on: here, linux, linux-aarch64, raspberrypi, raspberrypi-32, "
        "alpine, windows, windows-arm64, macos, macos-intel, or a wheel platform tag; repeatable "
        "(default: here)",
    )
    group.add_argument(
        "--target",
        metavar="TAG",
        action="append",
        default=[],
        help="Python and platform in one, such as cp312-manylinux_2_28_x86_64; repeatable",
    )
    group.add_argument(
        "--group",
        metavar="NAME",
        action="append",
        default=[],
        help="only this group of the configuration; repeatable",
    )


def _add_input_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "-r",
        "--requirement",
        metavar="FILE",
        dest="files",
        action="append",
        default=[],
        help="take what a file asks for: a requirements file, pyproject.toml, or a lock, which is "
        "mirrored exactly (pylock.toml, uv.lock, poetry.lock, pdm.lock, Pipfile.lock); repeatable",
    )
    group.add_argument(
        "-c",
        "--constraint",
        metavar="FILE",
        dest="constraint_files",
        action="append",
        default=[],
        help="bound versions as a constraints file says, as pip's -c; repeatable",
    )
    group.add_argument(
        "--override",
        metavar="FILE",
        dest="override_files",
        action="append",
        default=[],
        help="take the requirements of a file in place of all others for the same projects, as "
        "uv's --override; repeatable",
    )
    group.add_argument(
        "--from-environment",
        metavar="PYTHON",
        help="take what a Python, or a virtual environment's folder, has installed",
    )
    group.add_argument(
        "--extra",
        metavar="NAME",
        dest="extras",
        action="append",
        default=[],
        help="take this extra of a pyproject.toml, too; repeatable",
    )
    group.add_argument(
        "--all-extras", action="store_true", help="take all extras of a pyproject.toml, too"
    )
    group.add_argument(
        "--dependency-group",
        metavar="NAME",
        dest="dependency_groups",
        action="append",
        default=[],
        help="take this dependency group of a pyproject.toml, too; repeatable",
    )


def _add_extent_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--policy",
        metavar="POLICY",
        help="how far to go beyond one complete installation: lock, lock+edges, keep-N or "
        "since-DATE (default: lock+edges; for locks and hashed requirements, lock)",
    )
    for option, what in (("no-binary", "no wheels"), ("only-binary", "no sdists")):
        group.add_argument(
            f"--{option}",
            metavar="NAMES",
            dest="formats",
            action="append",
            default=[],
            # Both go into one list: as for pip, a later one takes back what an earlier one says.
            type=partial(_format_wish, option),
            help=f"take {what} of these projects, or of `:all:`, as pip's --{option}; repeatable",
        )
    group.add_argument(
        "--sdists",
        choices=["needed", "always"],
        help="keep sdists where no wheel fits, or always (default: needed)",
    )
    group.add_argument(
        "--wheels",
        choices=["best", "all"],
        help="of the wheels that fit a target keep the best, or all (default: best)",
    )
    group.add_argument(
        "--pre", action="store_true", help="let pre-releases meet any requirement, as pip's --pre"
    )


def _format_wish(option: str, names: str) -> tuple[str, str]:
    return option, names


def add_proof_option(parser: argparse.ArgumentParser) -> None:
    """`--no-prove` and `--build-wheels`."""
    proof = parser.add_mutually_exclusive_group()
    proof.add_argument(
        "--build-wheels",
        action="store_true",
        help="build a wheel for this machine of each sdist that is installed from, cut off from "
        "the network, and serve it beside the sdist",
    )
    proof.add_argument(
        "--no-prove",
        dest="prove",
        action="store_false",
        help="do not ask uv and pip whether installing works from these files alone",
    )


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help="the data as one JSON document")


def add_serve_options(parser: argparse.ArgumentParser) -> None:
    """Where and how to serve."""
    group = parser.add_argument_group("serving")
    group.add_argument(
        "--host", metavar="ADDRESS", help="address to listen on (default: 127.0.0.1; 0.0.0.0: all)"
    )
    group.add_argument(
        "--port", metavar="N", type=int, help="port to listen on (default: 8080; 0: any free one)"
    )
    group.add_argument("--workers", metavar="N", type=int, help="server processes (default: 1)")
    group.add_argument("--tls-cert", metavar="FILE", help="certificate chain (PEM), for https")
    group.add_argument("--tls-key", metavar="FILE", help="the certificate's private key (PEM)")
