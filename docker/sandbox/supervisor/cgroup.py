"""Facts the kernel keeps about this container, cgroup v1 and v2."""
import os

_ROOT = "/sys/fs/cgroup"


def _first_existing(*paths):
    return next((path for path in paths if os.path.exists(path)), None)


def _open(path):
    """Kept open: the kernel makes the text anew at each read from the start."""
    return None if path is None else os.open(path, os.O_RDONLY | os.O_CLOEXEC)


VERSION = 2 if os.path.exists(f"{_ROOT}/memory.events") else 1

_events = _open(_first_existing(f"{_ROOT}/memory.events", f"{_ROOT}/memory/memory.oom_control"))
_cpu_stat = _open(_first_existing(f"{_ROOT}/cpu.stat"))
_cpu_usage = _open(_first_existing(f"{_ROOT}/cpuacct/cpuacct.usage", f"{_ROOT}/cpu,cpuacct/cpuacct.usage"))
_pids = _open(_first_existing(f"{_ROOT}/pids.current", f"{_ROOT}/pids/pids.current"))
_limit = _open(_first_existing(f"{_ROOT}/memory.max", f"{_ROOT}/memory/memory.limit_in_bytes"))


def oom_kills():
    """How many processes of this container the kernel has killed for memory; 0 where it doesn't say."""
    return field(_events, b"oom_kill") or 0


def cpu_seconds():
    """CPU time of all processes of this container so far, or None where the kernel doesn't say."""
    if _cpu_stat is not None:
        microseconds = field(_cpu_stat, b"usage_usec")
        return None if microseconds is None else microseconds / 1e6
    return None if _cpu_usage is None else int(os.pread(_cpu_usage, 64, 0)) / 1e9


def processes_and_threads():
    """How many there are in this container, ours included; 0 where the kernel doesn't say."""
    return 0 if _pids is None else int(os.pread(_pids, 64, 0))


def memory_limit_bytes():
    """The container's limit, or None without one."""
    text = b"max" if _limit is None else os.pread(_limit, 64, 0).strip()
    return None if text == b"max" or int(text) >= 2**62 else int(text)


def field(descriptor, name):
    """The number after a name in one of the kernel's "name number" files, None without it."""
    if descriptor is None:
        return None
    text = b"\n" + os.pread(descriptor, 4096, 0)
    start = text.find(b"\n" + name + b" ")
    return None if start < 0 else int(text[start + len(name) + 2 :].split(None, 1)[0])
