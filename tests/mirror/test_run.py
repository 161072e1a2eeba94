"""Whole runs from the small world into a yard, over HTTP and with a real uv."""

import pytest

from closure.values import LINUX, MACOS, WINDOWS, group
from mirror.mirrors import NOON, Mirror
from wheelyard.closure.obligations import ProblemKind
from wheelyard.index import DigestMismatch, FileNotFound, Unavailable
from wheelyard.mirror.run import Misdescribed
from wheelyard.upstream.transport import Patience
from wheelyard.yard.files import FilenameTaken
from wheelyard.yard.ledger import failures, selections
from world import World, make_wheel

APP, LIB, OTHER = (
    "app-1.0-py3-none-any.whl",
    "lib-1.0-py3-none-any.whl",
    "other-1.0-py3-none-any.whl",
)


@pytest.fixture
def small(world: World) -> World:
    """`app`, which needs `lib`; and `other`."""
    world.add_wheel("app", "1.0", requires=["lib"])
    world.add_wheel("lib", "1.0")
    world.add_wheel("other", "1.0")
    return world


def test_a_run_fetches_and_publishes_what_the_group_takes(small: World, mirror: Mirror) -> None:
    report = mirror.run(group("app", targets=(LINUX, WINDOWS)))
    assert report.is_complete
    assert not report.changed_nothing
    assert (report.fetched_files, report.written_pages) == (2, 2)
    assert report.fetched_size == sum(len(small.file(name).body) for name in (APP, LIB))
    assert mirror.published() == {"app": [APP], "lib": [LIB]}
    assert not list(mirror.layout.partials.iterdir())


def test_a_second_run_changes_nothing_and_asks_only_whether_pages_changed(
    small: World, mirror: Mirror
) -> None:
    small.add_sdist("built", "1.0", build_requires=["other"])
    one = group("app", "built", targets=(LINUX, WINDOWS, MACOS))
    mirror.run(one)
    before = mirror.snapshot()
    small.forget_requests()
    report = mirror.run(one)
    assert report.is_complete
    assert report.changed_nothing
    assert mirror.snapshot() == before
    asked = {request.path: request for request in small.requests}
    assert sorted(asked) == [f"/simple/{name}/" for name in ("app", "built", "lib", "other")]
    assert len(small.requests) == len(asked)
    assert all("if-none-match" in request.headers for request in small.requests)
    assert {request.status for request in small.requests} == {304}


def test_a_plan_changes_nothing_of_what_is_published(small: World, mirror: Mirror) -> None:
    mirror.run(group("app"))
    before = mirror.snapshot()
    plan = mirror.plan(group("app", "other"))
    assert [planned.file.filename for planned in plan.add] == [OTHER]
    assert [planned.file.filename for planned in plan.keep] == [APP, LIB]
    assert mirror.snapshot() == before
    assert not small.requests_to(f"*/{OTHER}")


def test_a_new_release_is_fetched_and_the_old_one_kept_but_not_wanted(
    small: World, mirror: Mirror
) -> None:
    mirror.run(group("app"))
    new = small.add_wheel("lib", "1.1")
    report = mirror.run(group("app"))
    assert report.is_complete
    assert report.fetched_files == 1
    assert [planned.file.filename for planned in report.plan.drop] == [LIB]
    assert mirror.published() == {"app": [APP], "lib": [LIB, new.filename]}


def test_a_yank_is_carried_over_to_the_page_and_taken_back_again(
    small: World, mirror: Mirror
) -> None:
    mirror.run(group("app==1.0"))
    assert "yanked" not in mirror.page("app")["files"][0]
    small.yank(APP, "it eats disks")
    report = mirror.run(group("app==1.0"))
    assert (report.fetched_files, report.written_pages) == (0, 1)
    assert mirror.page("app")["files"][0]["yanked"] == "it eats disks"
    small.file(APP).yanked = False
    mirror.run(group("app==1.0"))
    assert "yanked" not in mirror.page("app")["files"][0]


def test_a_yank_of_what_is_not_pinned_leaves_it_there_and_wants_another(
    small: World, mirror: Mirror
) -> None:
    mirror.run(group("lib"))
    older = small.add_wheel("lib", "0.9")
    small.yank(LIB)
    report = mirror.run(group("lib"))
    assert [planned.file.filename for planned in report.plan.wanted()] == [older.filename]
    assert mirror.published() == {"lib": [older.filename, LIB]}
    assert mirror.page("lib")["files"][1]["yanked"] is True


def test_a_removed_requirement_shows_as_unwanted_and_is_kept(small: World, mirror: Mirror) -> None:
    mirror.run(group("app", "other"))
    report = mirror.run(group("app"))
    assert report.is_complete
    assert [planned.file.filename for planned in report.plan.drop] == [OTHER]
    assert mirror.published() == {"app": [APP], "lib": [LIB], "other": [OTHER]}


