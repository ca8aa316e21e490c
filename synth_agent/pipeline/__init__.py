"""From a spec to a finished run: slots, drafts, verdicts, journal."""

from synth_agent.pipeline.engine import run_slots
from synth_agent.pipeline.events import BatchDone, Event, Finished, Started, Status
from synth_agent.pipeline.journal import Journal, Tally
from synth_agent.pipeline.judge import Checker, Judge, cell_metadata
from synth_agent.pipeline.nearness import Nearness, order_of
from synth_agent.pipeline.rows import DealtHand, Seed
from synth_agent.pipeline.run import Run, new_folder
from synth_agent.pipeline.slots import Segment, SlotPlan, extend
from synth_agent.pipeline.sources import DraftSource, HandSource
from synth_agent.pipeline.summary import cell_counts, missing

__all__ = [
    "BatchDone",
    "Checker",
    "DealtHand",
    "DraftSource",
    "Event",
    "Finished",
    "HandSource",
    "Journal",
    "Judge",
    "Nearness",
    "Run",
    "Seed",
    "Segment",
    "SlotPlan",
    "Started",
    "Status",
    "Tally",
    "cell_counts",
    "cell_metadata",
    "extend",
    "missing",
    "new_folder",
    "order_of",
    "run_slots",
]
