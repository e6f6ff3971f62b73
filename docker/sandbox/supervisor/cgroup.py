"""Facts the kernel keeps about this container, cgroup v1 and v2."""
import os

_ROOT = "/sys/fs/cgroup"


def _first_existing(*paths):
    return next((path for path in paths if os.path.exists(path)), None)


_EVENTS = _first_existing(f"{_ROOT}/memory.events", f"{_ROOT}/memory/memory.oom_control")
_CPU = _first_existing(f"{_ROOT}/cpu.stat", f"{_ROOT}/cpuacct/cpuacct.usage", f"{_ROOT}/cpu,cpuacct/cpuacct.usage")
_LIMIT = _first_existing(f"{_ROOT}/memory.max", f"{_ROOT}/memory/memory.limit_in_bytes")

VERSION = 2 if _EVENTS == f"{_ROOT}/memory.events" else 1


def oom_kills():
    """How many processes of this container the kernel has killed for memory; 0 where it doesn't say."""
    return _field(_EVENTS, "oom_kill") or 0


def cpu_seconds():
    """CPU time of all processes of this container so far, or None where the kernel doesn't say."""
    if _CPU is None:
        return None
    if _CPU.endswith("cpu.stat"):
        microseconds = _field(_CPU, "usage_usec")
        return None if microseconds is None else microseconds / 1e6
    return int(_read(_CPU)) / 1e9


def memory_limit_bytes():
    """The container's limit, or None without one."""
    text = _read(_LIMIT).strip() if _LIMIT else "max"
    return None if text == "max" or int(text) >= 2**62 else int(text)


def _field(path, name):
    if path is None:
        return None
    for line in _read(path).splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return None


def _read(path):
    with open(path) as file:
        return file.read()
