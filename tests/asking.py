"""Requests over plain HTTP to services of this machine.

httpx's own functions read the list of everybody who is trusted anew each time, for 30 ms of the processor: who waits
for something in a loop keeps half a core from what is waited for.
"""

import ssl
from functools import partial
from typing import Final

import httpx

NOBODY: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Is trusted: HTTPS is not for these."""

get: Final = partial(httpx.get, verify=NOBODY)
put: Final = partial(httpx.put, verify=NOBODY)
post: Final = partial(httpx.post, verify=NOBODY)
patch: Final = partial(httpx.patch, verify=NOBODY)
delete: Final = partial(httpx.delete, verify=NOBODY)
stream: Final = partial(httpx.stream, verify=NOBODY)
