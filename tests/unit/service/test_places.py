"""Places and the queue before them."""

import asyncio

import pytest

from service.admission.doors import Admission
from service.admission.lanes import Lane
from service.admission.places import Places
from service.recognition.embedding.overload import Overloaded


def test_first_come_first_served() -> None:
    async def run() -> list[int]:
        places, order = Places(at_once=1, most=4, patience=5), []

        async def one(number: int) -> None:
            await places.take()
            order.append(number)
            await asyncio.sleep(0)
            places.give_back(0.0)

        await asyncio.gather(*(one(number) for number in range(4)))
        assert (places.taken, places.waiting) == (0, 0)
        return order

    assert asyncio.run(run()) == [0, 1, 2, 3]


def test_the_door_closes_when_the_queue_is_full() -> None:
    async def run() -> None:
        places = Places(at_once=1, most=2, patience=5)
        await places.take()
        places.demand_room()
        waiting = asyncio.create_task(places.take())
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            places.demand_room()
        places.give_back(0.0)
        await waiting
        places.demand_room()

    asyncio.run(run())


def test_who_would_wait_too_long_is_turned_away_at_the_door() -> None:
    async def run() -> None:
        places = Places(at_once=2, most=100, patience=10)
        await places.take()
        await places.take()
        places.demand_room()  # nothing is known yet of how long it takes
        places.give_back(12.0)
        places.demand_room()
        await places.take()
        assert places.expected_wait == pytest.approx(6.0)
        with pytest.raises(Overloaded, match=r"6\.0 s"):
            places.demand_room()

    asyncio.run(run())


def test_patience_ends_and_leaves_no_trace() -> None:
    async def run() -> None:
        places = Places(at_once=1, most=4, patience=0.02)
        await places.take()
        with pytest.raises(Overloaded, match="waited"):
            await places.take()
        assert (places.taken, places.waiting) == (1, 0)
        places.give_back(0.0)
        await places.take()
        assert places.taken == 1

    asyncio.run(run())


@pytest.mark.parametrize("turn_came", [False, True])
def test_who_is_cancelled_while_waiting_takes_no_place_with_it(turn_came: bool) -> None:
    async def run() -> None:
        places = Places(at_once=1, most=4, patience=5)
        await places.take()
        leaving, next_one = asyncio.create_task(places.take()), asyncio.create_task(places.take())
        await asyncio.sleep(0)
        if turn_came:
            places.give_back(0.0)
        leaving.cancel()
        if not turn_came:
            await asyncio.sleep(0)
            places.give_back(0.0)
        async with asyncio.timeout(1):
            await next_one
        assert (places.taken, places.waiting) == (1, 0)

    asyncio.run(run())


def test_uploads_wait_behind_lookups_and_are_refused_where_those_have_no_room() -> None:
    async def run() -> list[str]:
        admission, order = Admission(3, at_once=1), []
        await admission.take(Lane.PHOTOS)
        lookup = asyncio.create_task(admission.take(Lane.PHOTOS))
        await asyncio.sleep(0)

        async def upload() -> None:
            await admission.take(Lane.BULK)
            order.append("upload")

        async def answered() -> None:
            await lookup
            order.append("lookup")

        uploading, answering = asyncio.create_task(upload()), asyncio.create_task(answered())
        await asyncio.sleep(0.01)
        assert order == []
        admission.demand_room(Lane.BULK)
        third = asyncio.create_task(admission.take(Lane.PHOTOS))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            admission.demand_room(Lane.BULK)
        third.cancel()
        admission.places(Lane.PHOTOS).give_back(0.0)
        await asyncio.gather(uploading, answering)
        return sorted(order)

    assert asyncio.run(run()) == ["lookup", "upload"]
