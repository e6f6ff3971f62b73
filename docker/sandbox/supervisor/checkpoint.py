"""When a session is copied, so that there is something to go back to after a hard kill.

A copy costs CPU time that others may need: mostly the page faults of both processes after it. So it is made while the session rests, and
what the last one took, which also shows how busy the machine is, says how long a rest must be to be one.
"""
import time

OFF, AUTO, ALWAYS = range(3)

MIN_REST_SECONDS = 0.002
REST_FACTOR = 4  # copies take at most a fifth of a session's time
CROWDED_REST_SECONDS = 0.25
MAX_CREDIT = 4  # copies that a session may have although it does not rest
MIN_CREDIT_SECONDS = 0.1  # time in which it earns one
CREDIT_FACTOR = 20


class Schedule:
    """Of one session."""

    def __init__(self):
        self.due = None  # when to make a copy, unless a call comes first
        self._last_cost = 0.0
        self._credit = MAX_CREDIT
        self._credited = time.monotonic()

    def rest(self, policy, is_crowded):
        """The session has answered. Crowded: others wait for the CPU."""
        seconds = max(CROWDED_REST_SECONDS if is_crowded and policy == AUTO else MIN_REST_SECONDS, REST_FACTOR * self._last_cost)
        self.due = None if policy == OFF else time.monotonic() + seconds

    def is_worth_waiting(self, policy, is_crowded):
        """Asked when a call comes and there is no copy of the state it starts from. A yes is paid for."""
        if policy != AUTO:
            return policy == ALWAYS
        now = time.monotonic()
        earned = (now - self._credited) / max(MIN_CREDIT_SECONDS, CREDIT_FACTOR * self._last_cost)
        self._credit = min(MAX_CREDIT, self._credit + earned)
        self._credited = now
        if self._credit < 1 or is_crowded:
            return False
        self._credit -= 1
        return True

    def made(self, seconds):
        self._last_cost = seconds
