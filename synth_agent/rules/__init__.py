"""Records without a model: packs, grammars, distributions, simulation."""

from synth_agent.rules.check import check_pack
from synth_agent.rules.load import (
    LoadedPack,
    PackFile,
    load_pack,
    pack_files,
    pack_names,
    start_text,
)
from synth_agent.rules.pack import Pack
from synth_agent.rules.problems import Problem
from synth_agent.rules.serve import RULE_TASKS, prepare, topics_unknown
from synth_agent.rules.source import RulesSource

__all__ = [
    "RULE_TASKS",
    "LoadedPack",
    "Pack",
    "PackFile",
    "Problem",
    "RulesSource",
    "check_pack",
    "load_pack",
    "pack_files",
    "pack_names",
    "prepare",
    "start_text",
    "topics_unknown",
]
