"""Where a Chroma server is said to be, and how long a run waits for one that went away."""

import pytest
from pydantic import SecretStr

from synth_agent.errors import ConfigError, RunError
from synth_agent.store import probe
from synth_agent.store.server import AwayError, Server
from tests.store.chroma_server import ChromaServer, answering, free_port


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("http://localhost:8000", 8000),
        ("https://chroma.example.org/", 443),
        ("http://chroma.example.org/behind/a/proxy", 80),
        ("http://[::1]:8001", 8001),
    ],
)
def test_an_address_is_understood(url: str, port: int) -> None:
    server = Server.at(url)

    assert server.url == url.rstrip("/")
    assert server.port == port


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000",
        "ftp://localhost",
        "http://",
        "http://localhost:many",
        "http://localhost:0",
        "http://localhost/?tenant=a",
        "",
    ],
)
def test_what_is_no_address_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(ConfigError, match=r"http://localhost:8000"):
        Server.at(url)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError, match="no password") as raised:
        Server.at("http://me:hunter2@localhost:8000")

    assert "hunter2" not in str(raised.value)


def test_a_token_is_sent_and_never_shown() -> None:
    server = Server.at("http://localhost:8000", token=SecretStr("tk-12345"))

    assert server.headers() == {"Authorization": "Bearer tk-12345", "X-Chroma-Token": "tk-12345"}
    assert "tk-12345" not in repr(server)


def test_a_token_that_cannot_be_sent_is_refused() -> None:
    with pytest.raises(ConfigError, match="letters that no token has"):
        Server.at("http://localhost:8000", token=SecretStr("two\nlines"))


# -------------------------------------------------------------------------------------- the check


def test_a_server_that_is_there_passes(chroma_server: ChromaServer) -> None:
    Server.at(chroma_server.url).check()


@pytest.mark.usefixtures("socket_enabled")
def test_where_nobody_answers_the_command_that_starts_one_is_named() -> None:
    port = free_port()

    with pytest.raises(ConfigError, match=f"chroma run --path DIR --port {port}"):
        Server.at(f"http://127.0.0.1:{port}").check()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (200, b"<html>It works!</html>"),
        (404, b"not found"),
        (500, b""),
        (200, b'"0.6.3"'),
        (200, b'{"nanosecond heartbeat": 1, "version": "0.6.3"}'),
        (200, b"\xff\xfe"),
    ],
)
@pytest.mark.usefixtures("socket_enabled")
def test_another_server_or_an_old_one_is_told_from_chroma(status: int, said: bytes) -> None:
    with (
        answering(status, said) as (url, _),
        pytest.raises(ConfigError, match="no Chroma server of version 1 or newer"),
    ):
        Server.at(url).check()


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.usefixtures("socket_enabled")
def test_a_server_that_wants_a_token_says_so(status: int) -> None:
    with answering(status, b"{}") as (url, sent):
        with pytest.raises(ConfigError, match="wants a token, or another one"):
            Server.at(url, token=SecretStr("tk-1")).check()

        assert sent[0]["authorization"] == "Bearer tk-1"
        assert sent[0]["x-chroma-token"] == "tk-1"


# -------------------------------------------------------------------------------------- the waiting


class _Flaky:
    """Is away so many times before it answers."""

    def __init__(self, away: int) -> None:
        self.left = away

    def __call__(self) -> str:
        if self.left:
            self.left -= 1
            raise AwayError("connection refused")
        return "answer"


@pytest.mark.parametrize("away", range(6))
def test_a_server_that_comes_back_is_asked_again_after_growing_pauses(away: int) -> None:
    pauses: list[float] = []

    assert Server("http://c", pause=pauses.append).ask(_Flaky(away)) == "answer"

    assert pauses == [0.5, 1, 2, 4, 4][:away]


def test_a_server_that_stays_away_stops_the_run_resumable() -> None:
    pauses: list[float] = []

    with pytest.raises(RunError, match=r"http://c does not answer.*synth-agent resume RUN"):
        Server("http://c", pause=pauses.append).ask(_Flaky(6))

    assert 10 <= sum(pauses) <= 15
    assert max(pauses) <= 4


# ---------------------------------------------------------------------------------------- the probe


def test_the_probe_finds_nothing_wrong_at_a_server_and_leaves_nothing_there(
    chroma_server: ChromaServer,
) -> None:
    assert probe(Server.at(chroma_server.url)) is None
    assert chroma_server.collections() == {}


@pytest.mark.usefixtures("socket_enabled")
def test_the_probe_says_what_is_wrong_with_a_server() -> None:
    assert "no Chroma server answers" in str(probe(Server.at(f"http://127.0.0.1:{free_port()}")))
