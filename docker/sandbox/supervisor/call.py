"""One call in flight: its deadline, its output, and the readings that its facts are differences of."""
import time

from . import cgroup
from .capture import Capture


class Call:
    def __init__(self, call_id, number, timeout_seconds, grace_seconds, kept_bytes):
        self.id = call_id
        self.number = number
        self.capture = Capture(call_id, kept_bytes)
        self.cause = None  # why we ended it: timeout, cancelled, output_limit, process_limit, violation
        self.started = time.monotonic()
        self.deadline = self.started + timeout_seconds
        self.grace_seconds = grace_seconds
        self.interrupts = 0
        self.oom_kills_before = cgroup.oom_kills()
        self._cpu_before = _cpu_of_others()

    def cpu_seconds(self):
        """CPU time of all that this call has run, None where the kernel doesn't say."""
        now = _cpu_of_others()
        return None if now is None or self._cpu_before is None else max(0.0, now - self._cpu_before)


def _cpu_of_others():
    """CPU time of the container less our own."""
    total = cgroup.cpu_seconds()
    return None if total is None else total - time.process_time()
