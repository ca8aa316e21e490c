"""What this machine has: the environment, read once, at the edge.

What a dataset *is* stands in `DatasetSpec`; this is the rest. Keys are `SecretStr`: they are never
printed, journalled or put into an error.
"""

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings"]


class Settings(BaseSettings):
    """The environment. Empty variables count as not set."""

    model_config = SettingsConfigDict(
        env_prefix="SYNTH_AGENT_", env_ignore_empty=True, extra="ignore", frozen=True
    )

    runs: Path = Path("runs")
    """SYNTH_AGENT_RUNS: the folder in which runs are made."""
    model: str | None = None
    """SYNTH_AGENT_MODEL: the model to write with, `provider:name`."""
    chroma: str | None = None
    """SYNTH_AGENT_CHROMA: a Chroma server, `http://host:port`."""
    chroma_token: SecretStr | None = None
    """SYNTH_AGENT_CHROMA_TOKEN: what it wants to be shown."""
    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(
        default=None, validation_alias=AliasChoices("OPENAI_BASE_URL", "OPENAI_API_BASE")
    )
    anthropic_api_key: SecretStr | None = Field(default=None, validation_alias="ANTHROPIC_API_KEY")
    ollama_host: str | None = Field(
        default=None, validation_alias=AliasChoices("OLLAMA_HOST", "OLLAMA_BASE_URL")
    )
