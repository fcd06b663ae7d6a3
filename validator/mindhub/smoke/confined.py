"""The first program inside bubblewrap: it gives up what is left to give up, and becomes the one that was asked for.

`python -s -P -S -m mindhub.smoke.confined MEMORY SCRATCH DESCRIPTOR USER COMMAND…`. It needs the standard library only.
USER is a number to become, or `-` where a user namespace has already made this process nobody's.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mindhub.smoke import sandbox, seccomp

_REFUSED = 71  # EX_OSERR


def main(arguments: list[str]) -> None:
    """Limit this process, put it under the filter, and replace it; exits with 71 where one of these is refused."""
    memory, scratch, descriptor, user, *command = arguments
    kept = int(descriptor)
    os.closerange(3, kept)
    os.closerange(max(3, kept + 1), 1 << 16)
    os.set_inheritable(kept, True)
    # A user of its own has no other processes; in a user namespace newer kernels do not count those outside.
    sandbox.set_limits(int(memory), int(scratch), tasks=user != "-" or sandbox.counted_apart())
    if user != "-":
        os.setgroups([])
        os.setresgid(int(user), int(user), int(user))
        os.setresuid(int(user), int(user), int(user))
    if not sandbox.drop_capabilities() or any(_capabilities()):
        _refuse("capabilities are left")
    if not seccomp.install():
        _refuse("the kernel takes no seccomp filter")
    os.execv(command[0], command)  # noqa: S606 - what the harness asked for, and no shell


def _capabilities() -> list[int]:
    """Return the permitted, effective and inheritable capabilities of this process as bit masks."""
    lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    wanted = ("CapPrm", "CapEff", "CapInh", "CapAmb")
    return [int(line.partition(":")[2], 16) for line in lines if line.startswith(wanted)]


def _refuse(reason: str) -> None:
    print(f"mindhub: {reason}", file=sys.stderr)  # noqa: T201 - the harness reads it
    sys.exit(_REFUSED)


if __name__ == "__main__":
    main(sys.argv[1:])
