"""The worker as PID 1 sees it: a process, and four pipes that PID 1 alone holds the other ends of."""
import fcntl
import os
import signal
import struct
import termios

from . import cgroup, frames, worker
from .private import PrivateBuffer

# One of each is enough: there is only one session at a time.
_outgoing = PrivateBuffer(worker.REQUEST_HEAD.size + frames.MAX_PAYLOAD)
_incoming = PrivateBuffer(worker.REPORT_HEAD.size + worker.MAX_REPORT + 1)


class BadReport(Exception):
    """The worker wrote something on its control pipe that is no report."""


class Session:
    def __init__(self, data_limit_bytes):
        request, self._request = os.pipe()
        self.control, control = os.pipe()
        self.stdout, stdout = os.pipe()
        self.stderr, stderr = os.pipe()
        self._unsent = _outgoing.view[:0]
        self._received = 0
        self.pid = os.fork()
        if self.pid == 0:
            worker.main(request, control, stdout, stderr, data_limit_bytes)
        for descriptor in (request, control, stdout, stderr):
            os.close(descriptor)
        for descriptor in (self._request, self.control, self.stdout, self.stderr):
            os.set_blocking(descriptor, False)
        self._status = os.open(f"/proc/{self.pid}/status", os.O_RDONLY | os.O_CLOEXEC)

    def submit(self, number, body):
        """Queues a request; `push` writes it as the worker takes it, so that a worker that doesn't read can't block us."""
        head = worker.REQUEST_HEAD
        head.pack_into(_outgoing.view, 0, len(body), number)
        _outgoing.view[head.size : head.size + len(body)] = body
        self._unsent = _outgoing.view[: head.size + len(body)]
        return self.push()

    def push(self):
        """True while there is more to write."""
        try:
            while self._unsent:
                self._unsent = self._unsent[os.write(self._request, self._unsent) :]
        except BlockingIOError:
            return True
        except BrokenPipeError:
            self._unsent = _outgoing.view[:0]  # nobody will read it: the worker's end is what the call waits for
        return False

    @property
    def request_descriptor(self):
        return self._request

    def read_report(self):
        """(number, payload) once a whole report is there, None before, EOFError when the worker has let go of the pipe.
        The payload is valid until the next call of this method."""
        try:
            size = os.readv(self.control, [_incoming.view[self._received :]])
        except BlockingIOError:
            return None
        if size == 0:
            raise EOFError
        self._received += size
        head = worker.REPORT_HEAD
        if self._received < head.size:
            return None
        length, number = head.unpack_from(_incoming.view)
        end = head.size + length
        if length > worker.MAX_REPORT or self._received > end:
            raise BadReport
        if self._received < end:
            return None
        self._received = 0
        return number, _incoming.view[head.size : end]

    def interrupt(self):
        """As Ctrl-C does: the worker and what it started in its group."""
        try:
            os.killpg(self.pid, signal.SIGINT)
        except ProcessLookupError:
            return

    def peak_memory_bytes(self):
        try:
            kibibytes = cgroup.field(self._status, b"VmHWM:")
        except ProcessLookupError:
            return None  # it is gone, and its numbers with it
        return None if kibibytes is None else kibibytes * 1024

    def reset_peak_memory(self):
        try:
            with open(f"/proc/{self.pid}/clear_refs", "w") as file:
                file.write("5")
        except OSError:
            return  # the peak is then that of the session so far

    def close(self):
        for descriptor in (self._request, self.control, self.stdout, self.stderr, self._status):
            os.close(descriptor)


def freeze():
    """Stops every process but PID 1: between calls nothing runs, prints or costs CPU."""
    _signal_all(signal.SIGSTOP)


def thaw():
    _signal_all(signal.SIGCONT)


def pending_bytes(descriptor):
    """How much has been written to a pipe and not been read yet."""
    return struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0\0\0\0"))[0]


def _signal_all(number):
    try:
        os.kill(-1, number)
    except ProcessLookupError:
        return
