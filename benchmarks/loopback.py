"""A server on loopback that is as slow as a far one: every connection and every answer waits a round trip.

    python benchmarks/loopback.py FOLDER [--delay 0.05]

It serves the files of a folder with ranges and ETags, and `/link/…` as empty pages; the port is printed first. It is a
process of its own, so that its CPU time is not counted as the client's.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 1 << 20


@contextmanager
def serving(folder: Path, delay: float) -> Iterator[str]:
    """Serve a folder from another process; gives `127.0.0.1:PORT`."""
    command = [sys.executable, __file__, str(folder), "--delay", str(delay)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - asked for above
            yield f"127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


class Server:
    """Answers GET and HEAD."""

    def __init__(self, folder: Path, delay: float) -> None:
        self._folder = folder
        self._delay = delay

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until the client closes it."""
        await asyncio.sleep(self._delay)  # the handshake's round trip
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                method, path, _ = head[0].split(" ")
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
                await asyncio.sleep(self._delay)
                await self._answer(writer, method, path, headers)
                await writer.drain()
                if headers.get("connection") == "close":
                    break
        writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, method: str, path: str, headers: dict[str, str]) -> None:
        if path.startswith("/link/"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            return
        with (self._folder / path.strip("/")).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            start, end, status = 0, size, "200 OK"
            if "range" in headers:
                first, _, last = headers["range"].removeprefix("bytes=").partition("-")
                start, end = int(first), min(size, int(last) + 1 if last else size)
                status = f"206 Partial Content\r\nContent-Range: bytes {start}-{end - 1}/{size}"
            writer.write(f'HTTP/1.1 {status}\r\nContent-Length: {end - start}\r\nETag: "one"\r\n\r\n'.encode())
            file.seek(start)
            while method == "GET" and start < end:
                writer.write(file.read(min(_BLOCK, end - start)))
                start += _BLOCK
                await writer.drain()


async def main() -> None:
    """Run as a script."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--delay", type=float, default=0.05)
    arguments = parser.parse_args()
    server = await asyncio.start_server(
        Server(arguments.folder, arguments.delay).connection, "127.0.0.1", 0, backlog=512
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
