"""The tests' own OpenAI-compatible endpoint: real HTTP on 127.0.0.1, scripted answers and faults.

No server of somebody else is needed, and nothing here leaves the machine.
"""

from tests.endpoint.chat import ChatRequest, Script, Scripted, digest
from tests.endpoint.faults import Faults
from tests.endpoint.fill import answers, from_schema
from tests.endpoint.log import Logged, read_log, tally
from tests.endpoint.patterns import matching
from tests.endpoint.process import EndpointProcess
from tests.endpoint.server import Endpoint

__all__ = [
    "ChatRequest",
    "Endpoint",
    "EndpointProcess",
    "Faults",
    "Logged",
    "Script",
    "Scripted",
    "answers",
    "digest",
    "from_schema",
    "matching",
    "read_log",
    "tally",
]
