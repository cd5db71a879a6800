"""Look many photos up at the same time, each of a thing of its own, with the client that awaits.

python -m mobile_contract.clients.python.examples.many_at_once http://127.0.0.1:8700 standard-parts *.jpg
"""

import argparse
import asyncio
from collections.abc import Sequence

from mobile_contract.clients.python import AsyncPhotocode, PhotocodeError

AT_ONCE = 4


async def look_all_up(url: str, catalog: str, photos: Sequence[str], token: str | None) -> None:
    """Four at a time; whichever is answered first is printed first."""
    turns = asyncio.Semaphore(AT_ONCE)
    async with AsyncPhotocode(url, token=token) as photocode:

        async def one(photo: str) -> str:
            async with turns:
                try:
                    answer = await photocode.look_up(catalog, photo, limit=1)
                except PhotocodeError as error:
                    return f"{photo}: {error}"
            found = [candidate.part_number for candidate in answer.candidates]
            return f"{photo}: {answer.verdict} {' '.join(found)}"

        for answered in asyncio.as_completed([one(photo) for photo in photos]):
            print(await answered)


def main(arguments: Sequence[str] | None = None) -> None:
    """Ask for all."""
    parser = argparse.ArgumentParser(description="Look many photos up at the same time.")
    parser.add_argument("url")
    parser.add_argument("catalog")
    parser.add_argument("photos", nargs="+", metavar="photo")
    parser.add_argument("--token")
    given = parser.parse_args(arguments)
    asyncio.run(look_all_up(given.url, given.catalog, given.photos, given.token))


if __name__ == "__main__":
    main()
