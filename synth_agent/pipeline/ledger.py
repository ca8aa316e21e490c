"""The journal as the ledger of paid calls: every answer is in it before anyone reads it."""

from synth_agent.calls.ledger import Answered, Grouping
from synth_agent.pipeline.journal import Journal

__all__ = ["journal_ledger"]


def journal_ledger(journal: Journal) -> Grouping:
    """Return a ledger that writes the answers of one turn of the loop in one transaction."""

    def find(hand: int, key: bytes, nth: int) -> Answered | None:
        row = journal.answer(hand, key, nth)
        return None if row is None else Answered(*row)

    def write(answers: list[Answered]) -> None:
        journal.put_answers([_row(answer) for answer in answers])

    return Grouping(find, write)


def _row(answer: Answered) -> tuple[object, ...]:
    return (
        answer.hand,
        answer.key,
        answer.nth,
        answer.model,
        answer.reply,
        answer.tokens_in,
        answer.tokens_out,
        answer.cached,
        answer.cost_usd,
        answer.seconds,
    )
