"""What a run came to: the figures that card, report page and `--json` all draw from."""

from typing import Literal

from pydantic import JsonValue

from synth_agent.schemas.base import SCHEMA_VERSION, Frozen
from synth_agent.schemas.record import NearMatch
from synth_agent.schemas.spec import DatasetSpec

__all__ = [
    "CellCount",
    "Estimate",
    "Histogram",
    "LengthEffect",
    "NearDraft",
    "NearPair",
    "ProtectedFile",
    "Report",
    "Sample",
    "ScoreSpread",
    "Trials",
    "Usage",
    "dollars",
]


def dollars(cost: float | None) -> str:
    """Say an amount; of less than a cent two digits that count.

    >>> dollars(1234.5), dollars(0.00123), dollars(0.0), dollars(None)
    ('$1,234.50', '$0.0012', '$0.00', 'price not known')
    """
    if cost is None:
        return "price not known"
    return f"${cost:.2g}" if 0.0001 <= cost < 0.01 else f"${cost:,.2f}"


class CellCount(Frozen):
    """How far one cell of the quotas got."""

    cell: str
    asked: int
    accepted: int
    rejected: dict[str, int] = {}
    """Reason -> number of drafts dropped in this cell."""


class Histogram(Frozen):
    """Counts over bins of equal width."""

    edges: tuple[float, ...]
    """n + 1 ascending edges."""
    counts: tuple[int, ...]
    """n counts; the last bin includes its upper edge."""
    median: float


class NearPair(Frozen):
    """Two records that came nearest to each other."""

    similarity: float
    slots: tuple[int, int]
    texts: tuple[str, str]


class NearDraft(Frozen):
    """A draft, kept or dropped, beside the text that it came near to."""

    slot: int
    attempt: int = 0
    reason: str | None = None
    """Why it was dropped; null: it was kept."""
    text: str
    """What was compared of the draft: all of it where runs of words were, else what it asks."""
    near: NearMatch
    """The other text, a record's too."""


class ProtectedFile(Frozen):
    """A file that no record may come near to, as it was read."""

    path: str
    texts: int
    rows: int | None = None
    digest: str = ""
    """SHA-256 of its bytes, in hexadecimal."""


class Sample(Frozen):
    """One record as a reader sees it."""

    slot: int
    form: str
    payload: dict[str, JsonValue]


class Usage(Frozen):
    """What the run cost."""

    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = 0.0
    """null where the price is not known."""
    seconds: float = 0.0


class Estimate(Frozen):
    """What a run will cost, reckoned before it begins."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = 0.0
    """null where a price is not known."""
    exact_tokens: bool = True
    """Whether the model's own vocabulary was counted with."""
    besides: tuple[str, ...] = ()
    """What is charged as well and cannot be foreseen."""


class ScoreSpread(Frozen):
    """How a criterion was scored, 1 (bad) to 5 (good)."""

    mean: float
    counts: tuple[int, ...]
    """Records by score, to the nearest half: 9 counts for 1, 1.5 … 5."""


class LengthEffect(Frozen):
    """How far length tells the better answers of preference pairs from the worse ones."""

    size: float
    """Cohen's d_z of log(chosen / rejected), see `quality.pairs.Effect`."""
    low: float
    high: float
    """Bounds of the 95 % interval."""
    longer: float
    """Share of pairs whose chosen answer is the longer one."""
    pairs: int
    bound: float
    """What |size| was kept below while generating."""


class Trials(Frozen):
    """What running the code of records has shown."""

    passed: int = 0
    """Records whose solution passed its tests in the sandbox."""
    not_run: int = 0
    mutants: int = 0
    """Small faults that were put into solutions."""
    noticed: int = 0
    """Those of them that made a test fail."""


class Report(Frozen):
    """The figures of one run."""

    schema_version: Literal[1] = SCHEMA_VERSION
    spec: DatasetSpec
    asked: int
    accepted: int
    cells: tuple[CellCount, ...] = ()
    rejected: dict[str, int] = {}
    """Reason -> number of drafts dropped, most frequent first."""
    forms: dict[str, int] = {}
    """Form -> number of records, most frequent first."""
    contexts: dict[str, int] = {}
    """Form of context -> number of records."""
    tags: dict[str, int] = {}
    """Tag -> number of records (rare events, flaws)."""
    lengths: dict[str, Histogram] = {}
    """Field -> histogram of its length in words."""
    labels: dict[str, int] = {}
    difficulty: dict[str, int] = {}
    nearest: tuple[NearPair, ...] = ()
    """The nearest pairs, nearest first; empty where the check was off."""
    similarity: Histogram | None = None
    """Similarity of each record to its nearest predecessor."""
    near_misses: tuple[NearDraft, ...] = ()
    """Dropped drafts that were nearest to being kept: a few of each kind and measure, those for
    protected texts first, then for given examples, then for records."""
    near_counts: dict[str, dict[str, int]] = {}
    """Kind of the other text (`protected`, `seed`, `record`) -> measure -> drafts dropped."""
    protected: tuple[ProtectedFile, ...] = ()
    embedder: str | None = None
    """What told the meaning of texts, with its version or digest; null where nothing says it."""
    samples: tuple[Sample, ...] = ()
    sources: dict[str, int] = {}
    """What made the records -> how many."""
    prompts: dict[str, int] = {}
    """`name@digest` of a prompt -> records written with it."""
    readers: dict[str, dict[str, int]] = {}
    """What another reading was for (`labelled`, `judged`, `compared` …) -> model -> records."""
    scores: dict[str, ScoreSpread] = {}
    """Criterion -> its scores, over the records that have one."""
    agreement: dict[str, int] = {}
    """Share of sampled reasonings that came to the answer that was kept, in per cent -> records,
    highest first."""
    coverage: dict[str, dict[str, int]] = {}
    """Axis (`topic`, `persona`) -> value -> records, least covered first; planned ones with 0."""
    documents: dict[str, int] = {}
    """Document -> records that are grounded in it."""
    length_effect: LengthEffect | None = None
    trials: Trials | None = None
    notes: tuple[str, ...] = ()
    """What the user should know."""
    usage: Usage = Usage()

    @property
    def critic(self) -> str | None:
        """The model that scored, None where none was asked to."""
        spec = self.spec
        asked = spec.critic_model or spec.min_score or spec.method == "self_improve"
        return (spec.critic_model or spec.model) if asked else None

    @property
    def self_judged(self) -> bool:
        """Whether the scores are those that the writer gave itself."""
        return self.critic is not None and self.critic == self.spec.model

    @property
    def complete(self) -> bool:
        """Whether everything asked for was delivered."""
        return self.accepted == self.asked
