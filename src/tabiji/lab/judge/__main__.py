"""``python -m tabiji.lab.judge``."""

import sys

from .command import main

sys.exit(main())
