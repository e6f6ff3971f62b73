"""One call in flight: its deadline, its output, and the readings that its facts are differences of."""
import time

from . import cgroup, frames
from .capture import Capture


class Call:
    def __init__(self, call_id, payload):
        number, timeout_ms, grace_ms, kept_bytes, memory_mib, flags = frames.EXECUTE_HEAD.unpack_from(payload)
        self.id = call_id
        self.number = number
        self.memory_bytes = memory_mib * 2**20  # 0: as much as there is
        self.checkpoint = flags & frames.CHECKPOINT_BITS
        self.is_script = bool(flags & frames.SCRIPT_BIT)
        self.capture = Capture(call_id, kept_bytes)
        self.cause = None  # why we ended it: timeout, cancelled, output_limit, process_limit, violation
        self.started = time.monotonic()
        self.deadline = self.started + timeout_ms / 1000
        self.grace_seconds = grace_ms / 1000
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
