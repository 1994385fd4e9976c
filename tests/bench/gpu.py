"""What the reward model does on a GPU: `python3 tests/bench/gpu.py [--right]`.

See docs/performance.md, "On a GPU".
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - before other imports
ROOT = os.path.dirname(os.path.dirname(HERE))  # noqa: PTH120

# A script's own folder comes first on the path, and names here would hide standard modules.
sys.path[:] = [ROOT, *(each for each in sys.path if os.path.abspath(each) not in (HERE, ROOT))]  # noqa: PTH100

from tests.bench.gpu_parts.driver import main  # noqa: E402 - needs the path

if __name__ == "__main__":
    sys.exit(main())
