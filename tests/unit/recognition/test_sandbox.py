"""The decoder process, seen from the service: time, memory, death and rebirth."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from service.recognition.embedding.decoding import PhotoError
from service.recognition.embedding.sandbox import Sandbox

Scene = Callable[[int, int], Image.Image]
Encode = Callable[..., bytes]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signals and /proc of Linux")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    yield sandbox
    sandbox.close()


@pytest.fixture(scope="module")
def heic(scene: Scene, encode: Encode) -> bytes:
    return encode(scene(320, 240), "heic")


@pytest.fixture(scope="module")
def huge_png(encode: Encode) -> bytes:
    return encode(Image.new("RGB", (7000, 6000), "green"), "png", compress_level=1)


def test_heic_and_avif_decode_and_the_process_stays(
    sandbox: Sandbox, scene: Scene, encode: Encode, heic: bytes
) -> None:
    for _ in range(2):
        pixels = sandbox.decode(heic, "heic", 224)
        assert (pixels.width, pixels.height) == pixels.image.size == (320, 240)
    pid = sandbox.pid
    pixels = sandbox.decode(encode(scene(320, 240), "avif"), "avif", 224)
    difference = np.asarray(pixels.image, dtype=int) - np.asarray(scene(320, 240), dtype=int)
    assert np.abs(difference).mean() < 12
    assert sandbox.pid == pid


def test_pixels_come_back_exactly(sandbox: Sandbox, scene: Scene, encode: Encode) -> None:
    image = scene(333, 222)
    pixels = sandbox.decode(encode(image, "png"), "png", 224)
    assert np.array_equal(np.asarray(pixels.image), np.asarray(image))


def test_a_bad_photo_is_an_error_and_the_process_stays(sandbox: Sandbox, heic: bytes) -> None:
    sandbox.decode(heic, "heic", 224)
    pid = sandbox.pid
    with pytest.raises(PhotoError) as caught:
        sandbox.decode(heic[:200], "heic", 224)
    assert caught.value.code == "photo_unreadable"
    assert sandbox.decode(heic, "heic", 224).width == 320
    assert sandbox.pid == pid


def test_a_late_photo_is_an_error_in_time_and_the_next_one_works(heic: bytes, huge_png: bytes) -> None:
    sandbox = Sandbox(seconds=0.15)
    try:
        start = time.monotonic()
        with pytest.raises(PhotoError) as caught:
            sandbox.decode(huge_png, "png", 224)
        assert caught.value.code == "photo_too_slow"
        assert time.monotonic() - start < 1
    finally:
        sandbox.close()


def test_a_process_that_hangs_is_killed_and_replaced(heic: bytes) -> None:
    sandbox = Sandbox(seconds=1.0)
    try:
        sandbox.decode(heic, "heic", 224)
        hung = sandbox.pid
        assert hung is not None
        os.kill(hung, signal.SIGSTOP)
        start = time.monotonic()
        with pytest.raises(PhotoError) as caught:
            sandbox.decode(heic, "heic", 224)
        assert caught.value.code == "photo_too_slow"
        assert 0.9 < time.monotonic() - start < 2
        assert not Path(f"/proc/{hung}").exists()
        assert sandbox.decode(heic, "heic", 224).width == 320
        assert sandbox.pid != hung
    finally:
        sandbox.close()


def test_a_photo_that_needs_too_much_memory_is_an_error_and_the_next_one_works(heic: bytes, huge_png: bytes) -> None:
    sandbox = Sandbox(address_space=160 * 2**20)
    try:
        with pytest.raises(PhotoError) as caught:
            sandbox.decode(huge_png, "png", 224)
        assert caught.value.code == "photo_too_large"
        assert sandbox.decode(heic, "heic", 224).width == 320
    finally:
        sandbox.close()


def test_the_address_space_is_limited(sandbox: Sandbox, heic: bytes) -> None:
    sandbox.decode(heic, "heic", 224)
    limits = Path(f"/proc/{sandbox.pid}/limits").read_text()
    line = next(line for line in limits.splitlines() if line.startswith("Max address space"))
    assert line.split()[3:5] == [str(512 * 2**20)] * 2


def test_a_process_killed_while_idle_costs_no_photo(sandbox: Sandbox, heic: bytes) -> None:
    for _ in range(3):
        sandbox.decode(heic, "heic", 224)
        assert sandbox.pid is not None
        os.kill(sandbox.pid, signal.SIGKILL)
    assert sandbox.decode(heic, "heic", 224).width == 320


def test_a_process_killed_in_the_middle_costs_at_most_that_photo(
    sandbox: Sandbox, heic: bytes, huge_png: bytes
) -> None:
    def kill_when_started() -> None:
        while sandbox.pid is None:
            time.sleep(0.001)
        time.sleep(0.2)
        os.kill(sandbox.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_when_started)
    killer.start()
    with pytest.raises(PhotoError) as caught:
        sandbox.decode(huge_png, "png", 224)
    killer.join()
    assert caught.value.code == "photo_unreadable"
    assert sandbox.decode(heic, "heic", 224).width == 320


def test_restarts_leave_no_descriptors_and_no_zombies(heic: bytes) -> None:
    sandbox = Sandbox()
    before = len(list(Path("/proc/self/fd").iterdir()))
    pids = []
    for _ in range(4):
        sandbox.decode(heic, "heic", 224)
        pids.append(sandbox.pid)
        sandbox.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_the_process_sees_none_of_the_services_secrets(
    sandbox: Sandbox, heic: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:secret@host/db")
    sandbox.decode(heic, "heic", 224)
    assert b"secret" not in Path(f"/proc/{sandbox.pid}/environ").read_bytes()


def test_the_process_ends_with_its_parent_even_after_kill_9(tmp_path: Path, heic: bytes) -> None:
    (tmp_path / "photo.heic").write_bytes(heic)
    script = (
        "import sys, time; from pathlib import Path;"
        "from service.recognition.embedding.sandbox import Sandbox;"
        "s = Sandbox(); s.decode(Path(sys.argv[1]).read_bytes(), 'heic', 224); print(s.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "photo.heic")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.kill()
    give_up_at = time.monotonic() + 5
    while _runs(worker) and time.monotonic() < give_up_at:
        time.sleep(0.02)
    assert not _runs(worker)


def _runs(pid: int) -> bool:
    try:
        # an orphan that nobody reaps stays as a zombie in a container without an init
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
