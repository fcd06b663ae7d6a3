"""Downloads in child processes that are killed at random; run as a script, prints what came of it as JSON.

A process of its own with one thread, so that forking is safe and a child starts within a millisecond.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from mindhub.assets.fetch import FetchError, Limits, fetch
from mindhub.assets.guard import Guard
from mindhub.assets.store import Store, hash_file
from mindhub.assets.upkeep import leftovers, prune, stored


def main(root: Path, place: str, hashes: list[str], kills: int) -> None:
    chance = random.Random(0)
    store, guard = Store(root), Guard(frozenset({place}))
    seen: set[str] = set()
    lost: list[str] = []
    corrupt: list[str] = []
    killed = grown = 0
    largest: dict[str, int] = {}
    # Where a download takes longer, so do they live, or none would ever get to write anything.
    begun = time.monotonic()
    os.waitpid(downloading(root, place, hashes[:1], guard), 0)
    longest = max(0.05, 2 * (time.monotonic() - begun))
    prune(store, 0, fresh=0)
    while killed < kills:
        child = downloading(root, place, hashes, guard)
        time.sleep(chance.uniform(0.001, longest))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        killed += 1
        now = {file.sha256 for file in stored(store)}
        lost += sorted(seen - now)
        corrupt += [sha256 for sha256 in now - seen if hash_file(store.path(sha256))[0] != sha256]
        seen = now
        for left in leftovers(store):
            if left.path.suffix == ".part":
                grown += 0 < largest.get(left.path.name, 0) < left.size
                largest[left.path.name] = left.size
        if len(seen) == len(hashes):  # all is here: begin anew, so that every kill hits a download
            prune(store, 0, fresh=0)
            seen = set()
    for sha256 in hashes:
        fetch(f"http://{place}/{sha256}", store=store, guard=guard, sha256=sha256)
    corrupt += [file.sha256 for file in stored(store) if hash_file(store.path(file.sha256))[0] != file.sha256]
    prune(store, 1 << 40, now=time.time() + 3600)
    left = [item.path.name for item in leftovers(store)]
    sys.stdout.write(json.dumps({"killed": killed, "lost": lost, "corrupt": corrupt, "continued": grown, "left": left}))


def downloading(root: Path, place: str, hashes: list[str], guard: Guard) -> int:
    """Fork a process that downloads files one after the other, and return its number."""
    child = os.fork()
    if child:
        return child
    for sha256 in hashes:
        try:
            fetch(f"http://{place}/{sha256}", store=Store(root), guard=guard, sha256=sha256, limits=Limits(seconds=120))
        except FetchError as error:
            sys.stderr.write(f"{error}\n")
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[4:], int(sys.argv[3]))
