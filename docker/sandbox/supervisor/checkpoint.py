"""When a session is copied, so that there is something to go back to after a hard kill."""
import time

OFF, AUTO, ALWAYS = range(3)

REST_SECONDS = 0.002  # a session that is used again sooner pays for its copies with credit
MAX_CREDIT = 16
CREDIT_PER_SECOND = 10


class Schedule:
    """Of one session."""

    def __init__(self):
        self.due = None  # when to make a copy, unless a call comes first
        self._credit = MAX_CREDIT
        self._credited = time.monotonic()

    def rest(self, policy):
        """The session has answered."""
        self.due = None if policy == OFF else time.monotonic() + REST_SECONDS

    def is_worth_waiting(self, policy):
        """Asked when a call comes and there is no copy of the state it starts from. A yes is paid for."""
        if policy != AUTO:
            return policy == ALWAYS
        now = time.monotonic()
        self._credit = min(MAX_CREDIT, self._credit + (now - self._credited) * CREDIT_PER_SECOND)
        self._credited = now
        if self._credit < 1:
            return False
        self._credit -= 1
        return True
