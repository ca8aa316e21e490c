"""What is wanted: the one object that a brief, a YAML file and the Python API all become."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import BeforeValidator, Field, JsonValue, StringConstraints, model_validator

from synth_agent.schemas.base import SCHEMA_VERSION, Frozen

__all__ = [
    "DEFAULT_FIELDS",
    "DIFFICULTIES",
    "LAYOUTS",
    "MAX_COUNT",
    "METHODS",
    "OUTPUT_FORMATS",
    "TASKS",
    "DatasetSpec",
    "Difficulty",
    "Layout",
    "Method",
    "OutputFormat",
    "Task",
]

Task = Literal[
    "qa",
    "instruction",
    "reasoning",
    "classification",
    "conversation",
    "preference",
    "safety",
    "code",
    "tabular",
    "custom",
]
Method = Literal[
    "rules",
    "self_instruct",
    "chain_of_thought",
    "evolve",
    "distill",
    "self_improve",
    "grounded",
    "persona",
    "rewrite",
]
Layout = Literal[
    "records",
    "alpaca",
    "sharegpt",
    "messages",
    "prompt-completion",
    "preference",
    "openai-sft",
    "openai-dpo",
    "llama-factory",
]
OutputFormat = Literal["json", "jsonl", "csv", "parquet", "txt"]
Difficulty = Literal["easy", "medium", "hard"]

TASKS: Final[tuple[str, ...]] = get_args(Task)
METHODS: Final[tuple[str, ...]] = get_args(Method)
LAYOUTS: Final[tuple[str, ...]] = get_args(Layout)
OUTPUT_FORMATS: Final[tuple[str, ...]] = get_args(OutputFormat)
DIFFICULTIES: Final[tuple[str, ...]] = get_args(Difficulty)

MAX_COUNT: Final = 10_000_000

DEFAULT_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "qa": ("input", "context", "output"),
    "instruction": ("instruction", "input", "output"),
    "reasoning": ("input", "context", "reasoning", "output"),
    "classification": ("text", "label"),
    "conversation": ("messages",),
    "preference": ("input", "chosen", "rejected"),
    "safety": ("prompt", "category", "response", "kind"),
    "code": ("instruction", "code", "tests"),
    "tabular": (),
    "custom": (),
}
"""Task -> names of its payload's fields, in order. Empty where the user names them."""

_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
_Quota = Annotated[int, Field(ge=0, le=MAX_COUNT)]


def _threshold(value: object) -> object:
    if value is False:  # as YAML reads a bare `off`
        return "off"
    if isinstance(value, str) and value != "off":
        with suppress(ValueError):
            value = float(value)
    number = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1
    if not number and value not in (None, "off"):
        raise ValueError(f"expected a number above 0 and at most 1, or 'off', got {value!r:.80}")
    return value


_Threshold = Annotated[
    Annotated[float, Field(gt=0, le=1)] | Literal["off"] | None, BeforeValidator(_threshold)
]


