"""The plan as JSON, against docs/commands.md."""

import json
import re
from typing import Any

from closure.values import LINUX, WINDOWS, group, listed
from documents import document as page
from plan.closures import PROBLEM, closed, closure, inventory
from wheelyard.closure.obligations import Obligation, ObligationKind, ProblemKind
from wheelyard.model.names import ProjectName
from wheelyard.plan.document import plan_document
from wheelyard.plan.plan import make_plan

APP, LIB, OLD = (
    "app-1.0-py3-none-any.whl",
    "lib-1.0-py3-none-any.whl",
    "lib-0.9-py3-none-any.whl",
)
OBLIGATION = Obligation(ObligationKind.BUILD, ProjectName("app"), "it must be built")


def example(*, has_problem: bool = False) -> dict[str, Any]:
    one = group("app", targets=(WINDOWS, LINUX))
    found = closure(
        [closed(one, {APP: ["lib"], LIB: []})],
        one,
        problems=(PROBLEM,) if has_problem else (),
        obligations=(OBLIGATION,),
    )
    document = plan_document(make_plan(found, inventory(LIB, OLD), frozenset()))
    read: dict[str, Any] = json.loads(json.dumps(document))
    return read


def documented(name: str) -> set[str]:
    """The keys that the page shows for the document, or for the object that `name` stands for."""
    (block,) = (
        found
        for found in re.findall(r"```text\n(.*?)```", page("docs/commands.md"), re.DOTALL)
        if '"schema": 1' in found and "FILE =" in found
    )
    plan, _, file = block.partition("FILE =")
    if name == "FILE":
        text = file
    elif name == "PLAN":
        text = re.sub(r": [\[{].*?[\]}]+(?=,|\})", ":", plan)
    else:
        text = re.search(rf'"{name}": \[(.*?)\]', plan, re.DOTALL)[1]  # type: ignore[index]
    return set(re.findall(r'"(\w+)":', text))


def test_the_document_has_the_keys_of_the_page() -> None:
    assert set(example()) == documented("PLAN")
    assert set(example()["add"][0]) == documented("FILE")
    assert set(example(has_problem=True)["problems"][0]) >= documented("problems")


def test_the_document_says_all_of_the_plan() -> None:
    document = example()
    assert document["schema"] == 1
    assert document["targets"] == ["cp312-manylinux_2_28_x86_64", "cp312-win_amd64"]
    assert document["groups"] == ["default"]
    assert document["add"] == [
        {
            "project": "app",
            "version": "1.0",
            "filename": APP,
            "size": listed(APP).size,
            "sha256": listed(APP).sha256,
            "url": listed(APP).url,
            "targets": ["cp312-manylinux_2_28_x86_64"],
            "reasons": ["default: app"],
        }
    ]
    assert [file["filename"] for file in document["keep"]] == [LIB]
    assert [file["filename"] for file in document["drop"]] == [OLD]
    assert document["totals"] == {
        name: {"files": 1, "bytes": listed(filename).size}
        for name, filename in (("add", APP), ("keep", LIB), ("drop", OLD))
    }
    assert document["problems"] == []
    assert document["obligations"] == [
        {"kind": "build", "project": "app", "message": "it must be built"}
    ]


def test_a_problem_says_whom_it_concerns() -> None:
    assert example(has_problem=True)["problems"] == [
        {
            "kind": "conflict",
            "group": "default",
            "targets": ["cp312-win_amd64"],
            "project": None,
            "message": "it cannot be",
            "hint": "try another",
        }
    ]


def test_the_words_for_kinds_stay() -> None:
    """Scripts compare with them."""
    assert [kind.value for kind in ProblemKind] == [
        "unknown-project",
        "conflict",
        "no-fitting-file",
        "unreadable-file",
        "unavailable",
        "refused",
        "resolver",
        "incomplete",
    ]
    assert [kind.value for kind in ObligationKind] == [
        "build",
        "metadata",
        "direct-url",
        "extra",
        "unreadable",
    ]
