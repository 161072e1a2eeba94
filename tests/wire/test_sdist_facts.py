import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.version import Version

from wheelyard.model.metadata import CoreMetadata, MetadataSource, SdistFacts
from wheelyard.model.names import ProjectName, normalize_extra
from wheelyard.wire.sdist_facts import InvalidFacts, parse_sdist_facts, render_sdist_facts
from wire.page_strategies import lines, names, raw_names, versions

requirements = st.builds(
    lambda name, extra, specifier, marker: Requirement(f"{name}{extra}{specifier}{marker}"),
    raw_names,
    st.sampled_from(["", "[fast]", "[fast,net.work]"]),
    st.sampled_from(["", ">=1", "<2,>=1", "===1.0+odd", "~=1.4.2", " @ https://files.example/x"]),
    st.sampled_from(["", " ; python_version < '3.9'", " ; os_name == 'nt' or extra == 'a'"]),
)
facts = st.builds(
    SdistFacts,
    metadata=st.builds(
        CoreMetadata,
        name=names,
        version=versions.map(Version),
        requires_dist=st.lists(requirements, max_size=4).map(tuple),
        provides_extra=st.frozensets(lines.map(normalize_extra), max_size=3),
        requires_python=st.none() | lines,
        unreadable=st.lists(lines, max_size=2).map(tuple),
    ),
    source=st.sampled_from(MetadataSource),
    build_requires=st.lists(requirements, max_size=3).map(tuple),
    build_backend=lines,
    has_backend_path=st.booleans(),
)


@given(facts)
def test_facts_survive_the_round_trip(found: SdistFacts) -> None:
    assert parse_sdist_facts(render_sdist_facts(found)) == found


@given(facts, st.data())
def test_documents_of_others_are_an_error(found: SdistFacts, data: st.DataObject) -> None:
    document = json.loads(render_sdist_facts(found))
    key = data.draw(st.sampled_from(sorted(document)))
    del document[key]
    with pytest.raises(InvalidFacts):
        parse_sdist_facts(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("schema", 2),
        ("name", "-"),
        ("version", "one"),
        ("source", "HEARSAY"),
        ("requires-dist", ["?!"]),
        ("unknown", 1),
    ],
)
def test_facts_that_cannot_be_read_are_an_error(key: str, value: object) -> None:
    metadata = CoreMetadata(name=ProjectName("tinylib"), version=Version("1"))
    document = json.loads(
        render_sdist_facts(
            SdistFacts(
                metadata=metadata,
                source=MetadataSource.PKG_INFO,
                build_requires=(),
                build_backend="x",
            )
        )
    )
    with pytest.raises(InvalidFacts):
        parse_sdist_facts(json.dumps(document | {key: value}).encode())
