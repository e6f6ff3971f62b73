"""PID 1: imports what sessions need, forks one at a time, enforces time and output, reports facts.

    boot ── fork ──▶ idle ── EXECUTE ──▶ running ── report ──▶ idle (frozen; at rest: fork a twin)
                      ▲                    │ deadline: SIGINT, SIGINT, SIGKILL
                      ├── go on in a twin ◀┤ worker gone (state: restored)
                      └── fork a new one ◀─┘             (state: reset)
    WIPE: kill everything, empty what is writable, verify, fork a new one. Anything odd: exit, and the host
    throws the container away.
"""
import collections
import gc
import json
import os
import random
import select
import signal
import sys
import time

from . import bpf, cgroup, checkpoint, files, frames, harden, line, preload, private, scratch, wipe, worker
from .call import Call, Meter
from .capture import discard
from .session import BadReport, Session, freeze, pending_bytes, thaw

_RESERVED_BYTES = 112 * 2**20  # of the container's memory: for PID 1 and what sits in /tmp and /dev/shm
_MAX_BACKGROUND = 16
_MAX_FILE_BYTES = 64 * 2**20  # as large as one can be here; the host sets its own limit
_DEFAULT_DATA_BYTES = 400 * 2**20

_RESULT = (
    '{"state":"%s","restored_cell":%s,"cause":%s,"exit":%s,"oom_kills":%d,"stdout_dropped":%d,"stderr_dropped":%d,'
    '"wall_ms":%.3f,"cpu_ms":%s,"peak_memory_bytes":%s}'
)

# Each returns the payload of FILE_DONE.
_FILE_OPERATIONS = {
    frames.PUT_FILE: lambda call_id, payload: files.put(payload),
    frames.GET_FILE: lambda call_id, payload: files.get(payload, _MAX_FILE_BYTES, lambda part: frames.send(frames.FILE_CHUNK, call_id, part)),
    frames.LIST_FILES: lambda call_id, payload: files.list_files(),
    frames.DELETE_FILE: lambda call_id, payload: files.delete(payload),
}

Twin = collections.namedtuple("Twin", "pid cell")  # the cell after which it was made


