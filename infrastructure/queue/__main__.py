"""`python -m infrastructure.queue`."""

import sys

from infrastructure.queue.cli import main

sys.exit(main())
