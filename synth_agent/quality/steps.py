"""Does each calculation of an answer hold? Reason `arithmetic`.

Only of what a model wrote: rules compute their answers, and a false worse answer of a preference
pair is meant to be false.
"""

from synth_agent.quality.arithmetic import false_steps
from synth_agent.quality.context import CheckContext, Finding
from synth_agent.schemas import Draft

__all__ = ["steps"]


def steps(draft: Draft, context: CheckContext) -> Finding | None:
    """Drop a draft whose answer states an equation that does not hold."""
    if draft.provenance.method == "rules":
        return None
    for field, text in context.parts.answered:
        if "=" not in text and "≈" not in text and " is " not in text:
            continue
        for step in false_steps(text):
            return Finding("arithmetic", f"{field}: {step.said}, computed {step.expected:g}")
    return None