def test_another_groups_files_are_not_unwanted(small: World, mirror: Mirror) -> None:
    mirror.run(group("app", name="web"))
    report = mirror.run(group("other", name="data"))
    assert report.plan.drop == ()
    assert report.is_complete


def test_two_groups_of_which_one_is_broken(small: World, mirror: Mirror) -> None:
    report = mirror.run(group("nosuch", name="bad"), group("app", name="good"))
    assert not report.is_complete
    assert [(one.kind, one.group) for one in report.plan.problems] == [
        (ProblemKind.UNKNOWN_PROJECT, "bad")
    ]
    assert mirror.published() == {"app": [APP], "lib": [LIB]}


def test_a_problem_does_not_make_a_group_forget_what_it_wanted(
    small: World, mirror: Mirror
) -> None:
    mirror.run(group("app"))
    small.answer("/simple/lib/", 503)
    report = mirror.run(group("app"))
    assert [one.kind for one in report.plan.problems] == [ProblemKind.UNAVAILABLE]
    assert report.plan.drop == ()
    with mirror.yard() as yard:
        assert {one.filename for one in selections(yard.catalog)} == {APP, LIB}
    small.heal()
    report = mirror.run(group("other", name="data"))
    assert report.plan.drop == ()


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_an_upstream_that_fails_is_unavailable_and_never_unknown(
    small: World, mirror: Mirror, status: int
) -> None:
    small.answer("/simple/*", status)
    report = mirror.run(group("app"))
    (problem,) = report.plan.problems
    assert problem.kind is ProblemKind.UNAVAILABLE
    assert str(status) in problem.message
    assert "does not exist" not in problem.message


def test_an_upstream_that_refuses_is_told_with_what_to_do(small: World, mirror: Mirror) -> None:
    small.credentials = ("user", "secret")
    (problem,) = mirror.run(group("app")).plan.problems
    assert problem.kind is ProblemKind.REFUSED
    assert "is refused: 401" in problem.message
    assert "credentials" in problem.hint


def failed_files(mirror: Mirror, world: World) -> dict[str, type[Exception]]:
    """Run while something is wrong with `lib`; all else must be there and whole."""
    report = mirror.run(group("app", "other"))
    assert not report.is_complete
    assert [planned.file.filename for planned in report.missing] == [LIB]
    assert mirror.published() == {"app": [APP], "other": [OTHER]}
    with mirror.yard() as yard:
        assert [(one.project, one.at) for one in failures(yard.catalog)] == [("lib", NOON)]
    world.heal()
    healed = mirror.run(group("app", "other"))
    assert healed.is_complete
    assert healed.fetched_files == 1
    assert mirror.published() == {"app": [APP], "lib": [LIB], "other": [OTHER]}
    with mirror.yard() as yard:
        assert failures(yard.catalog) == []
    return {failed.planned.file.filename: type(failed.error) for failed in report.failed}


def test_a_file_with_other_bytes_than_listed_is_not_taken(small: World, mirror: Mirror) -> None:
    small.lie(f"*/{LIB}", make_wheel("lib", "1.0", requires=["evil"]))
    assert failed_files(mirror, small) == {LIB: DigestMismatch}


def test_a_file_with_as_many_other_bytes_is_not_taken(small: World, mirror: Mirror) -> None:
    size = len(small.file(LIB).body)
    small.lie(f"*/{LIB}", b"x" * size)
    assert failed_files(mirror, small) == {LIB: DigestMismatch}


def test_a_file_that_breaks_off_each_time_is_not_taken(small: World, mirror: Mirror) -> None:
    small.serves_ranges = False
    small.truncate(f"*/{LIB}", 20, times=None)
    assert failed_files(mirror, small) == {LIB: Unavailable}


def test_a_file_that_is_listed_and_gone_is_not_taken(small: World, mirror: Mirror) -> None:
    small.answer(f"*/{LIB}", 404)
    assert failed_files(mirror, small) == {LIB: FileNotFound}


def test_a_file_that_the_upstream_cannot_give_now_is_not_taken(
    small: World, mirror: Mirror
) -> None:
    small.answer(f"*/{LIB}", 503)
    assert failed_files(mirror, small) == {LIB: Unavailable}


def test_a_download_that_broke_off_goes_on_in_the_next_run(small: World, mirror: Mirror) -> None:
    file = small.add_wheel("big", "1.0", payload=50_000)
    small.truncate(f"*/{file.filename}", 30_000, times=1)
    mirror.patience = Patience(attempts=1)
    report = mirror.run(group("big"))
    assert [type(failed.error) for failed in report.failed] == [Unavailable]
    small.forget_requests()
    assert mirror.run(group("big")).is_complete
    (request,) = small.requests_to(f"*/{file.filename}")
    assert request.headers["range"] == "bytes=30000-"
    assert mirror.published() == {"big": [file.filename]}


