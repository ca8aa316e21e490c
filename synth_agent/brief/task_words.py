"""Phrase rules for the words that mean a task, and the subjects that are tasks themselves."""

from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.lexicon import GROUPS
from synth_agent.brief.readings import Match, Refused, Setting
from synth_agent.brief.terms import Terms, by_words, vocabulary
from synth_agent.schemas import TASKS

__all__ = ["task_key", "task_words"]

_EVIDENCE: Final = by_words(
    {
        "classification 4": "text classification, classification, classifier, classifiers, "
        "classify, "
        "classified, categorize, categorized, categorised, categorisation, categorization, "
        "by category, by class, by intent, by sentiment, by label, sentiment, sentiments, "
        "stimmungsanalyse, klassifikation, klassifizierung, classificación, clasificación, "
        "labelled, labeled, label each, each labelled, each labeled, labelled dataset",
        "conversation 4": "multi turn, multiturn, chat transcripts, conversational, dialogue "
        "dataset",
        "conversation 3": "conversations, dialogues, dialogs, chats, conversation, dialogue, "
        "dialog",
        "preference 5": "dpo, rlhf, preference pairs, preference pair, preference data, "
        "preference dataset, preference tuning, preference, chosen and rejected, chosen / "
        "rejected, "
        "preferred and rejected, reward model, reward modeling, orpo, kto",
        "reasoning 5": "chain of thought, chain of thoughts, cot, step by step, reasoning, "
        "rationale, "
        "rationales, worked solutions, reasoning steps, lösungsweg, rechenweg, lösungsschritte, "
        "lösungsschritten, schritt für schritt, étape par étape, "
        "pas à pas, paso a paso, show the working, worked examples",
        "code 4": "coding, programming, python functions, code generation, unit tests, "
        "code snippets, code problems, code exercises, code challenges, leetcode, "
        "programmieraufgaben, python code, python problems",
        "safety 4": "harmful, jailbreak, jailbreaks, red team, red teaming, unsafe prompts, "
        "adversarial prompts",
        "safety 5": "refusal training, ai safety, safety dataset, safety alignment, safety tuning, "
        "safety training, safety prompts, borderline prompts",
        "tabular 3": "tabular, table, table of, spreadsheet, tabelle, tableau, tabla, tabellarisch",
        "tabular 1": "rows, row, zeilen, filas, lignes",
        "qa 3": "q / a, question answering, q&a, qa, q and a, question answer, faq, faqs, "
        "questions and answers, questions with answers, preguntas y respuestas, "
        "questions et réponses, fragen und antworten, frage antwort",
        "qa 2": "question, questions, frage, fragen, pregunta, preguntas, quesions, questoins, "
        "quiz",
        "instruction 4": "instruction tuning, instruction following, instruct dataset, "
        "instruction response, instruction dataset, instruction finetuning, instruction fine "
        "tuning",
        "instruction 2": "instructions, prompts, anweisungen, instrucciones, consignes",
        "classification 1": "detect, detecting, detects, recognize, recognise, reviews, tweets, "
        "comments, utterances, labels, categories, intents, "
        "emotions, kategorien, catégories, categorías, bewertungen, reseñas, "
        "avis, rezensionen",
        "reasoning 1": "math problems, word problems, puzzles, riddles",
    }
)
_KNOWN_SUBJECTS: Final = by_words(
    {
        "classification": "sentiment analysis, sentiment classification, sentiment detection, "
        "sentiment, spam detection, spam classification, spam filter, spam filtering, "
        "intent classification, intent detection, intent recognition, emotion detection, "
        "emotion classification, emotion recognition, toxicity detection, "
        "hate speech detection, topic classification, fraud detection, phishing detection, "
        "language identification, stance detection, sarcasm detection, news classification, "
        "ticket routing, ticket classification, support intents, "
        "stimmungsanalyse, sentimentanalyse, spamerkennung, absichtserkennung, "
        "analyse de sentiments, analyse de sentiment, analyse des sentiments, "
        "détection de spam, análisis de sentimiento, análisis de sentimientos, "
        "detección de spam"
    }
)
_SORTS: Final = GROUPS | vocabulary("type types kind kinds level levels reason reasons art typ")
_TASK_NAMES: Final = Terms(
    {name: name for name in TASKS if name != "custom"}
    | {"question answering": "qa", "q&a": "qa", "dialogue": "conversation", "dpo": "preference"}
    | {"chain of thought": "reasoning", "table": "tabular", "chat": "conversation"}
)


def _by_kind(cursor: Cursor) -> Match | None:
    """Read "by attack type", "per ticket category"."""
    begin = cursor.at
    if not cursor.word("by", "nach", "par", "por"):
        return None
    if cursor.peek().norm not in _SORTS:
        cursor.take()
    if not cursor.any_of(_SORTS):
        return None
    return Match(Setting("task", "classification", 1), begin, cursor.at)


def task_key(cursor: Cursor) -> Match | None:
    """Read "task: qa"."""
    begin = cursor.at
    if not (cursor.word("task") and cursor.word(":", "=")):
        return None
    name = cursor.term(_TASK_NAMES)
    if name is not None:
        return Match(Setting("task", name, 9), begin, cursor.at)
    said = cursor.take()
    if said.kind != "word" or not (cursor.at_end_of_clause or cursor.peek().norm == ","):
        return None
    line = f"unknown task {said.text!r}; known: {', '.join(TASKS)}"
    return Match(Refused(line), begin, cursor.at)


def task_words(cursor: Cursor) -> Match | None:
    """Note the words that mean a task, and the subjects that are tasks themselves."""
    begin = cursor.at
    if (task := cursor.term(_KNOWN_SUBJECTS)) is not None:
        found = Setting("task", task, 5)
        said = cursor.brief.between(begin, cursor.at)
        extra = (Setting("domain", said, 2),) if cursor.at - begin > 1 else ()
        return Match(found, begin, cursor.at, extra)
    meaning = cursor.term(_EVIDENCE)
    if meaning is None:
        return _by_kind(cursor)
    task, rank = meaning.split()
    return Match(Setting("task", task, int(rank)), begin, cursor.at)
