import asyncio

from synth_agent.calls.hands import HandCalls, belonging_to, current_hand


def test_the_same_request_is_counted_and_another_begins_at_nought() -> None:
    hand = HandCalls(3)

    assert [hand.take(b"a"), hand.take(b"b"), hand.take(b"a")] == [0, 0, 1]


def test_a_request_without_an_answer_leaves_its_place_to_the_next() -> None:
    hand = HandCalls(3)
    for _ in range(3):
        hand.take(b"a")

    hand.give_back(b"a", 2)
    hand.give_back(b"a", 0)

    assert [hand.take(b"a") for _ in range(3)] == [0, 2, 3]


def test_tasks_of_a_hand_share_its_counters_and_other_hands_have_their_own() -> None:
    async def work(number: int) -> tuple[int, int]:
        async def call() -> int:
            hand = current_hand()
            assert hand is not None
            assert hand.number == number
            return hand.take(b"a")

        with belonging_to(number):
            first, second = await asyncio.gather(call(), call())
            return first, second

    async def both() -> tuple[tuple[int, int], tuple[int, int]]:
        one, other = await asyncio.gather(work(1), work(2))
        return one, other

    assert asyncio.run(both()) == ((0, 1), (0, 1))
    assert current_hand() is None
