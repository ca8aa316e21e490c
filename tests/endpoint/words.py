"""English sentences by the thousand, from a seeded generator.

They say nothing in particular, hold no figures, and two of them seldom share more than their
grammar: a sentence has five or six places with about twenty words or phrases each.
"""

from random import Random

__all__ = ["sentence", "sentences"]


def _listed(text: str) -> list[str]:
    return " ".join(text.split()).split(", ")


_WHO = _listed("""
    neighbour, teacher, baker, driver, nurse, farmer, painter, clerk, pilot, tailor, gardener,
    mechanic, librarian, sailor, musician, editor, carpenter, waiter, lawyer, student,
    plumber, butcher, florist, photographer, referee, archivist, chemist, porter, surveyor,
    weaver
""")
_HOW = _listed("""
    patient, young, careful, tired, cheerful, retired, clever, nervous, sincere, busy, quiet,
    stubborn, kind, famous, lonely, modest, proud, curious, grumpy, gentle, restless, generous
""")
_DID = _listed("""
    repaired, borrowed, painted, described, praised, cleaned, ordered, returned, examined,
    carried, sold, lost, found, admired, measured, opened, wrapped, photographed, moved,
    finished, compared, replaced, recommended, delivered, hid, weighed, labelled, polished,
    rejected, inherited
""")
_WHAT = _listed("""
    lamp, bicycle, letter, blanket, camera, kettle, violin, ladder, suitcase, mirror, curtain,
    basket, novel, jacket, engine, teapot, window, garden, recipe, photograph, clock,
    umbrella, map, wallet, sofa, lantern, hammer, printer, bracelet, notebook, fountain,
    telescope, sandwich, keyboard
""")
_LIKE = _listed("""
    wooden, broken, heavy, yellow, cheap, vintage, borrowed, noisy, tiny, dusty, graceful,
    rusty, foreign, plain, crooked, striped, silver, worn, faded, brand-new, hollow, painted
""")
_WHERE = _listed("""
    in the harbour, behind the station, near the old bridge, at the market, in the attic,
    beside the river, on the balcony, in a small village, at the airport, under the stairs, in
    the museum, by the roadside, across the valley, in the laboratory, outside the theatre, at
    the bakery, on the ferry, in the courtyard, behind the barn, near the lighthouse, in the
    waiting room, on the top floor
""")
_WHEN = _listed("""
    before breakfast, after the storm, during the holidays, late in the evening, on a rainy
    morning, without any warning, for the second time, in early spring, while everybody slept,
    shortly after noon, at the last moment, just before midnight, throughout the winter, on
    the way home, after a long discussion, during the concert, when the bell rang, between two
    meetings
""")
_WHY = _listed("""
    because the price had fallen, although nobody had asked, so that the children could play,
    because it reminded them of home, although the manual was missing, since the shop was
    closing, because a friend had insisted, even though it was raining, so that the guests
    would notice, because the colour was wrong, although it cost a fortune, since there was no
    other choice, because the old one had vanished, even though the deadline had passed, so
    that the team could continue, because the handle was loose, although the instructions were
    clear, since help was far
""")
_SAID = _listed("""
    and everyone was delighted, which was a mistake, but it hardly mattered, and the result
    was excellent, which surprised the family, but the quality was poor, and that was the end
    of it, which took far too long, but the service was friendly, and we would do it again,
    which nobody could explain, but the noise was dreadful, and the mood improved at once,
    which was worth it
""")
_FORMS = (
    "The {how} {who} {did} the {like} {what} {where} {when}, {said}.",
    "{When}, the {who} {did} a {like} {what} {where}, {why}.",
    "{Where}, a {how} {who} and the {who2} {did} this {like} {what}, {said}.",
    "My {who} {did} the {what} and the {like} {what2} {when}, {why}.",
    "That {like} {what} was {did} by the {how} {who} {where}, {said}.",
    "It was the {how} {who} who {did} our {like} {what} {when} and the {what2} {where}.",
    "The {who} {did} it {where}, but the {who2} wanted the {like} {what} {when}, {why}.",
    "{When}, we saw how the {who} {did} the {like} {what} of the {how} {who2}.",
)


def sentence(rng: Random) -> str:
    """Return one sentence of 60 to 160 characters."""
    pick = rng.choice
    where, when = pick(_WHERE), pick(_WHEN)
    return pick(_FORMS).format(
        who=pick(_WHO),
        who2=pick(_WHO),
        how=pick(_HOW),
        did=pick(_DID),
        what=pick(_WHAT),
        what2=pick(_WHAT),
        like=pick(_LIKE),
        where=where,
        Where=where[0].upper() + where[1:],
        when=when,
        When=when[0].upper() + when[1:],
        why=pick(_WHY),
        said=pick(_SAID),
    )


def sentences(rng: Random, *, fewest: int, most: int) -> str:
    """Return sentences of so many characters in all; the last is cut if nothing else fits."""
    text = sentence(rng)
    while len(text) < fewest:
        text = f"{text} {sentence(rng)}"
    if len(text) <= most:
        return text
    cut = text[:most].rpartition(" ")[0].rstrip(" ,.")
    # A word more or less may be what the bounds allow; letters always are.
    return cut if cut and len(cut) >= fewest else text[:most].rstrip().ljust(max(1, fewest), "e")