class Supervisor:
    def __init__(self, packages, has_filter):
        self._packages = packages
        self._has_filter = has_filter
        self._host = frames.FrameReader()
        self._host_input = 0
        self._poll = select.poll()
        self._poll.register(0, select.POLLIN)
        # gVisor's sockets are its own: nobody outside could connect to one.
        self._line = None if harden.IS_PRIVILEGED else line.Line()
        if self._line:
            self._poll.register(self._line, select.POLLIN)
        self._wake, wake_writer = os.pipe()
        for descriptor in (self._wake, wake_writer):
            os.set_blocking(descriptor, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        harden.hear_of_ends_only()
        signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
        self._poll.register(self._wake, select.POLLIN)
        limit = cgroup.memory_limit_bytes()
        self._data_limit = max(limit - _RESERVED_BYTES, limit // 2) if limit else _DEFAULT_DATA_BYTES
        self._max_twin_bytes = (limit or self._data_limit) // 3
        self._meter = Meter()
        self._call = None
        self._session = None
        self._twin = None
        with harden.as_user():
            scratch.furnish()
        self._spawn()

    def run(self):
        frames.send(frames.HELLO, 0, json.dumps({
            "protocol": 1,
            "python": ".".join(map(str, sys.version_info[:3])),
            "packages": self._packages,
            "data_limit_bytes": self._data_limit,
            "cgroup": cgroup.VERSION,
            "seccomp": "filter" if self._has_filter else "unavailable",
            "line": self._line and {"descriptor": self._line.file, "token": self._line.token},
        }).encode())
        frames.flush()
        while True:
            session, call = self._session, self._call
            for descriptor, _ in self._poll.poll(self._patience_ms()):
                self._on_ready(descriptor)
                if self._session is not session or self._call is not call:
                    break  # the rest is about descriptors that are closed or drained by now
            self._on_time()
            frames.flush()

    # -- events ------------------------------------------------------------------------------------------------

    def _on_ready(self, descriptor):
        session = self._session
        if descriptor == self._host_input:
            self._on_host()
        elif descriptor == 0:
            os._exit(0)  # with a line nothing comes here but the end
        elif self._line and descriptor == self._line.fileno():
            self._on_line()
        elif descriptor == self._wake:
            self._on_child()
        elif descriptor == session.stdout:
            self._on_output(frames.STDOUT, descriptor)
        elif descriptor == session.stderr:
            self._on_output(frames.STDERR, descriptor)
        elif descriptor == session.control:
            self._on_report()
        elif descriptor == session.request and not session.push():
            self._poll.unregister(descriptor)

    def _on_line(self):
        connection = self._withdraw_line().take()
        if connection is not None:
            self._host_input = connection
            self._poll.register(connection, select.POLLIN)
            frames.use(connection)

    def _withdraw_line(self):
        offered, self._line = self._line, None
        self._poll.unregister(offered)
        return offered

    def _on_host(self):
        if not self._host.receive(self._host_input):
            os._exit(0)  # the host is gone, and so are we and, with PID 1, everything here
        if self._line:
            self._withdraw_line().close()
        for kind, call_id, payload in self._host.frames():
            if kind == frames.PING:
                frames.send(frames.PONG, call_id, payload)
            elif kind == frames.EXECUTE and self._call is None:
                self._start(call_id, payload)
            elif kind == frames.CANCEL:
                if self._call and self._call.id == call_id and self._call.cause is None:
                    if self._call.is_revocable:
                        self._kill("cancelled")  # nobody wants anything of it: there is no need to be gentle
                        continue
                    self._call.cause = "cancelled"
                    self._call.deadline = time.monotonic()
            elif kind == frames.REVOKE and self._call is None:
                self._revoke(call_id)
            elif kind == frames.WIPE and self._call is None:
                self._wipe(call_id)
            elif kind in _FILE_OPERATIONS and self._call is None:
                self._revocable_from = None
                with harden.as_user():
                    answer = _FILE_OPERATIONS[kind](call_id, payload)
                frames.send(frames.FILE_DONE, call_id, answer)
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
        self._freeze()
        self._drain()
        frames.send(frames.REPORT, self._call.id, payload)
        if self._is_overrun():
            self._kill("process_limit")
        else:
            self._cell = self._call.number
            self._finish("kept", None, self._session.peak_memory_bytes())

    def _is_overrun(self):
        """What a program leaves running goes on with the next call: not so after it was interrupted, and not in crowds.
        True when the session can hardly be used any more, because it is full of processes that it would have to reap itself."""
        if self._is_worker_alone:
            return False
        known = {self._session.pid, *([self._twin.pid] if self._twin else [])}
        background = wipe.others(known)
        if not background or (self._call.cause is None and len(background) <= _MAX_BACKGROUND):
            return False
        remaining = wipe.kill_strays(known)
        if self._twin and wipe.parent_of(self._twin.pid) is None:
            self._twin = None
        return remaining > _MAX_BACKGROUND

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
            if self._twin and pid == self._twin.pid:
                self._twin = None  # user code has killed it
            if pid == self._session.pid:
                break
        self._on_worker_gone(status, usage)

    def _on_worker_gone(self, status, usage):
        if self._call is None:
            raise RuntimeError(f"the worker died between two calls ({os.waitstatus_to_exitcode(status)})")
        code = os.waitstatus_to_exitcode(status)
        exit_cause = {"code": code, "signal": None} if code >= 0 else {"code": None, "signal": signal.Signals(-code).name}
        self._end_session(exit_cause, usage.ru_maxrss * 1024)

    # -- a call ------------------------------------------------------------------------------------------------

    def _start(self, call_id, payload):
        flags = frames.EXECUTE_HEAD.unpack_from(payload)[-1]
        self._revocable_from = None
        if flags & frames.REVOCABLE_BIT:
            if not self._can_be_taken_back(flags):
                self._call = Call(call_id, payload)
                self._call.cause = "irrevocable"
                self._finish("kept", None, None)
                return
            self._revocable_from = self._cell
        else:
            self._prepare_twin(flags)
        self._session.reset_peak_memory()
        if self._cell == 0:
            self._meter.read()  # starting the session is not the call's affair
        self._call = call = Call(call_id, payload)
        kind = worker.SCRIPT if call.is_script else worker.NOTEBOOK
        if self._session.submit(kind, call.number, payload[frames.EXECUTE_HEAD.size:], call.memory_bytes):
            self._poll.register(self._session.request, select.POLLOUT)
        # The request lies ready: the worker wakes once.
        if self._is_worker_alone:
            self._session.go_on()
        else:
            thaw()

    def _freeze(self):
        """Between calls nothing runs, prints or costs CPU. As long as a stopped worker leaves nobody who could make a process,
        that is one signal to one process; to all it is a walk through every process of the host."""
        self._session.stop()
        self._is_worker_alone = cgroup.processes_and_threads() == (2 if self._twin is None else 3)
        if not self._is_worker_alone:
            freeze()

    def _patience_ms(self):
        deadline = self._call.deadline if self._call else self._schedule.due
        return None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000 + 1

    def _on_time(self):
        call = self._call
        if call is None:
            if self._schedule.due is not None and time.monotonic() >= self._schedule.due:
                self._make_twin()
            return
        if time.monotonic() < call.deadline:
            return
        call.cause = call.cause or "timeout"
        if call.interrupts == 2 or call.grace_seconds == 0:
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
        self._end_session({"code": None, "signal": "SIGKILL"}, self._session.peak_memory_bytes())

    def _end_session(self, exit_cause, peak_memory_bytes):
        """Kills what is left, and goes on in the twin, or else in a new session."""
        twin, self._twin = self._twin, None
        is_spared = twin is not None and wipe.kill_all_but(twin.pid)
        if not is_spared:
            self._nuke()
        self._drain()
        if is_spared and self._resume(twin):
            self._finish("restored", exit_cause, peak_memory_bytes)
            return
        self._finish("reset", exit_cause, peak_memory_bytes)
        self._nuke()
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
        oom_kills, cpu_seconds = self._meter.read()
        call.capture.finish()
        # Put together by hand: json.dumps takes longer than the rest of this method.
        result = _RESULT % (
            state,
            self._cell if state == "restored" else "null",
            f'"{call.cause}"' if call.cause else "null",
            "null" if exit_cause is None else json.dumps(exit_cause),
            oom_kills,
            call.capture.dropped[frames.STDOUT],
            call.capture.dropped[frames.STDERR],
            wall_seconds * 1000,
            "null" if cpu_seconds is None else f"{cpu_seconds * 1000:.3f}",
            "null" if peak_memory_bytes is None else peak_memory_bytes,
        )
        frames.send(frames.RESULT, call.id, result.encode())
        frames.flush()  # before anything is forked, which takes milliseconds
        # A copy made at rest would take the place of the one that the call may be taken back to.
        if state != "reset" and self._revocable_from is None:
            self._schedule.rest(call.checkpoint, call.is_crowded)

    # -- sessions ----------------------------------------------------------------------------------------------

    def _spawn(self):
        if self._session is not None:
            self._close_session()
        self._revocable_from = None
        self._cell = 0  # after which the session's variables were as they are
        self._schedule = checkpoint.Schedule()
        # Random generators are part of what a session inherits. Here, not there: a page that it need not touch is not copied.
        random.seed()
        preload.reseed()
        self._watch(Session.start(self._data_limit))
        self._is_worker_alone = True

    def _watch(self, session):
        self._session = session
        for descriptor in (session.control, session.stdout, session.stderr):
            self._poll.register(descriptor, select.POLLIN)

    def _close_session(self, keep_link=False):
        session = self._session
        for descriptor in (session.control, session.stdout, session.stderr, session.request):
            try:
                self._poll.unregister(descriptor)
            except KeyError:
                continue  # was not being watched any more
        session.close(keep_link)

    # -- twins -------------------------------------------------------------------------------------------------

    def _prepare_twin(self, flags):
        """Before a call: afterwards there is a twin of this state, an older one or none, as the policy allows."""
        policy = flags & frames.CHECKPOINT_BITS
        if policy == checkpoint.OFF:
            self._drop_twin()
        elif self._cell > 0 and not self._is_twin_fresh() and self._schedule.is_worth_waiting(policy, flags & frames.CROWDED_BIT):
            self._make_twin()
        self._schedule.due = None

    def _can_be_taken_back(self, flags):
        """Whether the session is such that its state can be brought back whole: it holds nothing, or has a copy; no files, nothing in the background."""
        self._schedule.due = None
        if not self._is_worker_alone or not scratch.is_untouched():
            return False
        if self._cell > 0 and not self._is_twin_fresh() and flags & frames.CHECKPOINT_BITS != checkpoint.OFF:
            self._make_twin()
        return self._cell == 0 or self._is_twin_fresh()

    def _revoke(self, call_id):
        """The last call, ended by now, is made as if it had never run: variables from the twin, files emptied."""
        cell, self._revocable_from = self._revocable_from, None
        if cell is None:
            frames.send(frames.REVOKED, call_id, frames.NOTHING_TO_TAKE_BACK)
            return
        if self._cell != cell or not self._is_worker_alone:
            twin, self._twin = self._twin, None
            is_spared = twin is not None and twin.cell == cell and wipe.kill_all_but(twin.pid)
            if not (is_spared and self._resume(twin)):
                self._nuke()
                self._spawn()
        with harden.as_user():
            scratch.restore()
        frames.send(frames.REVOKED, call_id, frames.TAKEN_BACK if self._cell == cell else frames.LOST)

    def _is_twin_fresh(self):
        return self._twin is not None and self._twin.cell == self._cell

    def _make_twin(self):
        """Takes milliseconds, in which nothing else happens. An older twin stays where there can't be a new one."""
        self._schedule.due = None
        if harden.IS_PRIVILEGED or not self._session.is_fit_for_twin(self._max_twin_bytes):
            return  # gVisor refuses a copy that is a sibling, and every attempt costs the sandbox 85 MiB for good
        started = time.monotonic()
        pid = self._session.fork_twin()
        self._session.stop()  # others have not been woken
        if pid is not None:
            self._drop_twin()
            self._twin = Twin(pid, self._cell)
        self._schedule.made(time.monotonic() - started)
        self._meter.read()

    def _drop_twin(self):
        twin, self._twin = self._twin, None
        if twin is not None:
            try:
                os.kill(twin.pid, signal.SIGKILL)
                os.waitpid(twin.pid, 0)  # or its end would cost the next call CPU time
            except (ProcessLookupError, ChildProcessError):
                return

    def _resume(self, twin):
        session = Session.resume(twin.pid, self._session.link)
        if session is None:
            return False
        self._close_session(keep_link=True)
        self._watch(session)
        self._freeze()
        self._cell = twin.cell
        return True

    def _nuke(self):
        self._twin = None
        wipe.kill_everything(lambda pid, status, usage: None)

    def _wipe(self, call_id):
        self._nuke()
        self._close_session()
        self._session = None
        with harden.as_user():
            scratch.restore()
        wipe.verify()
        frames.send(frames.WIPED, call_id)
        frames.flush()
        private.forget_everything()
        self._spawn()


def main():
    harden.protect_supervisor()
    has_filter = bpf.install_filter()
    packages = preload.preload()
    worker.get_ready()
    # Our modules are not there for programs to import. Once here, not in each session: that would touch a page for each name.
    for name in [name for name in sys.modules if name.partition(".")[0] == __package__]:
        del sys.modules[name]
    gc.collect()
    gc.freeze()  # forked sessions share these pages until they write to them
    try:
        Supervisor(packages, has_filter).run()
    except BaseException as error:
        # Whatever it is: a supervisor in doubt ends, and the container with it.
        os.write(2, f"supervisor: {type(error).__name__}: {error}\n".encode("utf-8", "replace"))
        os._exit(1)
