"""The words that briefs are made of, in English, German, French and Spanish.

Data alone. A phrase added here is read everywhere; accents and case make no difference.
"""

from typing import Final

from synth_agent.brief.terms import by_words, vocabulary

__all__ = [
    "AND",
    "APPROXIMATE",
    "ARTICLES",
    "BALANCED",
    "DATASET",
    "DIFFICULTY",
    "EACH",
    "FILLERS",
    "FLUFF",
    "FUNCTION_WORDS",
    "GROUPS",
    "IS",
    "KINDS",
    "LABEL_SETS",
    "LOOSE",
    "MAKE",
    "NOUNS",
    "PERCENT",
    "REST",
    "SPLITS",
    "STOPS",
    "WEAK_NOUNS",
]

MAKE: Final = {
    "en": vocabulary(
        "generate generates generating create creates creating produce produces producing make "
        "makes making write writes writing give build synthesize synthesise prepare provide draft "
        "compose invent need needs want deliver return craft develop design get genrate generat "
        "creat add simulate fabricate require classify"
    ),
    "de": vocabulary(
        "erzeuge erzeugen erzeugt generiere generieren erstelle erstellen erstell schreibe "
        "schreiben produziere produzieren mache gib brauche brauchen bräuchte bräuchten wollen "
        "hätte benötige möchte liefere bitte "
        "klassifiziere klassifizieren"
    ),
    "fr": vocabulary(
        "génère générez générer génèrent crée créez créer produis produisez produire écris écrivez "
        "écrire rédige rédigez rédiger fais faites donne donnez veux voudrais aimerais besoin "
        "propose souhaite classe "
        "classez"
    ),
    "es": vocabulary(
        "genera generar genere generen crea crear cree creen producir produzca escribe "
        "escribir escriba haz haga dame necesito necesitamos queremos quiero redacta clasifica "
        "clasificar"
    ),
}
"""Language -> verbs that ask for records."""

NOUNS: Final = by_words(
    {
        "": "record, records, example, examples, exemplar, exemplars, sample, samples, item, "
        "items, ones, object, objects, issues, "
        "entry, entries, row, rows, pair, pairs, instance, instances, data point, data points, "
        "datapoint, datapoints, case, cases, scenario, scenarios, recrods, exmaples, examplse, "
        "training example, training examples, post, posts, headline, headlines, ticket, tickets, "
        "email, emails, e mail, e mails, mails, request, "
        "requests, complaint, complaints, statements, story, stories, report, reports, "
        "beispiel, beispiele, beispielen, datensätze, datensätzen, einträge, einträgen, zeilen, "
        "paare, paaren, fälle, datenpunkte, stück, exemple, exemples, lignes, paires, "
        "enregistrements, entrées, échantillons, courriels, cas, ejemplo, ejemplos, filas, pares, "
        "registros, entradas, muestras, correos, casos",
        "qa": "frequently asked questions, q / a pairs, q / a pair, question / answer pairs, "
        "question / answer pair, "
        "question, questions, quesions, questoins, qs, domande, perguntas, qa, qas, q&a, q&as, "
        "faq, faqs, "
        "question answer pair, question answer pairs, qa pair, qa pairs, q&a pair, q&a pairs, "
        "questions and answers, question and answer pairs, questions with answers, "
        "frage, fragen, frage antwort paare, fragen und antworten, paires question réponse, "
        "questions et réponses, pregunta, preguntas, preguntas y respuestas, "
        "flashcard, flashcards, karteikarten, pares de preguntas y respuestas, pares pregunta "
        "respuesta, quiz questions",
        "instruction": "instruction, instructions, prompt, prompts, task, tasks, "
        "instruction response pairs, anweisung, anweisungen, aufgaben, instrucciones, tareas, "
        "consignes, tâches",
        "reasoning": "word problem, word problems, textaufgaben, textaufgabe, problem, problems, "
        "puzzle, puzzles, exercise, exercises, "
        "riddle, riddles, problemas, problèmes, ejercicios, exercices, übungen",
        "classification": "review, reviews, tweet, tweets, comment, comments, utterance, "
        "utterances, "
        "sms, bewertungen, kundenbewertungen, produktbewertungen, kundenrezensionen, rezensionen, "
        "kommentare, avis, commentaires, reseñas, opiniones, "
        "comentarios",
        "conversation": "conversation, conversations, dialogue, dialogues, dialog, dialogs, chat, "
        "chats, conversatoins, chat transcripts, transcripts, chatgespräche, gespräch, gespräche, "
        "dialoge, "
        "konversationen, conversación, conversaciones, diálogo, diálogos",
        "preference": "preference pair, preference pairs, comparison, comparisons, dpo pair, "
        "dpo pairs, chosen rejected pairs",
        "safety": "jailbreak, jailbreaks, harmful prompts, adversarial prompts",
        "tabular": "transaction, transactions, log entries, events, readings, measurements, "
        "transaktionen, buchungen, messwerte, transacciones",
        "code": "code problem, code problems, code tasks, code exercises, code challenges, "
        "code questions, code samples, code puzzles, coding questions, coding puzzles, "
        "programming questions, programming challenges, programming puzzles, "
        "python problems, python exercises, python tasks, python functions, scripts, coding "
        "problem, coding problems, coding tasks, coding exercises, code snippets, "
        "code examples, functions, programming problems, programming tasks, programming exercises, "
        "coding challenges",
    }
)
"""What a record is called, by the task that the word means (or none)."""

