"""What a process gives up before it goes on."""
import ctypes
import os
import resource
import signal

PR_SET_DUMPABLE = 4

_libc = ctypes.CDLL(None, use_errno=True)


def protect_supervisor():
    """Same-uid processes can no longer open /proc/1/mem or /proc/1/fd, nor ptrace us, nor stop us with a signal."""
    _set_dumpable(False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def confine_worker(data_limit_bytes):
    """The worker is what the kernel takes first when memory ends, and sees MemoryError before that."""
    _set_dumpable(True)  # inherited from PID 1; without it /proc/self belongs to root
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    # Not RLIMIT_AS: OpenBLAS spins for ever when its address space ends, and threads can't start.
    resource.setrlimit(resource.RLIMIT_DATA, (data_limit_bytes, data_limit_bytes))


def default_signals():
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # until a cell runs there is nothing to interrupt


def _set_dumpable(dumpable):
    if _libc.prctl(PR_SET_DUMPABLE, int(dumpable), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_DUMPABLE)")
