"""What a portable Beam runner needs on this machine."""

import sys
from pathlib import Path

# The helpers of the tests lie one folder up.
sys.path.insert(0, str(Path(__file__).parents[1]))