WEAK_NOUNS: Final = vocabulary(
    "sentence sentences message messages line lines text texts document documents article "
    "articles answer answers paragraphs passages sätze texte nachrichten phrases textes frases "
    "oraciones mensajes textos"
)
"""Words that name a record as often as the length of one."""

KINDS: Final = vocabulary(
    "type types kind kinds category categories class classes label labels topic topics field "
    "fields column columns format formats intent intents level levels style styles mark marks "
    "language languages dataset data set bank answering length long each form forms"
)
"""After a record noun these say that the number counted something else."""

DATASET: Final = vocabulary(
    "dataset datasets data corpus set datensatz daten jeu données datos conjunto dataset"
)

DIFFICULTY: Final = by_words(
    {
        "easy": "easy, simple, basic, beginner, beginner level, einfach, einfache, leicht, "
        "leichte, "
        "facile, faciles, fácil, fáciles",
        "medium": "medium, moderate, intermediate, medium difficulty, average difficulty, mittel, "
        "mittlere, mittelschwer, mittelschwere, moyen, moyens, moyennes, moyenne, intermedio, "
        "intermedios, media",
        "hard": "hard, difficult, challenging, tough, advanced, tricky, complicated, schwer, "
        "schwere, "
        "schwierig, schwierige, difficile, difficiles, difícil, difíciles",
    }
)

SPLITS: Final = by_words(
    {
        "train": "train, training, training set, entraînement, entrenamiento",
        "validation": "validation, valid, val, dev, development, validierung, validación",
        "test": "test, testing, holdout, test set, eval, prueba",
    }
)

LABEL_SETS: Final[tuple[tuple[str, ...], ...]] = (
    ("positive", "negative", "neutral", "mixed"),
    ("positiv", "negativ", "neutral"),
    ("positif", "négatif", "neutre"),
    ("positivo", "negativo", "neutro"),
    ("positiva", "negativa", "neutra"),
    ("spam", "ham"),
    ("spam", "not spam"),
    ("toxic", "non-toxic"),
    ("toxic", "not toxic"),
    ("phishing", "legitimate"),
    ("harmful", "borderline"),
    ("true", "false"),
    ("yes", "no"),
    ("urgent", "not urgent"),
    ("entailment", "contradiction", "neutral"),
)
"""Well-known labels, the usual pair first."""

AND: Final = vocabulary("and or & plus und oder et ou y o e vs versus sowie")
ARTICLES: Final = vocabulary(
    "a an the some der die das den dem des ein eine einen einer eines le la les l' un une des du "
    "el los las una unos unas"
)
APPROXIMATE: Final = vocabulary(
    "exactly about around approximately approx roughly circa ca just only nearly almost precisely "
    "genau etwa ungefähr rund exactement environ exactamente aproximadamente unos"
)
LOOSE: Final = by_words(
    {
        "more": "more than, over, mehr als, plus de, más de, upwards of",
        "less": "fewer than, less than, under, weniger als, moins de, menos de",
    }
)
PERCENT: Final = vocabulary("% percent pct prozent ciento cent")
EACH: Final = by_words(
    {
        "each": "each, of each, for each, per class, per label, per category, per intent, "
        "per sentiment, per type, per group, for each class, for each label, for each category, "
        "for every class, for every label, for each intent, of each class, of each label, "
        "of each category, of each sentiment, of each intent, of each type, from each class, "
        "in each class, in each category, pro klasse, je klasse, pro label, je label, jeweils, "
        "par classe, de chaque, por clase, de cada, por categoría, pro kategorie, par catégorie",
        "topic": "per topic, per subject, for each topic, on each topic, about each topic, "
        "per theme, each topic, pro thema, par thème, por tema",
    }
)
REST: Final = by_words(
    {
        "rest": "the rest, rest, the remaining, remaining, the others, the remainder, der rest, "
        "die restlichen, le reste, les autres, el resto, los demás"
    }
)
BALANCED: Final = by_words(
    {
        "of": "an equal number of, equal numbers of, equal number of, an even mix of, even mix of, "
        "equal distribution of, equal parts, same number of, an equal amount of, equal amounts "
        "of, equal parts of",
        "even": "balanced, class balanced, half and half, half half, fifty fifty, je zur hälfte, "
        "moitié "
        "moitié, mitad y mitad, evenly, equally, an even split, even split, "
        "equal distribution, even distribution, "
        "in equal parts, equal split, uniformly, uniform distribution, ausgewogen, ausgewogene, "
        "gleichmäßig, équilibré, "
        "équilibrée, équilibrés, équitablement, equilibrado, equilibrada, equilibrados, "
        "equitativamente, balanceado",
    }
)
GROUPS: Final = vocabulary(
    "class classes label labels category categories intent intents sentiment sentiments emotion "
    "emotions priority priorities severity severities urgency tone stance klasse klassen "
    "kategorien kategorie etiketten classe catégories étiquettes "
    "étiquette catégorie clases clase etiquetas categorías categoría"
)
"""What labels are called."""

