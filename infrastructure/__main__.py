"""Run the command line: `python -m infrastructure`."""

import sys

from infrastructure.cli.main import main

sys.exit(main())
