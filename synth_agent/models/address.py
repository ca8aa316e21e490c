"""Where an OpenAI-compatible endpoint is, and what it is told with every request."""

from dataclasses import dataclass
from typing import Final

from pydantic import SecretStr
from yarl import URL

from synth_agent.errors import ConfigError

__all__ = ["OPENAI_URL", "Address"]

OPENAI_URL: Final = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class Address:
    """One endpoint and the rules of talking to it.

    Attributes:
        timeout: Seconds for one request in all, waiting for a free connection included.
        max_connections: Requests under way at once in one event loop; the others wait.

    """

    base_url: str = OPENAI_URL
    api_key: SecretStr | None = None
    organization: str | None = None
    project: str | None = None
    timeout: float = 120.0
    max_connections: int = 256

    def check(self) -> None:
        """Raise where no request can go out.

        Raises:
            ConfigError: A base URL or key that cannot be one.
        """
        _check_url(self.base_url)
        if not (self.key.isascii() and self.key.isprintable()):
            raise ConfigError(
                "the API key has line breaks or letters in it that no key has; copy it again"
            )

    @property
    def key(self) -> str:
        """The key itself, or nothing; for headers and for taking it out of messages."""
        return self.api_key.get_secret_value().strip() if self.api_key else ""

    def headers(self) -> dict[str, str]:
        """Return the headers of every request. Without a key none is sent: local servers."""
        named = {
            "Authorization": f"Bearer {self.key}" if self.key else None,
            "OpenAI-Organization": self.organization,
            "OpenAI-Project": self.project,
        }
        fixed = {"Content-Type": "application/json", "Accept": "application/json"}
        return fixed | {name: value for name, value in named.items() if value}

    def hide_key(self, text: str) -> str:
        """Return the text with the key replaced, for providers repeat it in their messages."""
        return text.replace(self.key, "***") if self.key else text


def _check_url(base_url: str) -> None:
    shown = base_url.rpartition("@")[2]
    try:
        url = URL(base_url)
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigError(
            f"expected a base URL such as 'http://localhost:8000/v1', got {shown!r}: "
            "write it with http:// or https:// and the host"
        )
    if url.user is not None or url.password is not None:
        raise ConfigError(
            f"the base URL of {shown!r} has a user or password in it; "
            "leave them out and give the API key instead"
        )
