"""PID 1: imports what sessions need, forks one at a time, enforces time and output, reports facts.

    boot ── fork ──▶ idle ── EXECUTE ──▶ running ── report ──▶ idle (frozen)
                      ▲                    │ deadline: SIGINT, SIGINT, SIGKILL of everything
                      └── fork a new one ◀─┴─ worker gone (state: reset)
    WIPE: kill everything, empty what is writable, verify, fork a new one. Anything odd: exit, and the host
    throws the container away.
"""
import gc
import json
import os
import select
import signal
import sys
import time

from . import cgroup, frames, harden, private, wipe
from .call import Call
from .capture import discard
from .preload import preload
from .session import BadReport, Session, freeze, pending_bytes, thaw

_RESERVED_BYTES = 112 * 2**20  # of the container's memory: for PID 1 and what sits in /tmp and /dev/shm
_MAX_BACKGROUND = 16
_DEFAULT_DATA_BYTES = 400 * 2**20


class Supervisor:
    def __init__(self, packages):
        self._packages = packages
        self._host = frames.FrameReader()
        self._poll = select.poll()
        self._poll.register(0, select.POLLIN)
        self._wake, wake_writer = os.pipe()
        for descriptor in (self._wake, wake_writer):
            os.set_blocking(descriptor, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
        self._poll.register(self._wake, select.POLLIN)
        limit = cgroup.memory_limit_bytes()
        self._data_limit = max(limit - _RESERVED_BYTES, limit // 2) if limit else _DEFAULT_DATA_BYTES
        self._call = None
        self._session = None
        self._spawn()

    def run(self):
        frames.send(frames.HELLO, 0, json.dumps({
            "protocol": 1,
            "python": ".".join(map(str, sys.version_info[:3])),
            "packages": self._packages,
            "data_limit_bytes": self._data_limit,
            "cgroup": cgroup.VERSION,
        }).encode())
        frames.flush()
        while True:
            session = self._session
            for descriptor, _ in self._poll.poll(self._patience_ms()):
                self._on_ready(descriptor)
                if self._session is not session:
                    break  # the rest is about descriptors that are closed by now
            self._on_time()
            frames.flush()

    # -- events ------------------------------------------------------------------------------------------------

    def _on_ready(self, descriptor):
        session = self._session
        if descriptor == 0:
            self._on_host()
        elif descriptor == self._wake:
            self._on_child()
        elif descriptor == session.stdout:
            self._on_output(frames.STDOUT, descriptor)
        elif descriptor == session.stderr:
            self._on_output(frames.STDERR, descriptor)
        elif descriptor == session.control:
            self._on_report()
        elif descriptor == session.request_descriptor and not session.push():
            self._poll.unregister(descriptor)

    def _on_host(self):
        if not self._host.receive(0):
            os._exit(0)  # the host is gone, and so are we and, with PID 1, everything here
        for kind, call_id, payload in self._host.frames():
            if kind == frames.PING:
                frames.send(frames.PONG, call_id, payload)
            elif kind == frames.EXECUTE and self._call is None:
                self._start(call_id, payload)
            elif kind == frames.CANCEL:
                if self._call and self._call.id == call_id and self._call.cause is None:
                    self._call.cause = "cancelled"
                    self._call.deadline = time.monotonic()
            elif kind == frames.WIPE and self._call is None:
                self._wipe(call_id)
            else:
                raise ValueError(f"frame {kind:#x} at a wrong time")

    def _on_output(self, stream, descriptor):
        try:
            # Between calls: what got out in the instant before everything was frozen belongs to no call.
            size = self._call.capture.read(stream, descriptor) if self._call else discard(descriptor)
        except BlockingIOError:
            return  # drained meanwhile, with the report
        if size == 0:
            self._poll.unregister(descriptor)
        elif self._call and self._call.capture.is_flood:
            self._kill("output_limit")

    def _on_report(self):
        # No new session is forked inside an `except`: it would inherit the exception as its context.
        is_violation, report = False, None
        try:
            report = self._session.read_report()
        except EOFError:
            self._poll.unregister(self._session.control)  # it died, or became another program: SIGCHLD will tell
        except BadReport:
            is_violation = True
        if report is None and not is_violation:
            return
        number, payload = report or (None, None)
        if self._call is None or number != self._call.number:
            self._kill("violation")
            return
        freeze()
        self._drain()
        frames.send(frames.REPORT, self._call.id, payload)
        if self._is_overrun():
            self._kill("process_limit")
        else:
            self._finish("kept", None, self._session.peak_memory_bytes())

    def _is_overrun(self):
        """What a program leaves running goes on with the next call: not so after it was interrupted, and not in crowds.
        True when the session can hardly be used any more, because it is full of processes that it would have to reap itself."""
        if self._call.cause is None and cgroup.processes_and_threads() <= _MAX_BACKGROUND:
            return False
        background = wipe.others(self._session.pid)
        if not background or (self._call.cause is None and len(background) <= _MAX_BACKGROUND):
            return False
        return wipe.kill_strays(self._session.pid) > _MAX_BACKGROUND

    def _on_child(self):
        try:
            os.read(self._wake, 4096)
        except BlockingIOError:
            pass
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._session.pid:
                break
        self._on_worker_gone(status, usage)

    def _on_worker_gone(self, status, usage):
        if self._call is None:
            raise RuntimeError("the worker died between two calls")
        code = os.waitstatus_to_exitcode(status)
        self._nuke()
        self._drain()
        exit_cause = {"code": code, "signal": None} if code >= 0 else {"code": None, "signal": signal.Signals(-code).name}
        self._finish("reset", exit_cause, usage.ru_maxrss * 1024)
        self._spawn()

    # -- a call ------------------------------------------------------------------------------------------------

    def _start(self, call_id, payload):
        number, timeout_ms, grace_ms, kept_bytes, _memory_mib, _flags = frames.EXECUTE_HEAD.unpack_from(payload)
        self._session.reset_peak_memory()
        self._call = Call(call_id, number, timeout_ms / 1000, grace_ms / 1000, kept_bytes)
        thaw()
        if self._session.submit(number, payload[frames.EXECUTE_HEAD.size:]):
            self._poll.register(self._session.request_descriptor, select.POLLOUT)

    def _patience_ms(self):
        if self._call is None:
            return None
        return max(0.0, self._call.deadline - time.monotonic()) * 1000 + 1

    def _on_time(self):
        call = self._call
        if call is None or time.monotonic() < call.deadline:
            return
        call.cause = call.cause or "timeout"
        if call.interrupts == 2:
            self._kill(call.cause)
            return
        # Twice: the first may reach os.system, where the child takes it and the program goes on.
        call.interrupts += 1
        call.deadline = time.monotonic() + call.grace_seconds / 2
        self._session.interrupt()

    def _kill(self, cause):
        """Ends the session the hard way. The worker is reaped here, so that nothing is left to wait for."""
        if self._call is None:
            raise RuntimeError(f"{cause} between two calls")
        self._call.cause = self._call.cause or cause
        peak = self._session.peak_memory_bytes()
        self._nuke()
        self._drain()
        self._finish("reset", {"code": None, "signal": "SIGKILL"}, peak)
        self._spawn()

    def _drain(self):
        """What was written before everything stopped: exactly that, however much is in the pipes."""
        for stream, descriptor in ((frames.STDOUT, self._session.stdout), (frames.STDERR, self._session.stderr)):
            left = pending_bytes(descriptor)
            while left > 0:
                size = self._call.capture.read(stream, descriptor, left)
                if size == 0:
                    break
                left -= size

    def _finish(self, state, exit_cause, peak_memory_bytes):
        call, self._call = self._call, None
        wall_seconds = time.monotonic() - call.started
        cpu_seconds = call.cpu_seconds()
        call.capture.finish()
        frames.send(frames.RESULT, call.id, json.dumps({
            "state": state,
            "cause": call.cause,
            "exit": exit_cause,
            "oom_kills": cgroup.oom_kills() - call.oom_kills_before,
            "stdout_dropped": call.capture.dropped[frames.STDOUT],
            "stderr_dropped": call.capture.dropped[frames.STDERR],
            "wall_ms": round(wall_seconds * 1000, 3),
            "cpu_ms": None if cpu_seconds is None else round(cpu_seconds * 1000, 3),
            "peak_memory_bytes": peak_memory_bytes,
        }).encode())
        frames.flush()  # before a new session is forked, which takes milliseconds

    # -- sessions ----------------------------------------------------------------------------------------------

    def _spawn(self):
        if self._session is not None:
            self._close_session()
        self._session = Session(self._data_limit)
        for descriptor in (self._session.control, self._session.stdout, self._session.stderr):
            self._poll.register(descriptor, select.POLLIN)

    def _close_session(self):
        session = self._session
        for descriptor in (session.control, session.stdout, session.stderr, session.request_descriptor):
            try:
                self._poll.unregister(descriptor)
            except KeyError:
                continue  # was not being watched any more
        session.close()

    def _nuke(self):
        wipe.kill_everything(lambda pid, status, usage: None)

    def _wipe(self, call_id):
        self._nuke()
        self._close_session()
        self._session = None
        wipe.wipe_files()
        wipe.verify()
        frames.send(frames.WIPED, call_id)
        frames.flush()
        private.forget_everything()
        self._spawn()


def main():
    harden.protect_supervisor()
    packages = preload()
    gc.collect()
    gc.freeze()  # forked sessions share these pages until they write to them
    try:
        Supervisor(packages).run()
    except BaseException as error:
        # Whatever it is: a supervisor in doubt ends, and the container with it.
        os.write(2, f"supervisor: {type(error).__name__}: {error}\n".encode("utf-8", "replace"))
        os._exit(1)
