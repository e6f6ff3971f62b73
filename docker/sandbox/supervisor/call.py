"""One call in flight: its deadline and its output; and the readings that its facts are differences of."""
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
        self.is_crowded = bool(flags & frames.CROWDED_BIT)
        self.is_revocable = bool(flags & frames.REVOCABLE_BIT)
        self.is_script = bool(flags & frames.SCRIPT_BIT)
        self.capture = Capture(call_id, kept_bytes)
        self.cause = None  # why we ended it: timeout, cancelled, output_limit, process_limit, violation, irrevocable
        self.started = time.monotonic()
        self.deadline = self.started + timeout_ms / 1000
        self.grace_seconds = grace_ms / 1000
        self.interrupts = 0


class Meter:
    """Readings whose differences are the facts of a call. Between calls nothing runs but PID 1, so what was read at the end of one call
    holds at the start of the next, unless something was forked meanwhile."""

    def __init__(self):
        self.read()

    def read(self):
        """What has happened since the last time: processes killed for memory, CPU seconds of all but PID 1 (None: not known)."""
        before = getattr(self, "_last", None)
        total = cgroup.cpu_seconds()
        self._last = now = (cgroup.oom_kills(), None if total is None else total - time.process_time())
        if before is None or now[1] is None:
            return 0, None
        return now[0] - before[0], max(0.0, now[1] - before[1])