class DatasetSpec(Frozen):
    """A dataset that is wanted, to the letter. The same spec and seed give the same dataset."""

    schema_version: Literal[1] = SCHEMA_VERSION
    """Version of this file's form."""
    brief: str = ""
    """What the user said, verbatim."""
    task: Task = "qa"
    """What kind of record."""
    domain: str = ""
    """The field the records are about, in the user's words; it selects the pack."""
    pack: str | None = None
    """A pack by name, or the path of a pack file; null lets role and domain choose."""
    role: str = ""
    """Who is speaking ("industrial engineer")."""
    topics: tuple[_Name, ...] = ()
    """Narrower subjects to stay within; empty means the whole domain."""
    count: int = Field(ge=1, le=MAX_COUNT)
    """How many records, exactly."""
    labels: dict[_Name, _Quota] = {}
    """Label -> how many records; they add up to `count`. Empty where the task has no label."""
    difficulty: dict[Difficulty, _Quota] = {}
    """Difficulty -> how many records; they add up to `count`. Empty: even where it applies."""
    language: str = "en"
    """BCP 47 tag of the text."""
    fields: tuple[_Name, ...] = ()
    """Names of the keys to write, in order; synonyms are understood. Empty: the task's own."""
    output_format: OutputFormat = "json"
    """File ending of the dataset."""
    layout: Layout = "records"
    """How a record is written for a trainer."""
    line_format: str | None = None
    """One line of text per record, fields in angle brackets: `Q: <sentence>A: <sentiment>`."""
    method: Method = "rules"
    """How drafts are made."""
    seed: int = Field(default=0, ge=0, lt=2**63)
    """Chance starts here: the same seed, the same dataset."""
    embedder: str | None = None
    """What texts are compared by: `static`, `lexical`, `minilm`, or a model, `provider:name`.
    null: `static` for English, `lexical` for other languages."""
    dedup_threshold: _Threshold = None
    """Cosine from which two records are near-duplicates; `off`: no check; null: the embedder's."""
    dedup_lexical: _Threshold = None
    """Share of their words, in order, from which they are: the Jaccard index of word triples; for
    instructions that a model writes ROUGE-L. `off`: not compared; null: 0.8, and 0.7 in ROUGE-L."""
    dedup_mask_numbers: bool | None = None
    """Whether what differs in figures alone is a repeat; null: as usual for task and method."""
    dedup_fields: tuple[_Name, ...] = ()
    """Fields whose text is compared; empty: what the task asks with."""
    protect: tuple[str, ...] = ()
    """Files that no record may come near to: benchmarks, real records kept for testing."""
    max_attempts: int = Field(default=20, ge=1, le=1000)
    """How often a slot is tried before it is given up."""
    split: dict[_Name, Annotated[float, Field(gt=0, le=1)]] = {}
    """Name -> share of the records ("train": 0.8); shares add up to 1. Empty: one file."""
    seeds: str | None = None
    """Given examples, a file or the folder of an earlier run; none is repeated in the dataset."""
    model: str | None = None
    """The model that writes, `provider:name`; null: no model."""
    critic_model: str | None = None
    """The model that judges what was written, `provider:name`; null: no critic."""
    weak_model: str | None = None
    """The model that writes the worse answers of preference pairs; null: the writer does."""
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    """Of the model that writes; null: the provider's own."""
    records_per_call: Annotated[int, Field(ge=1, le=50)] | None = None
    """How many records share one request; null: as many as fit well."""
    min_score: Annotated[float, Field(ge=1, le=5)] | None = None
    """The critic's mean score, 1 to 5, below which a draft is revised once, then dropped."""
    judges: int = Field(default=1, ge=1, le=9)
    """How many times the critic judges each draft; the median of the scores counts."""
    self_consistency: int = Field(default=1, ge=1, le=40)
    """How many reasonings are sampled for a question; the majority's answer is kept."""
    rounds: int = Field(default=2, ge=1, le=6)
    """How often a draft is evolved or improved at most."""
    docs: tuple[str, ...] = ()
    """Files and folders that grounded questions are asked about."""
    unanswerable: float = Field(default=0.1, ge=0, le=1)
    """Share of grounded questions that the text does not answer, answered so."""
    multi_hop: float = Field(default=0.2, ge=0, le=1)
    """Share of grounded questions that need two passages."""
    inputs: str | None = None
    """A file, or the folder of an earlier run, whose inputs a teacher answers (method distill)."""
    run_code: bool = False
    """Whether code that a model wrote may be run to check it (task code)."""
    json_schema: dict[str, JsonValue] | None = None
    """The user's own record, as JSON Schema (task `custom`)."""
    unread: tuple[str, ...] = ()
    """Parts of the brief that were not understood, in the user's words."""

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        for name, quotas in (("labels", self.labels), ("difficulty", self.difficulty)):
            if quotas and sum(quotas.values()) != self.count:
                parts = " + ".join(str(n) for n in quotas.values())
                total = sum(quotas.values())
                raise ValueError(f"{name}: {parts} = {total}, but count is {self.count}")
        if self.split and abs(sum(self.split.values()) - 1) > 1e-6:
            total_share = sum(self.split.values())
            raise ValueError(f"split: the shares add up to {total_share:g}, expected 1")
        if self.task == "custom" and self.json_schema is None:
            raise ValueError("task 'custom' needs json_schema (flag --schema)")
        return self

    @property
    def semantic_threshold(self) -> float | None:
        """Cosine from which two records are near-duplicates; None: meaning is not compared."""
        return self.dedup_threshold if isinstance(self.dedup_threshold, float) else None

    @property
    def lexical_threshold(self) -> float | None:
        """Likeness of words from which they are; None: words are not compared."""
        return self.dedup_lexical if isinstance(self.dedup_lexical, float) else None

    @property
    def lexical_measure(self) -> Literal["word triples", "ROUGE-L"]:
        """What `lexical_threshold` is of; Self-Instruct (arXiv:2212.10560) compares by ROUGE-L."""
        short = self.method == "self_instruct" and self.task == "instruction"
        return "ROUGE-L" if short else "word triples"

    @property
    def shared_fields(self) -> tuple[str, ...]:
        """The fields that many records share, and that make none of them a repeat."""
        return ("context",) if self.method == "grounded" else ()

    @property
    def field_names(self) -> tuple[str, ...]:
        """The keys that are written, in order."""
        return self.fields or DEFAULT_FIELDS[self.task]
