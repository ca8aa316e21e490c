"""Words to a `DatasetSpec`, without a model: a grammar of briefs, and specs in files."""

from synth_agent.brief.hints import ClassifierHint, DomainHint
from synth_agent.brief.overrides import override
from synth_agent.brief.reader import read_brief
from synth_agent.brief.shares import apportion
from synth_agent.brief.specfile import dump_spec, load_spec, spec_schema

__all__ = [
    "ClassifierHint",
    "DomainHint",
    "apportion",
    "dump_spec",
    "load_spec",
    "override",
    "read_brief",
    "spec_schema",
]
