import asyncio

from synth_agent.chains.step import Step


async def double(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


def test_a_step_composes_with_other_runnables() -> None:
    chain = Step("double", double) | Step("double", double)

    assert chain.invoke(3) == 12
    assert asyncio.run(chain.ainvoke(3)) == 12


def test_a_step_is_called_from_inside_a_running_loop() -> None:
    async def notebook() -> int:
        return Step("double", double).invoke(4)

    assert asyncio.run(notebook()) == 8


def test_a_step_is_called_by_its_name() -> None:
    assert Step("double", double).get_name() == "double"
