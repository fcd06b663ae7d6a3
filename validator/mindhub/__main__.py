"""`python -m mindhub`."""

from __future__ import annotations

import sys

from mindhub.cli import main

sys.exit(main())
