"""Processes of our own on this machine: started with a clean environment, read while they run, stopped as a platform does."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "SSL_CERT_FILE")
"""What the processes see of your environment: nothing of it may reach the demo, least of all a real token."""


def free_port(wanted: int) -> int:
    """This port of this machine, or another one that is free."""
    for port in (wanted, 0):
        with contextlib.closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise RuntimeError("no port is free")


async def started(
    words: Sequence[str], ready: str, settings: Mapping[str, str], folder: Path
) -> tuple[asyncio.subprocess.Process, str]:
    """A process of ours, once it has printed that it is ready, and that line."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        return process, await _line(process, ready)
    except BaseException:
        await stopped(process)
        raise


async def _line(process: asyncio.subprocess.Process, ready: str) -> str:
    """What it says once it is ready; from then on its output is only read."""
    assert process.stdout is not None
    said: list[str] = []
    async with asyncio.timeout(60):
        while line := (await process.stdout.readline()).decode():
            said.append(line)
            if ready in line:
                _drain(process.stdout)
                return line.strip()
    raise RuntimeError("it did not start:\n" + "".join(said))


_draining: set[asyncio.Task[None]] = set()


def _drain(stream: asyncio.StreamReader) -> None:
    """Goes on reading, so that the process never waits for us; warnings of the bot are shown."""

    async def read() -> None:
        while line := (await stream.readline()).decode():
            if " WARNING " in line or " ERROR " in line or "Traceback" in line:
                sys.stderr.write(line)

    task = asyncio.get_running_loop().create_task(read())
    _draining.add(task)
    task.add_done_callback(_draining.discard)


async def stopped(process: asyncio.subprocess.Process) -> None:
    """Ends it as a platform would: asked first, killed when it does not go."""
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(12):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
