"""Between two sessions: nothing of the first may be found by the second."""
import os
import signal
import time

from . import cgroup
from .private import PrivateBuffer

KILL_SECONDS = 10.0
SPARING_SECONDS = 5.0  # then the survivor goes too

_line = PrivateBuffer(4096)
_STATE_AND_PARENT = 24  # bytes
_SYSTEM_V = ("/proc/sysvipc/shm", "/proc/sysvipc/sem", "/proc/sysvipc/msg")


class NotClean(Exception):
    """The container can't be used again."""


def kill_everything(on_reaped):
    """Kills and reaps every process but PID 1. `on_reaped(pid, status, usage)` hears of each child."""
    deadline = time.monotonic() + KILL_SECONDS
    while True:
        try:
            # One system call for the whole pid namespace; a fork in flight fails with it.
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            pass
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return  # orphans become our children: no child left means no process left
        if pid:
            on_reaped(pid, status, usage)
        elif time.monotonic() > deadline:
            raise NotClean("processes survive SIGKILL")
        else:
            time.sleep(0.0005)


def kill_all_but(survivor):
    """Kills and reaps every process but PID 1 and one that waits. False when that could not be done, or that one is gone too."""
    deadline = time.monotonic() + SPARING_SECONDS
    while time.monotonic() < deadline:
        try:
            os.kill(-1, signal.SIGSTOP)  # what is stopped can't fork; a fork in flight fails with it
        except ProcessLookupError:
            return False
        reap()
        rest = others({survivor})
        if not rest:
            return parent_of(survivor) == 1
        for pid in rest:
            _kill(pid)
        time.sleep(0.0002)
    return False


def others(known):
    """The processes beside PID 1 and those that are known."""
    return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if pid != 1 and pid not in known]


def kill_strays(known):
    """Kills all but the known ones; everything must be frozen. Returns how many remain: those that only the worker can reap."""
    for pid in others(known):
        _kill(pid)
    deadline = time.monotonic() + KILL_SECONDS
    while True:
        reap()
        remaining = others(known)
        if all(parent_of(pid) is None for pid in remaining):
            return len(remaining)
        if time.monotonic() > deadline:
            raise NotClean("processes survive SIGKILL")
        time.sleep(0.001)


def reap():
    """Collects children that have ended. Not for a moment at which the worker may have ended: its status would be lost."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    except ChildProcessError:
        return


def parent_of(pid):
    """None when it has ended."""
    try:
        descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # Private: the line has the name that the program has given itself. What follows it are the state and the parent.
        size = os.readv(descriptor, [_line.view])
    except ProcessLookupError:
        return None
    finally:
        os.close(descriptor)
    state, parent = bytes(_line.view[_line.rfind(b")", size) + 1 :][:_STATE_AND_PARENT]).split()[:2]
    return None if state in b"ZX" else int(parent)


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def verify():
    """Raises NotClean when anything but files is left of a session; of those `scratch` makes sure."""
    # The kernel's own count first: it is cheaper than a list, and a list is made wherever it doesn't say "one".
    if cgroup.processes_and_threads() != 1 and (left := others(set())):
        raise NotClean(f"processes left: {left}")
    for path in _SYSTEM_V:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue  # gVisor doesn't say; our filter for system calls keeps such objects from being made
        size = os.readv(descriptor, [_line.view])
        os.close(descriptor)
        if _line.find(b"\n", size) + 1 < size:  # more than the heading
            raise NotClean(f"{path} is not empty")
