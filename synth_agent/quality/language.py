"""Is the text in the language that was asked for? Reason `language`.

Only prose is judged: questions and answers, never contexts, and only where the judge is sure.
English is recognised by its function words alone; all else by py3langid, whose confidence is
calibrated over text length and stays low on figures, logs and names.

Limits: the first 400 characters of the questions, and of the answers, decide; fewer than 30 letters
and texts that are mostly figures are not judged, nor is the answer to a question about languages.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from synth_agent.quality.context import CheckContext, Finding
from synth_agent.schemas import Draft

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

__all__ = ["is_english", "language"]

_SAMPLE: Final = 400
_FEWEST_LETTERS: Final = 30
_FEWEST_IN_PROSE: Final = 0.55
"""Share of letters among the characters; prose has 0.75 to 0.85, formulas and logs have less."""
_SURE: Final = 0.8
_POSSIBLE: Final = 0.05
"""Below this the asked language is ruled out: 0.8 for Galician leaves room for Portuguese."""

_ENGLISH: Final = frozenset(
    {
        *("the", "and", "that", "with", "what", "which", "how", "this", "these", "those", "from"),
        *("were", "does", "did", "when", "why", "their", "would", "should", "have", "has", "been"),
        *("its", "you", "your", "our", "they", "than", "there", "each", "where", "if", "could"),
        *("because", "although", "while", "before", "after", "without", "into", "about", "had"),
        *("not", "who", "his", "she", "some", "any", "every", "near", "nobody", "everybody"),
    }
)
"""Frequent in English and rare in any other language: one of them has to be there."""
_SHARED: Final = frozenset(
    {*("is", "was", "are", "of", "to", "in", "on", "at", "for", "a", "an", "i", "it", "by", "we")}
)
"""As frequent, but Dutch, German, Danish or French words too."""
_ENGLISH_SHARE: Final = 0.25

_TONGUE: Final = re.compile(
    r"\b(?:translat|(?:in|into|to|from) (?:English|French|German|Spanish|Italian|Portuguese|Dutch"
    r"|Polish|Swedish|Turkish|Russian|Arabic|Hindi|Chinese|Japanese|Korean|Latin)\b)",
    re.IGNORECASE,
)
"""A question of this kind may be answered in another language."""
_NO_LANGUAGE: Final = frozenset({"zxx", "und"})
_KIN: Final = {
    "nb": ("no", "nn", "da"),
    "no": ("nb", "nn", "da"),
    "nn": ("no", "nb", "da"),
    "zh": ("wuu", "yue", "gan", "hak"),
    "en": ("pcm", "sco"),
    "hr": ("sr", "bs", "sh"),
    "sr": ("hr", "bs", "sh"),
    "bs": ("hr", "sr", "sh"),
    "id": ("ms",),
    "ms": ("id",),
}
"""Languages that share their written words; py3langid cannot tell them apart in a sentence."""


def language(draft: Draft, context: CheckContext) -> Finding | None:
    """Drop a draft whose question or answer is surely in another language."""
    del draft
    wanted = context.slot.language.partition("-")[0].lower()
    for texts in (context.parts.asked, context.parts.answered):
        other = _another("\n".join(text for _, text in texts)[:_SAMPLE], wanted)
        if other and not _about_languages(context):
            return Finding("language", f"{texts[0].field} is in {other!r}, expected {wanted!r}")
    return None


def _about_languages(context: CheckContext) -> bool:
    return any(_TONGUE.search(text) for _, text in context.parts.asked)


def _another(text: str, wanted: str) -> str | None:
    if wanted == "en" and is_english(text):
        return None
    letters = sum(map(str.isalpha, text))
    if letters < _FEWEST_LETTERS or letters < _FEWEST_IN_PROSE * len(text):
        return None
    judge = _judge()
    if wanted not in judge.labels:
        return None
    best, confidence = judge.classify(text)
    if confidence < _SURE or best in {wanted, *_KIN.get(wanted, ()), *_NO_LANGUAGE}:
        return None
    return best if dict(judge.rank(text))[wanted] < _POSSIBLE else None


def is_english(text: str) -> bool:
    """Return whether a text is English, by its function words; of a few words often not."""
    said = text.lower().split()
    own = sum(map(_ENGLISH.__contains__, said))
    if not own:
        return False
    known = own + sum(map(_SHARED.__contains__, said))
    if known >= _ENGLISH_SHARE * len(said):
        return True
    return known >= _ENGLISH_SHARE * sum(map(str.isalpha, said))  # figures and codes aside


@lru_cache(maxsize=1)
def _judge() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # 0.7 s, 80 MB: seldom needed

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
