"""`python -m wheelyard.cli`, for where no console script is installed."""

import sys

from wheelyard.cli import main

sys.exit(main())
