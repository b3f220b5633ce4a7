"""`python -m infrastructure.accounts`."""

import sys

from infrastructure.accounts.cli import main

sys.exit(main())
