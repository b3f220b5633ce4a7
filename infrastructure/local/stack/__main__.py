"""`python -m infrastructure.local.stack`."""

import sys

from infrastructure.local.stack.cli import main

sys.exit(main())
