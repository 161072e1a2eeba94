import pytest
from hypothesis import given
from hypothesis import strategies as st

from wheelyard.model.digests import DIGEST_LENGTHS, InvalidDigest, parse_digest, parse_sha256


@pytest.mark.parametrize("algorithm", DIGEST_LENGTHS)
def test_a_digest_has_the_length_of_its_algorithm(algorithm: str) -> None:
    digest = "A1" * (DIGEST_LENGTHS[algorithm] // 2)
    assert parse_digest(algorithm, digest) == digest.lower()
    for wrong in (digest[:-1], digest + "0", ""):
        with pytest.raises(InvalidDigest):
            parse_digest(algorithm, wrong)


@pytest.mark.parametrize(
    "text", ["g" * 64, "0" * 63 + "\n", " " + "0" * 63, "\u0660" * 64, "0x" + "0" * 62]
)
def test_only_hexadecimal_digits_are_a_digest(text: str) -> None:
    with pytest.raises(InvalidDigest) as caught:
        parse_sha256(text)
    assert (caught.value.algorithm, caught.value.text) == ("sha256", text)


@given(st.text("0123456789abcdefABCDEF", min_size=1))
def test_an_unknown_algorithm_may_have_any_length(text: str) -> None:
    assert parse_digest("blake3", text) == text.lower()
