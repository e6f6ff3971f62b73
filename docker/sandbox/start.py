"""Entry point of the sandbox container."""
import sys

sys.path.insert(0, "/opt/interleave")
from supervisor.main import main  # noqa: E402

sys.path.pop(0)
main()
