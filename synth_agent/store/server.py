"""A Chroma server that several runs share: where it is, and what is done when it does not answer.

A server that cannot be reached when a run begins is a mistake that the user can mend. One that goes
away in the middle may come back: it is asked again for a while, and then the run stops, resumable.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr

from synth_agent.errors import ConfigError, RunError

__all__ = ["AwayError", "Server"]

_logger = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")

_PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 4.0)
"""Seconds between tries; none is long, for whoever waits holds up everything else in the run."""
_FIRST_ANSWER: Final = 10.0
"""Seconds that the first answer of a server may take."""
_LONGEST_ANSWER: Final = 60.0
"""Seconds that any other may take; a batch takes one or two, on a server that has little to do."""


class AwayError(Exception):
    """A server did not answer as Chroma does, but may the next time."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a Chroma server answers; made by `at`.

    Attributes:
        token: Sent as `Authorization: Bearer` and as `X-Chroma-Token`, as proxies and Chroma's own
            cloud want it.
        pause: Waits so many seconds.
    """

    url: str
    token: SecretStr | None = None
    pause: Callable[[float], None] = field(default=time.sleep, repr=False)
    longest_answer: float = _LONGEST_ANSWER

    @classmethod
    def at(cls, url: str, *, token: SecretStr | None = None) -> Self:
        """Return the server that a user named.

        Raises:
            ConfigError: That is no address of a server.
        """
        expected = "expected one as http://localhost:8000"
        try:
            parts = urlsplit(url)
            known = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        except ValueError as error:  # a port that is no number
            raise ConfigError(f"no address of a Chroma server: {error}; {expected}") from error
        if parts.username or parts.password:
            raise ConfigError(f"the address of a Chroma server holds no password; {expected}")
        if not known or parts.query or parts.fragment:
            raise ConfigError(f"{url!r} is no address of a Chroma server; {expected}")
        if token and not (
            token.get_secret_value().isascii() and token.get_secret_value().isprintable()
        ):
            raise ConfigError("the token of the Chroma server has letters that no token has")
        return cls(url.rstrip("/"), token)

    @property
    def port(self) -> int:
        """Port of the address, or the usual one of its scheme."""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    def headers(self) -> dict[str, str]:
        """Return what is sent along with every request."""
        if self.token is None:
            return {}
        secret = self.token.get_secret_value()
        return {"Authorization": f"Bearer {secret}", "X-Chroma-Token": secret}

    def check(self) -> None:
        """Make sure that it is there, and that it is a Chroma server that is understood.

        Raises:
            ConfigError: It is not.
        """
        import httpx  # noqa: PLC0415  only a run with a server needs it

        try:
            with httpx.Client(headers=self.headers(), timeout=_FIRST_ANSWER) as client:
                heartbeat = client.get(f"{self.url}/api/v2/heartbeat")
                version = client.get(f"{self.url}/api/v2/version")
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise ConfigError(
                f"no Chroma server answers at {self.url}: {str(error) or type(error).__name__}; "
                f"see that it runs: `chroma run --path DIR --port {self.port}`"
            ) from error
        if heartbeat.status_code in {401, 403}:
            raise ConfigError(
                f"the Chroma server at {self.url} wants a token, or another one "
                f"(HTTP {heartbeat.status_code})"
            )
        if "heartbeat" not in heartbeat.text or not _is_understood(version.text):
            raise ConfigError(
                f"what answers at {self.url} is no Chroma server of version 1 or newer "
                f"(HTTP {heartbeat.status_code}); see that it is the right address and port, and "
                f"that Chroma runs there: `chroma run --path DIR --port {self.port}`"
            )

    def ask(self, call: Callable[[], _Answer]) -> _Answer:
        """Return what a call returns, which is made again while the server is away.

        Raises:
            RunError: It was away for about 12 seconds.
        """
        for pause in _PAUSES:
            try:
                return call()
            except AwayError as error:
                _logger.warning("%s; asked again in %s s", error, pause)
            self.pause(pause)
        try:
            return call()
        except AwayError as error:
            raise RunError(
                f"the Chroma server at {self.url} does not answer ({error}); what was made is "
                "saved: start it again and go on with `synth-agent resume RUN` (or leave --chroma "
                "out)"
            ) from error


def _is_understood(version: str) -> bool:
    """Tell whether a version, as the server writes it in JSON, is 1 or newer."""
    major = version.strip().strip('"').partition(".")[0]
    return major.isdecimal() and int(major) >= 1