def test_a_project_of_several_files_is_published_when_the_last_is_there(
    world: World, mirror: Mirror
) -> None:
    files = [
        world.add_wheel("lib", "1.0", tags=f"cp312-cp312-{platform}").filename
        for platform in ("win_amd64", "macosx_11_0_arm64", "manylinux_2_28_x86_64")
    ]
    world.answer(f"*/{files[0]}", 404)
    report = mirror.run(group("lib", targets=(LINUX, WINDOWS, MACOS)))
    assert [failed.planned.file.filename for failed in report.failed] == [files[0]]
    assert mirror.published() == {"lib": sorted(files[1:])}
    assert report.written_pages == 1


def test_a_failure_of_what_nobody_wants_any_more_is_forgotten(small: World, mirror: Mirror) -> None:
    small.answer(f"*/{OTHER}", 404)
    assert not mirror.run(group("app", "other")).is_complete
    assert mirror.run(group("app")).is_complete
    with mirror.yard() as yard:
        assert failures(yard.catalog) == []


def test_a_failure_of_another_group_is_remembered(small: World, mirror: Mirror) -> None:
    small.answer(f"*/{OTHER}", 404)
    assert not mirror.run(group("other", name="data")).is_complete
    assert mirror.run(group("app", name="web")).is_complete
    with mirror.yard() as yard:
        assert [one.project for one in failures(yard.catalog)] == ["other"]


def test_a_file_that_was_replaced_upstream_is_not_replaced_here(
    small: World, mirror: Mirror
) -> None:
    mirror.run(group("lib"))
    before = mirror.published()
    small.remove(LIB)
    small.add_file("lib", LIB, make_wheel("lib", "1.0", requires=["other"]))
    report = mirror.run(group("lib"))
    assert {type(failed.error) for failed in report.failed} == {FilenameTaken}
    assert mirror.published() == {**before, "other": [OTHER]}


def test_a_wheel_that_its_index_described_wrongly_is_told(small: World, mirror: Mirror) -> None:
    """What the index served as its METADATA has the digest that the page lists."""
    file = small.file(LIB)
    assert file.metadata is not None
    file.metadata += b"Requires-Dist: other\n"
    report = mirror.run(group("lib"))
    assert [type(failed.error) for failed in report.failed] == [Misdescribed]
    assert not report.is_complete


def test_a_bare_index_is_mirrored_as_well(small: World, mirror: Mirror) -> None:
    """HTML only, without metadata files, sizes, ETags, serials or ranges."""
    small.serves_json = small.serves_etags = small.serves_ranges = False
    small.pages.core_metadata = small.pages.sizes = small.pages.serials = False
    report = mirror.run(group("app"))
    assert report.is_complete
    assert mirror.published() == {"app": [APP], "lib": [LIB]}
    before = mirror.snapshot()
    assert mirror.run(group("app")).changed_nothing
    assert mirror.snapshot() == before


def test_an_sdist_is_fetched_once_for_reading_and_keeping(small: World, mirror: Mirror) -> None:
    file = small.add_sdist("built", "1.0", build_requires=["other"], requires=["lib"])
    report = mirror.run(group("built"))
    assert report.is_complete
    assert len(small.requests_to(f"*/{file.filename}")) == 1
    assert mirror.published() == {"built": [file.filename], "lib": [LIB], "other": [OTHER]}
    with mirror.yard() as yard:
        reasons = {one.filename: one.reason for one in selections(yard.catalog)}
    assert reasons[OTHER] == "built > build of built-1.0.tar.gz > other"


def test_nothing_to_fetch_is_complete(small: World, mirror: Mirror) -> None:
    report = mirror.run(group('lib; sys_platform == "nosuch"'))
    assert report.is_complete
    assert report.fetched_files == 0
    assert mirror.published() == {}


def test_a_file_that_somebody_has_deleted_is_fetched_again(small: World, mirror: Mirror) -> None:
    mirror.run(group("app"))
    (deleted,) = mirror.layout.packages.rglob(APP)
    deleted.unlink()
    report = mirror.run(group("app"))
    assert report.is_complete
    assert report.fetched_files == 1
    assert deleted.exists()


def test_what_was_left_of_a_superseded_release_is_cleared_away(
    small: World, mirror: Mirror
) -> None:
    small.serves_ranges = False
    small.truncate(f"*/{LIB}", 100, times=None)
    assert not mirror.run(group("app")).is_complete
    assert len(list(mirror.layout.partials.iterdir())) == 1
    small.heal()
    small.remove(LIB)
    small.add_wheel("lib", "2.0")
    assert mirror.run(group("app")).is_complete
    assert not list(mirror.layout.partials.iterdir())