FILLERS: Final = vocabulary(
    "of them these those which that should must shall be will are is were labelled labeled tagged "
    "marked classified as with being to have has label class sentiment the a an ones davon sollen "
    "sein sind als von ihnen der die das doivent être sont de d' des les deben ser son etiquetados "
    "como cuáles"
)
"""Words that may stand between an amount and what it is an amount of."""

FLUFF: Final = vocabulary(
    "high quality good great realistic real diverse different distinct unique varied various "
    "factual accurate natural synthetic original new more short long brief detailed custom useful "
    "meaningful interesting random training test plausible clean well written authentic fresh "
    "additional single multi turn labelled labeled total overall typical common credible "
    "representative professional fine tuning finetuning unterschiedliche verschiedene "
    "realistische synthetische "
    "réalistes différents différentes variées synthétiques realistas diferentes sintéticos "
    "sintéticas distintos variados near factual situation situations life like world"
)
"""Qualities that every dataset is meant to have; they name no subject."""

STOPS: Final = vocabulary(
    "about on in for with of from to by as at into within over under per each every that which "
    "who where when while using based covering focusing focused regarding concerning related "
    "between among across than then is are was were be being should must can could will would "
    "has have having contain contains containing including include such so but not without "
    "incl please if because after before during i you we they it there this these those the "
    "rest remaining use return written drawn split categorized labelled labeled classified "
    "zwischen entre ohne sans sin davon dont über für mit aus auf zu im zum zur von als je sind "
    "soll sollen sur pour avec dans de du des "
    "en "
    "par sont doivent à au aux sobre para con en de del por son deben "
    "generate create produce write give make save export"
)
"""Words that end a run of modifiers before a noun."""

FUNCTION_WORDS: Final = {
    "en": vocabulary(
        "the and of for with about in on a an to is are be each that from by or as at it this your "
        "you i me us our please should must not into their its per records examples data dataset "
        "questions answers rows pairs reviews samples messages tickets emails tweets balanced "
        "across all "
        "levels reports evenly high low positive negative format output each half per label "
        "labels columns fields table list split but only no"
    ),
    "de": vocabulary(
        "der die das und für mit über ein eine einen zum zur von auf ist sind soll sollen bitte "
        "ich "
        "du zu nicht aus als im den dem jeweils davon auch oder fragen beispiele datensätze "
        "bewertungen mir wir brauche je pro ohne sowie werden wird wie zwei drei nachrichten"
    ),
    "fr": vocabulary(
        "le la les des une un et pour avec sur du dans en est sont au aux qui par de l' d' qu' ou "
        "exemples tu vous chaque réponses"
    ),
    "es": vocabulary(
        "el la los las una un y para con sobre del de en es son por que como o cada preguntas "
        "ejemplos respuestas"
    ),
    "it": vocabulary(
        "il gli delle di e per con su del della una che sono domande esempi dati genera crea nel un"
    ),
    "pt": vocabulary(
        "o os as um uma e para com sobre do da dos das em que são perguntas exemplos gere crie de"
    ),
    "nl": vocabulary("de het een en voor met over van zijn vragen voorbeelden genereer maak op"),
}
"""Language -> words by which a text in it is known."""

IS: Final = vocabulary(
    "| : = is are be should must of ist soll sein sollte est doit être es debe ser"
)
"""What stands between a name and its number."""
