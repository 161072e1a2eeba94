from wheelyard.wire.entries import locate


def test_credentials_in_a_listed_url_are_dropped() -> None:
    url = "https://user:secret@files.example/x/tinylib-1.0.tar.gz?token=abc#sha256=00"
    assert locate(url, "https://index.example/simple/tinylib/") == (
        "https://files.example/x/tinylib-1.0.tar.gz",
        "tinylib-1.0.tar.gz",
    )
