"""Cells that await: one event loop a session, which stands still between calls, and with it every task on it.

The loop runs only while an awaiting cell does. In other cells no loop is running, so that `asyncio.run()` works there as anywhere.
"""
import builtins

__builtins__ = dict(vars(builtins))  # functions below look names up here, not in what user code has patched

import asyncio
import contextvars
import inspect
import math
import selectors
import signal
import sys
import time

_END_SECONDS = 0.1

_loop = None


def run(programs, namespace):
    """The value of the last of these code objects, or its exception; all of them run with the loop running. The first interrupt
    cancels them where they wait, as asyncio.run() does."""
    loop = _session_loop()
    context = contextvars.copy_context()
    main = _Main(programs, namespace)
    main.task = loop.create_task(main.outcome(), context=context)
    found = main.catch_interrupts(loop)
    try:
        loop.run_until_complete(main.task)
    except BaseException:  # of another task, or of a callback
        _end(loop, main)
        raise
    finally:
        main.release_interrupts(found)
        _keep_variables(context)
    if main.error is not None:
        raise main.error
    return main.value


class _CopyableEventLoop(asyncio.SelectorEventLoop):
    """Has nothing in the kernel while it does not run: a process without sockets can be copied between two calls, and the copy
    goes on with its copy of the loop. (So select() and not epoll.)"""

    def __init__(self):
        super().__init__(selectors.SelectSelector())
        self._close_self_pipe()

    def run_forever(self):
        self._check_closed()
        self._need_self_pipe()
        try:
            super().run_forever()
        finally:
            if not self._signal_handlers:
                self._close_self_pipe()

    def add_signal_handler(self, *arguments):
        self._need_self_pipe()
        super().add_signal_handler(*arguments)

    def _need_self_pipe(self):
        if self._csock is None:
            self._make_self_pipe()

    def _close_self_pipe(self):
        if self._csock is not None:
            super()._close_self_pipe()


class PlainEventLoop(asyncio.BaseEventLoop):
    """Timers and tasks only: for platforms where a loop can't have the sockets that it wakes itself with."""

    def __init__(self):
        super().__init__()
        self._selector = self

    def select(self, timeout):
        end = math.inf if timeout is None else time.monotonic() + timeout
        while not self._ready and (left := end - time.monotonic()) > 0:  # an interrupt makes something ready
            time.sleep(min(left, 0.05))
        return []

    def _process_events(self, _events):
        return

    def _write_to_self(self):
        return


class _Main:
    """The task of the cell itself."""

    def __init__(self, programs, namespace):
        self._programs = programs
        self._namespace = namespace
        self._is_interrupted = False
        self.task = None
        self.value = None
        self.error = None

    async def outcome(self):
        try:
            for program in self._programs:
                result = eval(program, self._namespace)
                self.value = (await result) if program.co_flags & inspect.CO_COROUTINE else result
        except asyncio.CancelledError as error:
            self.error = KeyboardInterrupt().with_traceback(error.__traceback__) if self._is_interrupted else error
        except BaseException as error:
            self.error = error  # not raised here, or the loop's frames would be in its traceback

    def catch_interrupts(self, loop):
        """Returns the handler that was there, None when it is one of the user's own: that one stays."""
        found = signal.getsignal(signal.SIGINT)
        if found is not signal.default_int_handler:
            return None

        def on_interrupt(_number, _frame):
            # A task that computes can only be interrupted like any other code, one that waits can be cancelled.
            if self._is_interrupted or asyncio.current_task(loop) is not None:
                raise KeyboardInterrupt
            self._is_interrupted = True
            self.task.cancel()
            loop.call_soon_threadsafe(lambda: None)  # wakes it

        signal.signal(signal.SIGINT, on_interrupt)
        return found

    def release_interrupts(self, found):
        if found is not None:
            signal.signal(signal.SIGINT, found)


def _session_loop():
    global _loop
    if _loop is None or _loop.is_closed():
        _loop = PlainEventLoop() if sys.platform in ("emscripten", "wasi") else _CopyableEventLoop()
        _loop.set_exception_handler(_on_forgotten_error)
    asyncio.set_event_loop(_loop)
    return _loop


def _on_forgotten_error(loop, context):
    if not isinstance(context.get("exception"), (KeyboardInterrupt, SystemExit)):  # those were the call's own end
        loop.default_exception_handler(context)


def _end(loop, main):
    """Cancels the cell, and gives the loop up with all that is on it when the cell doesn't end by that."""
    global _loop
    try:
        main.task.cancel()
        loop.run_until_complete(asyncio.wait([main.task], timeout=_END_SECONDS))
    except BaseException:
        _loop = None  # closed, or interrupted again
    if main.task.done():
        return
    _loop = None
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False  # nobody can do anything about it any more


def _keep_variables(context):
    """A task works on a copy of the context variables; a cell sets those of the session."""
    for variable, value in context.items():
        if variable.get(None) is not value:
            variable.set(value)
