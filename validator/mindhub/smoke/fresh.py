"""A fresh process inside the full sandbox: it imports MindSpore, and then is the worker of one job.

`python -s -P -m mindhub.smoke.fresh RESULT SANDBOX`: the job comes in on standard input, messages go out on the
descriptor RESULT; SANDBOX is the description that the record gets.
"""

from __future__ import annotations

import faulthandler
import sys


def main(result: int, described: str) -> None:
    """Import, then run what the job says."""
    import mindspore  # noqa: F401 - time counts from the worker's first message, which comes after this
    import numpy as np  # noqa: F401 - as above

    from mindhub.smoke import worker

    faulthandler.enable()
    worker.main(0, result, described)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
